// SPDX-License-Identifier: MIT
#include "protocol/templates.h"

#include "protocol/path.h"

#include <algorithm>

namespace slotscope::protocol {
namespace {

constexpr std::uint64_t kBetweenLooks_ns = 10'000'000'000;

} // namespace

Templates::Templates(const TemplateBounds& bounds)
    : bounds_(bounds)
{
}

// What was learned of the places below this one is of no use any more: their paths go through {id} from now
// on.
void Templates::fold(const std::string& before, Place& place)
{
    segments_ -= place.segments.size();
    place.segments.clear();
    place.folded = true;
    const std::string below = before + "/";
    auto it = places_.lower_bound(below);
    while (it != places_.end() && it->first.starts_with(below)) {
        segments_ -= it->second.segments.size();
        it = places_.erase(it);
    }
}

bool Templates::is_folded(const std::string& before, std::string_view segment)
{
    auto place = places_.find(before);
    if (place != places_.end() && (place->second.folded || place->second.segments.contains(segment)))
        return place->second.folded;
    // Where no more can be remembered, what is new is taken for what varies.
    if (segments_ >= bounds_.most_segments)
        return true;
    if (place == places_.end())
        place = places_.emplace(before, Place()).first;
    place->second.segments.emplace(segment);
    ++segments_;
    if (place->second.segments.size() > bounds_.most_siblings)
        fold(before, place->second);
    return place->second.folded;
}

std::string Templates::folded_path(std::string_view method, std::string_view path)
{
    std::string result(method);
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/', 1), path.size());
        const std::string_view segment = path.substr(1, end - 1);
        path.remove_prefix(end);
        const bool keeps = segment.empty() || segment == "…" || segment.starts_with(kIdentifier);
        const bool folded = !keeps && is_folded(result, segment);
        result.append("/").append(folded ? kIdentifier : segment);
    }
    return result;
}

bool Templates::has_room(std::uint64_t now_ns)
{
    if (seen_ns_.size() < bounds_.most_labels)
        return true;
    if (now_ns < next_look_ns_)
        return false;
    next_look_ns_ = now_ns + kBetweenLooks_ns;
    std::erase_if(seen_ns_, [&](const auto& label) { return now_ns > label.second + bounds_.forget_ns; });
    return seen_ns_.size() < bounds_.most_labels;
}

// "GET /a/b (index.php)": a method, a path, and perhaps a script.
std::string Templates::learn(std::string_view label, std::uint64_t now_ns)
{
    if (label.empty())
        return {};
    std::string text(label);
    const std::size_t slash = label.find('/');
    const bool has_path = slash == 0 || (slash != std::string_view::npos && label.find(' ') + 1 == slash);
    if (has_path) {
        const std::size_t end = std::min(label.find(" (", slash), label.size());
        text =
            folded_path(label.substr(0, slash), label.substr(slash, end - slash)).append(label.substr(end));
    }
    if (const auto known = seen_ns_.find(text); known != seen_ns_.end()) {
        known->second = now_ns;
        return text;
    }
    if (!has_room(now_ns))
        return std::string(kOtherCalls);
    seen_ns_.emplace(text, now_ns);
    return text;
}

} // namespace slotscope::protocol
