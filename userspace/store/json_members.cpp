// SPDX-License-Identifier: MIT
#include "store/json_members.h"

#include "model/unix_path.h"

#include <algorithm>

namespace slotscope::store {

std::int64_t nanoseconds_of(TimePoint at)
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
}

TimePoint time_point_of(std::int64_t nanoseconds)
{
    return TimePoint(std::chrono::duration_cast<TimePoint::duration>(std::chrono::nanoseconds(nanoseconds)));
}

std::string_view to_string(LastIo last_io)
{
    switch (last_io) {
    case LastIo::none:
        return "none";
    case LastIo::sent:
        return "sent";
    case LastIo::received:
        break;
    }
    return "received";
}

// Most texts need no escapes; those of an episode's holders are most of what a save costs.
void JsonWriter::append_text(std::string_view text)
{
    const bool plain = std::all_of(text.begin(), text.end(), [](char character) {
        return character >= ' ' && character <= '~' && character != '"' && character != '\\';
    });
    if (plain) {
        text_.append("\"").append(text).append("\"");
        return;
    }
    constexpr int kOneLine = -1;
    text_ += nlohmann::json(text).dump(kOneLine, ' ', false, nlohmann::json::error_handler_t::replace);
}

void JsonWriter::append_map(const std::map<std::string, double>& map)
{
    text_ += '{';
    for (const auto& [name, value] : map) {
        if (!std::isfinite(value))
            continue;
        if (text_.back() != '{')
            text_ += ',';
        append_text(name);
        text_ += ':';
        append_number(value);
    }
    text_ += '}';
}

void JsonReader::take_word(const nlohmann::json& json, Cause& cause)
{
    if (json.is_string())
        cause = parse_cause(json.get_ref<const std::string&>()).value_or(Cause::unknown);
}

// A port of 0 is none that parse_address takes, but a socket that is over may have it.
void JsonReader::take_word(const nlohmann::json& json, Address& address)
{
    if (!json.is_string())
        return;
    std::string text = json.get<std::string>();
    if (const auto path = parse_unix_text(text)) {
        address = *path;
        return;
    }
    const bool no_port = text.ends_with(":0");
    if (no_port)
        text.back() = '1';
    if (const auto parsed = parse_address(text)) {
        address = *parsed;
        address.port = no_port ? std::uint16_t{0} : address.port;
    }
}

void JsonReader::take_map(const nlohmann::json& json, std::map<std::string, double>& map)
{
    if (!json.is_object())
        return;
    for (const auto& [name, value] : json.items())
        if (value.is_number())
            map[name] = value.get<double>();
}

} // namespace slotscope::store
