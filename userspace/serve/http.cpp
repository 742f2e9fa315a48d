// SPDX-License-Identifier: MIT
#include "serve/http.h"

#include "serve/json.h"

namespace slotscope::serve {

Reply json_reply(std::string body)
{
    Reply reply;
    reply.content_type = "application/json";
    reply.body = std::move(body) + "\n";
    return reply;
}

Reply error_reply(unsigned status, std::string_view message)
{
    Reply reply = json_reply(text(error_json(message)));
    reply.status = status;
    return reply;
}

} // namespace slotscope::serve
