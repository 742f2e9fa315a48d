// SPDX-License-Identifier: MIT
#include "limits/merge.h"

#include "limits/check.h"
#include "limits/text.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

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

class Names {
  public:
    explicit Names(const std::vector<Limit>& given)
    {
        for (const Limit& limit : given)
            taken_.insert(limit.name);
    }

    // False: it is another one's.
    bool keep(const std::string& name) { return taken_.insert(name).second; }

    // "app/app1", else "app/app1@nginx", else "app/app1@812", ...
    std::string unique(const Limit& limit)
    {
        const std::string name = fit_name(limit.name);
        const auto with = [&](const std::string& suffix) {
            return name.substr(0, kLongestName - suffix.size()) + suffix;
        };
        const std::string by_pid = "@" + std::to_string(limit.origin.pid);
        for (const std::string& candidate : {name, with("@" + limit.origin.product), with(by_pid)})
            if (taken_.insert(candidate).second)
                return candidate;
        int& last = last_[with(by_pid)];
        for (last = std::max(last + 1, 2);; ++last)
            if (const std::string candidate = with(by_pid + "-" + std::to_string(last));
                taken_.insert(candidate).second)
                return candidate;
    }

  private:
    std::set<std::string> taken_;
    std::map<std::string, int>
        last_; // number that was given to a name, so that thousands of one are no matter
};

// Which limits of a list are at an address.
class ByAddress {
  public:
    void add(const Limit& limit, std::size_t position)
    {
        for (const Endpoint& address : limit.addresses)
            positions_[address].push_back(position);
    }

    // The first of MERGED that shares an address with LIMIT; its size where there is none.
    std::size_t first_that_shares(const Limit& limit, const std::vector<Limit>& merged) const
    {
        std::size_t first = merged.size();
        for (const Endpoint& address : limit.addresses)
            if (const auto found = positions_.find(address); found != positions_.end())
                for (const std::size_t position : found->second)
                    if (position < first && directions_overlap(merged[position], limit))
                        first = position;
        return first;
    }

  private:
    std::map<Endpoint, std::vector<std::size_t>> positions_;
};

// The names that limits had before. Of two with one name the one that stays keeps what it was called by when
// the other one comes or goes: whoever looks at metrics knows it by its name.
class NamesBefore {
  public:
    explicit NamesBefore(const std::vector<Limit>& before)
    {
        constexpr std::size_t kMostAtOne = 16;
        for (const Limit& limit : before)
            if (!limit.origin.product.empty() && !limit.addresses.empty())
                if (auto& some = by_address_[limit.addresses.front()]; some.size() < kMostAtOne)
                    some.push_back(&limit);
    }

    std::string of(const Limit& limit) const
    {
        const auto known =
            limit.addresses.empty() ? by_address_.end() : by_address_.find(limit.addresses.front());
        if (known == by_address_.end())
            return "";
        const std::string name = fit_name(limit.name);
        for (const Limit* const each : known->second)
            if (each->origin.product == limit.origin.product && each->direction == limit.direction &&
                each->origin.netns == limit.origin.netns &&
                (each->name == name || each->name.starts_with(name + "@")))
                return each->name;
        return "";
    }

  private:
    std::map<Endpoint, std::vector<const Limit*>> by_address_; // the first
};

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

std::vector<Limit> merge_limits(const std::vector<Limit>& given, std::vector<Limit> found,
                                const std::vector<Limit>& before)
{
    std::vector<Limit> merged = given;
    Names names(given);
    const NamesBefore names_before(before);
    std::vector<bool> is_named;
    for (Limit& limit : found) {
        std::sort(limit.addresses.begin(), limit.addresses.end());
        limit.addresses.erase(std::unique(limit.addresses.begin(), limit.addresses.end()),
                              limit.addresses.end());
        const std::string name = names_before.of(limit);
        is_named.push_back(!name.empty() && names.keep(name));
        if (is_named.back())
            limit.name = name;
    }
    ByAddress in_force;
    for (std::size_t position = 0; position < merged.size(); ++position)
        if (merged[position].set_aside.empty())
            in_force.add(merged[position], position);
    for (std::size_t position = 0; position < found.size(); ++position) {
        Limit& limit = found[position];
        const std::size_t first = in_force.first_that_shares(limit, merged);
        Limit* const other = first < merged.size() ? &merged[first] : nullptr;
        if (other && !other->origin.product.empty() && count_the_same(*other, limit)) {
            add_up(*other, limit);
            continue;
        }
        if (other)
            limit.set_aside = holds_instead(limit, *other);
        else
            in_force.add(limit, merged.size());
        if (!is_named[position])
            limit.name = names.unique(limit);
        merged.push_back(std::move(limit));
    }
    return merged;
}

void set_aside_beyond(std::size_t most_keys, std::vector<Limit>& limits)
{
    std::size_t keys = 0;
    for (Limit& limit : limits) {
        if (!limit.set_aside.empty())
            continue;
        // A limit of listeners is at their wildcards, too.
        const std::size_t sides = limit.direction == Direction::outbound ? 1 : limit.direction ? 3 : 4;
        const std::size_t own = limit.addresses.size() * sides;
        const bool fits = own <= most_keys && keys <= most_keys - own;
        if (fits || limit.origin.product.empty())
            keys += own;
        else
            limit.set_aside = "the limits of this host have more addresses than there is room for (" +
                              std::to_string(most_keys) + "): give those that matter to slotscope";
    }
}

namespace {

// By name; of several with one name the first.
std::map<std::string_view, const Limit*> by_name(const std::vector<Limit>& limits)
{
    std::map<std::string_view, const Limit*> names;
    for (const Limit& limit : limits)
        names.emplace(limit.name, &limit);
    return names;
}

// What moves by itself all the time is no change for people.
bool both_move(const Limit& before, const Limit& after)
{
    return before.origin.certainty == Certainty::moving && after.origin.certainty == Certainty::moving;
}

} // namespace

std::vector<std::string> changes_between(const std::vector<Limit>& before, const std::vector<Limit>& after)
{
    std::vector<std::string> changes;
    const auto was = by_name(before);
    const auto is = by_name(after);
    for (const Limit& limit : after) {
        if (limit.origin.product.empty())
            continue;
        const std::string what =
            limit.origin.product + ": " + limit.name + " has " + std::to_string(limit.slots);
        const auto old = was.find(limit.name);
        if (old == was.end())
            changes.push_back(what + " slots (" + limit.source + ")");
        else if (old->second->slots != limit.slots && !both_move(*old->second, limit))
            changes.push_back(what + " slots instead of " + std::to_string(old->second->slots) + " (" +
                              limit.source + ")");
    }
    for (const Limit& limit : before)
        if (!limit.origin.product.empty() && !is.contains(limit.name))
            changes.push_back(limit.origin.product + ": " + limit.name + " has no limit any more");
    return changes;
}

} // namespace slotscope::limits
