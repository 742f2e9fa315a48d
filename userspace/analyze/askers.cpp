// SPDX-License-Identifier: MIT
#include "analyze/askers.h"

#include <algorithm>

namespace slotscope::analyze {
namespace {

constexpr std::uint64_t kDropEvery_ns = 10'000'000'000;

} // namespace

void Askers::note(const Scan& scan)
{
    if (scan.at_ns >= dropped_ns_ + kDropEvery_ns)
        drop_old(scan.at_ns);
    for (const auto& [pid, doings] : scan.processes)
        for (const auto& [record, calls] : doings.asks) {
            auto& pids = seen_[record];
            if (const auto known = pids.find(pid); known != pids.end()) {
                known->second = scan.at_ns;
            } else if (pairs_ < kMostAskers) {
                pids.emplace(pid, scan.at_ns);
                ++pairs_;
            }
        }
}

bool Askers::has_asked(std::uint32_t record, const std::set<std::uint32_t>& pids) const
{
    const auto known = seen_.find(record);
    return known != seen_.end() && std::any_of(pids.begin(), pids.end(), [&](std::uint32_t pid) {
               return known->second.contains(pid);
           });
}

void Askers::forget(std::uint32_t record)
{
    const auto known = seen_.find(record);
    if (known == seen_.end())
        return;
    pairs_ -= known->second.size();
    seen_.erase(known);
}

void Askers::drop_old(std::uint64_t now_ns)
{
    dropped_ns_ = now_ns;
    for (auto& [record, pids] : seen_)
        pairs_ -=
            std::erase_if(pids, [now_ns](const auto& each) { return now_ns > each.second + kRemembered_ns; });
    std::erase_if(seen_, [](const auto& each) { return each.second.empty(); });
}

} // namespace slotscope::analyze
