// SPDX-License-Identifier: MIT
#include "cli/answer.h"
#include "cli/render/render.h"

#include <slotscope/api/contract.h>

namespace slotscope::cli {

int run_status(const Arguments& arguments, Output& output)
{
    const Client client(arguments.socket);
    const std::string target(api::kStatusPath);
    if (arguments.format == Format::json)
        return print_json(client.get(target), output);
    const Result<Json> answer = ask(client, target, api::kStatusSchema);
    if (!answer)
        return print_error(answer.error(), output);
    return print_text(render_status(*answer, output.screen), output);
}

} // namespace slotscope::cli
