// SPDX-License-Identifier: MIT
#include "cli/answer.h"
#include "cli/render/render.h"

#include <slotscope/api/contract.h>

namespace slotscope::cli {

int run_limits(const Arguments& arguments, Output& output)
{
    const Client client(arguments.socket);
    const std::string target(api::kLimitsPath);
    if (arguments.format == Format::json)
        return print_json(client.get(target), output);
    const Result<Json> answer = ask(client, target, api::kLimitsSchema);
    if (!answer)
        return print_error(answer.error(), output);
    if (!arguments.explain.empty())
        return print_text(render_explanation(*answer, arguments.explain, output.screen), output);
    return print_text(render_limits(*answer, output.screen), output);
}

} // namespace slotscope::cli
