// SPDX-License-Identifier: MIT
#include "cli/top/history.h"

#include "cli/top/answers.h"

#include <algorithm>
#include <array>

namespace slotscope::cli::top {

namespace {

constexpr std::array<const char*, 9> kSteps = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<const char*, 9> kAsciiSteps = {" ", ".", ".", ":", "-", "=", "+", "*", "#"};

// In use is never nothing, and only a full backend has full height.
std::size_t step_of(std::uint64_t in_use, std::uint64_t whole)
{
    constexpr std::size_t kFull = kSteps.size() - 1;
    if (in_use == 0)
        return 0;
    if (in_use >= whole)
        return kFull;
    const auto part = static_cast<double>(in_use) / static_cast<double>(whole);
    return std::clamp<std::size_t>(static_cast<std::size_t>(part * kFull), 1, kFull - 1);
}

} // namespace

void History::add(const std::vector<BackendRow>& rows)
{
    std::map<std::string, std::deque<std::uint64_t>> next;
    for (const BackendRow& row : rows) {
        const std::string id = identity(row);
        std::deque<std::uint64_t>& looks = next[id];
        if (const auto known = by_backend_.find(id); known != by_backend_.end())
            looks = std::move(known->second);
        looks.push_back(row.in_use);
        while (looks.size() > kHistoryLooks)
            looks.pop_front();
    }
    by_backend_ = std::move(next);
}

const std::deque<std::uint64_t>& History::of(const BackendRow& row) const
{
    static const std::deque<std::uint64_t> kNone;
    const auto found = by_backend_.find(identity(row));
    return found == by_backend_.end() ? kNone : found->second;
}

std::uint64_t History::most(const BackendRow& row, std::size_t looks) const
{
    const std::deque<std::uint64_t>& all = of(row);
    std::uint64_t most = row.in_use;
    for (std::size_t i = all.size() - std::min(looks, all.size()); i < all.size(); ++i)
        most = std::max(most, all[i]);
    return most;
}

std::string sparkline(const std::deque<std::uint64_t>& looks, std::uint64_t limit, std::size_t width,
                      bool utf8)
{
    const std::size_t shown = std::min(width, looks.size());
    std::uint64_t whole = limit;
    if (whole == 0 && !looks.empty())
        whole = std::max<std::uint64_t>(*std::max_element(looks.begin(), looks.end()), 1);
    std::string line(width - shown, ' ');
    for (std::size_t i = looks.size() - shown; i < looks.size(); ++i) {
        const std::size_t step = step_of(looks[i], whole);
        line += utf8 ? kSteps[step] : kAsciiSteps[step];
    }
    return line;
}

} // namespace slotscope::cli::top
