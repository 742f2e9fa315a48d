// SPDX-License-Identifier: MIT
#include "limits/merge.h"

#include "limits/check.h"
#include "limits/text.h"

#include <algorithm>
#include <set>

namespace slotscope::limits {
namespace {

// What check_name takes.
std::string fit_name(const std::string& text)
{
    constexpr std::string_view kAlsoAllowed = "._-:@/";
    std::string name;
    for (const char character : text)
        name += is_letter_or_digit(character) || kAlsoAllowed.find(character) != std::string_view::npos
                    ? character
                    : '_';
    if (name.empty() || !is_letter_or_digit(name.front()))
        name.insert(0, "x");
    if (name.size() > kLongestName)
        name.resize(kLongestName);
    return name;
}

// "app/app1", else "app/app1@nginx", else "app/app1@812", ...
std::string unique_name(const Limit& limit, const std::set<std::string>& taken)
{
    const std::string name = fit_name(limit.name);
    const auto with = [&](const std::string& suffix) {
        return name.substr(0, kLongestName - suffix.size()) + suffix;
    };
    const std::string by_pid = "@" + std::to_string(limit.origin.pid);
    for (const std::string& candidate : {name, with("@" + limit.origin.product), with(by_pid)})
        if (!taken.contains(candidate))
            return candidate;
    for (int number = 2;; ++number)
        if (std::string candidate = with(by_pid + "-" + std::to_string(number)); !taken.contains(candidate))
            return candidate;
}

bool share_an_address(const Limit& left, const Limit& right)
{
    return directions_overlap(left, right) &&
           std::any_of(left.addresses.begin(), left.addresses.end(), [&](const Endpoint& each) {
               return std::find(right.addresses.begin(), right.addresses.end(), each) !=
                      right.addresses.end();
           });
}

bool count_the_same(const Limit& left, const Limit& right)
{
    return left.addresses == right.addresses && left.kind == right.kind &&
           left.direction == right.direction && left.origin.netns == right.origin.netns;
}

void add_up(Limit& into, const Limit& other)
{
    auto& lines = into.origin.arithmetic;
    lines.push_back("+ " + std::to_string(other.slots) + " of " + other.name + " (" + other.source +
                    ") at the same address:");
    for (const std::string& line : other.origin.arithmetic)
        lines.push_back("  " + line);
    into.origin.setting = {"", 0, 0};
    into.slots = into.slots > UINT32_MAX - other.slots ? UINT32_MAX : into.slots + other.slots;
    const bool moves =
        into.origin.certainty == Certainty::moving || other.origin.certainty == Certainty::moving;
    into.origin.certainty = moves ? Certainty::moving : Certainty::at_most;
    lines.push_back("= " + std::to_string(into.slots) + " at that address in all");
}

std::string holds_instead(const Limit& limit, const Limit& other)
{
    if (other.origin.product.empty())
        return "the limit " + other.name + " (" + other.source + ") was given for the same address and holds";
    if (limit.origin.netns != other.origin.netns)
        return "another network namespace has the limit " + other.name + " (" + other.source +
               ") for the same address: one of them can hold";
    return "the limit " + other.name + " (" + other.source + ") has some of the same addresses and holds";
}

} // namespace

std::vector<Limit> merge_limits(const std::vector<Limit>& given, std::vector<Limit> found)
{
    std::vector<Limit> merged = given;
    std::set<std::string> taken;
    for (const Limit& limit : given)
        taken.insert(limit.name);
    for (Limit& limit : found) {
        std::sort(limit.addresses.begin(), limit.addresses.end());
        limit.addresses.erase(std::unique(limit.addresses.begin(), limit.addresses.end()),
                              limit.addresses.end());
        const auto other = std::find_if(merged.begin(), merged.end(), [&](const Limit& each) {
            return each.set_aside.empty() && share_an_address(each, limit);
        });
        if (other != merged.end() && !other->origin.product.empty() && count_the_same(*other, limit)) {
            add_up(*other, limit);
            continue;
        }
        if (other != merged.end())
            limit.set_aside = holds_instead(limit, *other);
        limit.name = unique_name(limit, taken);
        taken.insert(limit.name);
        merged.push_back(std::move(limit));
    }
    return merged;
}

namespace {

// What moves by itself all the time is no change for people.
bool both_move(const Limit& before, const Limit& after)
{
    return before.origin.certainty == Certainty::moving && after.origin.certainty == Certainty::moving;
}

} // namespace

std::vector<std::string> changes_between(const std::vector<Limit>& before, const std::vector<Limit>& after)
{
    std::vector<std::string> changes;
    const auto find = [](const std::vector<Limit>& list, const Limit& limit) -> const Limit* {
        const auto same = std::find_if(list.begin(), list.end(),
                                       [&](const Limit& each) { return each.name == limit.name; });
        return same == list.end() ? nullptr : &*same;
    };
    for (const Limit& limit : after) {
        if (limit.origin.product.empty())
            continue;
        const std::string what =
            limit.origin.product + ": " + limit.name + " has " + std::to_string(limit.slots);
        const Limit* old = find(before, limit);
        if (!old)
            changes.push_back(what + " slots (" + limit.source + ")");
        else if (old->slots != limit.slots && !both_move(*old, limit))
            changes.push_back(what + " slots instead of " + std::to_string(old->slots) + " (" + limit.source +
                              ")");
    }
    for (const Limit& limit : before)
        if (!limit.origin.product.empty() && !find(after, limit))
            changes.push_back(limit.origin.product + ": " + limit.name + " has no limit any more");
    return changes;
}

} // namespace slotscope::limits
