// SPDX-License-Identifier: MIT
#include "cli/arguments.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace slotscope::cli {

namespace {

std::size_t distance(const std::string& a, const std::string& b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

} // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& candidates)
{
    constexpr std::size_t kLongestWord = 64; // nobody misspells more, and the distance costs its square
    if (word.size() > kLongestWord)
        return {};
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(word.size() / 3, 1) + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t away = distance(word, candidate);
        if (away < best_distance) {
            best_distance = away;
            best = candidate;
        }
    }
    if (!best.empty())
        return best;
    const auto begins = [&](const std::string& candidate) { return candidate.starts_with(word); };
    if (word.size() < 2 || std::count_if(candidates.begin(), candidates.end(), begins) != 1)
        return {};
    return *std::find_if(candidates.begin(), candidates.end(), begins);
}

} // namespace slotscope::cli
