// SPDX-License-Identifier: MIT
#include "limits/wording.h"

#include <algorithm>
#include <cstdio>
#include <vector>

namespace slotscope::limits {
namespace {

constexpr std::size_t kLongestQuote = 120;
constexpr std::size_t kLongestWord = 64; // nothing that is valid is longer, so nothing longer is near it

// Optimal string alignment: Levenshtein's distance, with a swap of neighbours as one step.
std::size_t distance(std::string_view left, std::string_view right)
{
    std::vector<std::size_t> before_last(right.size() + 1);
    std::vector<std::size_t> last(right.size() + 1);
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t column = 0; column <= right.size(); ++column)
        row[column] = column;
    for (std::size_t i = 1; i <= left.size(); ++i) {
        before_last.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    return row[right.size()];
}

} // namespace

std::string in_quotes(std::string_view text)
{
    std::string result = "\"";
    for (const char character : text.substr(0, kLongestQuote)) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte >= 0x20 && byte != 0x7f) {
            result += character;
            continue;
        }
        char escaped[8];
        std::snprintf(escaped, sizeof(escaped), "\\x%02x", byte);
        result += escaped;
    }
    return result + (text.size() > kLongestQuote ? "...\"" : "\"");
}

std::string_view nearest(std::string_view text, std::span<const std::string_view> words)
{
    if (text.size() > kLongestWord)
        return {};
    std::string_view best;
    std::size_t best_distance = text.size();
    for (const std::string_view word : words) {
        const std::size_t steps = distance(text, word);
        const std::size_t allowed = std::max<std::size_t>(1, std::max(text.size(), word.size()) / 3);
        if (steps <= allowed && steps < best_distance) {
            best = word;
            best_distance = steps;
        }
    }
    return best;
}

std::string suggestion(std::string_view text, std::span<const std::string_view> words)
{
    if (const std::string_view word = nearest(text, words); !word.empty())
        return "; did you mean \"" + std::string(word) + "\"?";
    std::string list;
    for (const std::string_view word : words)
        list.append(list.empty() ? "" : ", ").append(word);
    return "; valid: " + list;
}

} // namespace slotscope::limits
