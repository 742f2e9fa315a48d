// SPDX-License-Identifier: MIT
#include "limits/explicit/limit_spec.h"

#include "limits/check.h"
#include "limits/wording.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace slotscope::limits {
namespace {

constexpr std::array<std::string_view, 4> kSuffixes = {"calls", "connections", "inbound", "outbound"};

// Takes the suffixes that it knows off the end of TEXT: a Unix path has slashes of its own, so they cannot be
// found from the front.
Result<void> take_suffixes(std::string_view& text, Limit& limit)
{
    bool kind_given = false;
    for (auto slash = text.rfind('/'); slash != std::string_view::npos; slash = text.rfind('/')) {
        const std::string_view word = text.substr(slash + 1);
        const auto kind = slot_kind_named(word);
        const auto direction = direction_named(word);
        if (!kind && !direction)
            return {};
        if (kind && kind_given)
            return Error{"it says /calls or /connections more than once"};
        if (direction && limit.direction)
            return Error{"it says /inbound or /outbound more than once"};
        if (kind) {
            limit.kind = *kind;
            kind_given = true;
        } else {
            limit.direction = direction;
        }
        text = text.substr(0, slash);
    }
    return {};
}

// What is wrong with what follows the last colon, which is not a number.
Error not_a_number(std::string_view text)
{
    const auto slash = text.find('/');
    const auto digits = text.find_first_not_of("0123456789");
    if (digits != 0 && slash == digits && slash != std::string_view::npos) {
        const std::string_view word = text.substr(text.rfind('/') + 1); // those after it were taken
        return Error{in_quotes(word) + " is not a kind of slot or a direction" + suggestion(word, kSuffixes)};
    }
    if (text.empty() || slash == 0)
        return Error{"it has no MAX: the number of slots follows the last colon"};
    return Error{"MAX must be a whole number, not " + in_quotes(text)};
}

Result<std::uint32_t> parse_slots(std::string_view text)
{
    const bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char character) {
        return character >= '0' && character <= '9';
    });
    if (!digits)
        return not_a_number(text);
    std::uint32_t slots = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), slots).ec != std::errc())
        return Error{"MAX " + in_quotes(text) + " is too large: at most 4294967295"};
    if (slots == 0)
        return Error{"a limit of 0 would mean that nothing may connect: MAX is at least 1"};
    return slots;
}

Result<void> parse_addresses(std::string_view text, std::string_view slots, Limit& limit)
{
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t comma = std::min(text.find(',', start), text.size());
        const std::string_view part = text.substr(start, comma - start);
        auto address = parse_limit_address(part);
        if (!address) {
            // "app=10.0.0.1:80" reads as the address 10.0.0.1 with a MAX of 80.
            const bool port_taken_for_max =
                parse_limit_address(std::string(part) + ":" + std::string(slots)).ok();
            if (port_taken_for_max)
                return Error{"it has an address but no MAX: add a colon and the number of slots"};
            return address.error();
        }
        if (std::find(limit.addresses.begin(), limit.addresses.end(), *address) != limit.addresses.end())
            return Error{"it has the address " + to_string(*address) + " twice"};
        limit.addresses.push_back(std::move(*address));
        start = comma + 1;
    }
    return {};
}

Result<void> parse_into(std::string_view text, Limit& limit)
{
    const bool printable = std::all_of(text.begin(), text.end(),
                                       [](char character) { return character > ' ' && character < 0x7f; });
    if (!printable)
        return Error{
            "it has a space or a character that is not printable ASCII (the configuration file takes "
            "any address)"};
    const auto equals = text.find('=');
    if (equals == std::string_view::npos)
        return Error{"it has no ="};
    limit.name = text.substr(0, equals);
    if (auto named = check_name(limit.name); !named)
        return named;

    std::string_view rest = text.substr(equals + 1);
    if (auto taken = take_suffixes(rest, limit); !taken)
        return taken;
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos)
        return Error{"it has no address with a port and no MAX"};
    const std::string_view max = rest.substr(colon + 1);
    const auto slots = parse_slots(max);
    if (!slots)
        return slots.error();
    limit.slots = *slots;
    return parse_addresses(rest.substr(0, colon), max, limit);
}

} // namespace

Result<Limit> parse_limit_spec(std::string_view text, std::string source)
{
    Limit limit;
    limit.source = std::move(source);
    if (auto parsed = parse_into(text, limit); !parsed) {
        const std::string& why = parsed.error().message;
        return Error{"limit " + in_quotes(text) + ": " + why + (why.back() == '?' ? " Write " : "; write ") +
                     "NAME=ADDRESS[,ADDRESS...]:MAX[/calls|/connections][/inbound|/outbound], as in "
                     "app=10.0.0.1:80:100/inbound"};
    }
    return limit;
}

} // namespace slotscope::limits
