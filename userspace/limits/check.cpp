// SPDX-License-Identifier: MIT
#include "limits/check.h"

#include "limits/text.h"
#include "limits/wording.h"

#include <algorithm>
#include <map>
#include <set>

namespace slotscope::limits {
namespace {

std::string described(const Limit& limit)
{
    return limit.source.empty() ? in_quotes(limit.name) : in_quotes(limit.name) + " (" + limit.source + ")";
}

// The first limit that has the key already and counts some of the same connections.
template <typename Key>
const Limit* earlier(const std::map<Key, std::vector<const Limit*>>& seen, const Key& key, const Limit& limit)
{
    const auto found = seen.find(key);
    if (found == seen.end())
        return nullptr;
    const auto other = std::find_if(found->second.begin(), found->second.end(),
                                    [&](const Limit* one) { return directions_overlap(*one, limit); });
    return other == found->second.end() ? nullptr : *other;
}

} // namespace

Result<void> check_name(std::string_view name)
{
    constexpr std::string_view kAlsoAllowed = "._-:@/";
    constexpr std::string_view kRule =
        "; a name has 1 to 64 letters, digits and . _ - : @ / and starts with a letter or a digit";
    if (name.empty())
        return Error{"the name is empty" + std::string(kRule)};
    if (name.size() > kLongestName)
        return Error{"the name " + in_quotes(name) + " has " + std::to_string(name.size()) + " bytes" +
                     std::string(kRule)};
    const bool allowed = std::all_of(name.begin(), name.end(), [&](char character) {
        return is_letter_or_digit(character) || kAlsoAllowed.find(character) != std::string_view::npos;
    });
    if (!allowed || !is_letter_or_digit(name.front()))
        return Error{in_quotes(name) + " cannot be a name" + std::string(kRule)};
    return {};
}

Result<Endpoint> parse_limit_address(std::string_view text)
{
    const bool controls = std::any_of(text.begin(), text.end(), [](char character) {
        const auto byte = static_cast<unsigned char>(character);
        return byte < 0x20 || byte == 0x7f;
    });
    if (controls)
        return Error{in_quotes(text) + " is not an address: it has a control character"};
    return parse_endpoint(text);
}

std::optional<SlotKind> slot_kind_named(std::string_view word)
{
    for (const SlotKind kind : {SlotKind::connections, SlotKind::calls})
        if (to_string(kind) == word)
            return kind;
    return std::nullopt;
}

std::optional<Direction> direction_named(std::string_view word)
{
    for (const Direction direction : {Direction::outbound, Direction::inbound})
        if (to_string(direction) == word)
            return direction;
    return std::nullopt;
}

bool directions_overlap(const Limit& left, const Limit& right)
{
    return !left.direction || !right.direction || left.direction == right.direction;
}

Result<void> check_limits(const std::vector<Limit>& limits)
{
    std::map<std::string, std::vector<const Limit*>> by_name;
    std::map<Endpoint, std::vector<const Limit*>> by_address;
    std::string conflicts;
    const auto conflict = [&](const std::string& line) {
        conflicts.append(conflicts.empty() ? "" : "\n").append(line);
    };

    for (const Limit& limit : limits) {
        if (const Limit* other = earlier(by_name, limit.name, limit))
            conflict("two limits have the name " + described(limit) + " and " + described(*other) +
                     ": remove one, rename it, or give them different directions");
        by_name[limit.name].push_back(&limit);

        const std::set<Endpoint> addresses(limit.addresses.begin(), limit.addresses.end());
        if (addresses.size() != limit.addresses.size())
            conflict("limit " + described(limit) + " has an address twice: write each once");
        for (const Endpoint& address : addresses) {
            if (const Limit* other = earlier(by_address, address, limit))
                conflict("two limits have the address " + to_string(address) + ": " + described(limit) +
                         " and " + described(*other) +
                         "; a connection can count against one only, so remove it from one, or give them " +
                         "different directions");
            by_address[address].push_back(&limit);
        }
    }
    if (!conflicts.empty())
        return Error{conflicts};
    return {};
}

} // namespace slotscope::limits
