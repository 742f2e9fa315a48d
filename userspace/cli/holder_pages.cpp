// SPDX-License-Identifier: MIT
#include "cli/holder_pages.h"

#include "cli/answer.h"

#include <slotscope/api/contract.h>

#include <algorithm>
#include <iterator>

namespace slotscope::cli {

namespace {

Error unexpected(const char* what)
{
    return Error{std::string("unexpected answer: ") + what +
                     ". Are slotscope and slotscoped of the same version?",
                 api::kExitError};
}

std::string page_target(const Arguments& arguments, std::uint64_t offset, std::uint64_t count)
{
    return target_of(api::kHoldersPath, {{"backend", arguments.backend},
                                         {"direction", arguments.direction},
                                         {"captured", arguments.captured ? "1" : ""},
                                         {"offset", std::to_string(offset)},
                                         {"count", std::to_string(count)}});
}

// One page, with the two members that paging needs checked.
Result<Json> fetch_page(const Client& client, const Arguments& arguments, std::uint64_t offset,
                        std::uint64_t count)
{
    Result<Json> page = ask(client, page_target(arguments, offset, count), api::kHoldersSchema);
    if (!page)
        return page;
    const auto holders = page->find("holders");
    if (holders == page->end() || !holders->is_array())
        return unexpected("it has no list of holders");
    const auto total = page->find("total");
    if (total == page->end() || !total->is_number_unsigned())
        return unexpected("it does not say how many holders there are in all");
    return page;
}

} // namespace

Result<Json> fetch_holders(const Client& client, const Arguments& arguments, std::uint64_t most)
{
    const auto page_size = [most](std::uint64_t have) {
        return std::min<std::uint64_t>(most - have, api::kMostHolderCount);
    };
    Result<Json> all = fetch_page(client, arguments, 0, page_size(0));
    if (!all)
        return all;
    Json& holders = (*all)["holders"];
    while (holders.size() < most && holders.size() < (*all)["total"].get<std::uint64_t>()) {
        Result<Json> page = fetch_page(client, arguments, holders.size(), page_size(holders.size()));
        if (!page)
            return page;
        Json& more = (*page)["holders"];
        if (more.empty())
            break;
        std::move(more.begin(), more.end(), std::back_inserter(holders));
        for (const char* name : {"at", "complete", "losses", "total"})
            if (page->contains(name))
                (*all)[name] = std::move((*page)[name]);
    }
    if (all->contains("returned"))
        (*all)["returned"] = holders.size();
    return all;
}

} // namespace slotscope::cli
