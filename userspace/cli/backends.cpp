// SPDX-License-Identifier: MIT
#include "cli/answer.h"
#include "cli/render/render.h"

#include <slotscope/api/contract.h>

namespace slotscope::cli {

int run_backends(const Arguments& arguments, Output& output)
{
    const Client client(arguments.socket);
    const std::string target = target_of(api::kBackendsPath, {{"backend", arguments.backend}});
    if (arguments.format == Format::json)
        return print_json(client.get(target), output);
    const Result<Json> answer = ask(client, target, api::kBackendsSchema);
    if (!answer)
        return print_error(answer.error(), output);
    const BackendsView view{arguments.backend, arguments.all || !arguments.backend.empty()};
    return print_text(render_backends(*answer, view, output.screen), output);
}

} // namespace slotscope::cli
