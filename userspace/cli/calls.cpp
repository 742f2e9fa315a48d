// SPDX-License-Identifier: MIT
#include "cli/answer.h"
#include "cli/render/render.h"

#include <slotscope/api/contract.h>

namespace slotscope::cli {

namespace {

constexpr std::uint64_t kTableRows = 20;
constexpr std::uint64_t kEverything = 1'000'000; // far above what the agent lists

} // namespace

int run_calls(const Arguments& arguments, Output& output)
{
    const Client client(arguments.socket);
    const std::string target = target_of(
        api::kCallsPath, {{"backend", arguments.backend},
                          {"direction", arguments.direction},
                          {"seconds", arguments.seconds ? std::to_string(*arguments.seconds) : ""}});
    if (arguments.format == Format::json)
        return print_json(client.get(target), output);
    const Result<Json> answer = ask(client, target, api::kCallsSchema);
    if (!answer)
        return print_error(answer.error(), output);
    const CallsView view{arguments.backend,
                         arguments.all ? kEverything : arguments.count.value_or(kTableRows)};
    return print_text(render_calls(*answer, view, output.screen), output);
}

} // namespace slotscope::cli
