// SPDX-License-Identifier: MIT
#include "daemon/recent_losses.h"

#include "base/growth.h"

namespace slotscope::daemon {

void RecentLosses::note(std::span<const Reason> losses, std::uint64_t now_ns)
{
    for (const Reason& loss : losses) {
        if (!loss.miscounts || loss.count == 0)
            continue;
        Growth& growth = reasons_[loss.name];
        const std::uint64_t more = grown(growth.last, loss.count);
        if (more == 0)
            continue;
        if (now_ns > growth.grown_ns + kRecent_ns)
            growth.grown = 0;
        growth.meaning = loss.meaning;
        growth.last = loss.count;
        growth.grown += more;
        growth.grown_ns = now_ns;
    }
}

std::vector<Reason> RecentLosses::list(std::uint64_t now_ns) const
{
    std::vector<Reason> recent;
    for (const auto& [name, growth] : reasons_)
        if (now_ns <= growth.grown_ns + kRecent_ns)
            recent.push_back({name, growth.meaning, growth.grown, true});
    return recent;
}

} // namespace slotscope::daemon
