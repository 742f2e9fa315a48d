// SPDX-License-Identifier: MIT
#include "cli/answer.h"
#include "cli/holder_pages.h"
#include "cli/render/render.h"

#include <slotscope/api/contract.h>

#include <algorithm>

namespace slotscope::cli {

namespace {

constexpr std::uint64_t kEverything =
    1'000'000; // far above what the agent's table holds; bounds the memory here
constexpr std::uint64_t kTableRows = 20;

// The limit stands in the summary only: where it cannot be had, the holders are still worth showing.
Json backends_of(const Client& client, const Arguments& arguments)
{
    if (arguments.backend.empty())
        return nullptr;
    const std::string target = target_of(api::kBackendsPath, {{"backend", arguments.backend}});
    Result<Json> answer = ask(client, target, api::kBackendsSchema);
    return answer ? std::move(*answer) : Json(nullptr);
}

int print_table(const Client& client, const Arguments& arguments, Output& output)
{
    const std::uint64_t rows = arguments.all ? kEverything : arguments.count.value_or(kTableRows);
    // The summary counts processes over more than the rows that are shown.
    const std::uint64_t most = std::max<std::uint64_t>(rows, api::kMostHolderCount);
    const Result<Json> answer = fetch_holders(client, arguments, most);
    if (!answer)
        return print_error(answer.error(), output);
    const HoldersView view{arguments.backend, rows, arguments.captured, arguments.all};
    return print_text(render_holders(*answer, backends_of(client, arguments), view, output.screen), output);
}

} // namespace

int run_holders(const Arguments& arguments, Output& output)
{
    const Client client(arguments.socket);
    if (arguments.format == Format::table)
        return print_table(client, arguments, output);
    const Result<Json> answer = fetch_holders(client, arguments, arguments.count.value_or(kEverything));
    return answer ? print_json(*answer, output) : print_error(answer.error(), output);
}

} // namespace slotscope::cli
