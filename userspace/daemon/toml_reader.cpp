// SPDX-License-Identifier: MIT
#include "daemon/toml_reader.h"

#include "limits/wording.h"

#include <algorithm>

namespace slotscope::daemon {

void Problems::add(const toml::source_region& where, std::string what)
{
    found_.push_back({where.begin, std::move(what)});
}

std::string Problems::lines(std::string_view path) const
{
    auto sorted = found_; // toml++ iterates a table by name, people read a file by line
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Problem& left, const Problem& right) { return left.at < right.at; });
    std::string text;
    for (const Problem& problem : sorted) {
        text.append(text.empty() ? "" : "\n").append(path);
        text += ":" + std::to_string(problem.at.line) + ":" + std::to_string(problem.at.column) + ": ";
        text += problem.what;
    }
    return text;
}

void unknown_key(const toml::key& key, std::string_view where, std::span<const std::string_view> valid,
                 Problems& problems)
{
    std::string what = "unknown key " + limits::in_quotes(key.str());
    if (!where.empty())
        what.append(" in ").append(where);
    problems.add(key.source(), what + limits::suggestion(key.str(), valid));
}

std::optional<std::string> text_of(const toml::node& value, std::string_view key, Problems& problems)
{
    if (const auto* text = value.as_string())
        return text->get();
    problems.add(value.source(),
                 std::string(key) + " must be text in quotes, not " + std::string(described(value.type())));
    return std::nullopt;
}

std::optional<std::uint32_t> number_of(const toml::node& value, std::string_view key, Range range,
                                       Problems& problems)
{
    const std::string wanted = std::string(key) + " must be a whole number from " +
                               std::to_string(range.least) + " to " + std::to_string(range.most) + ", not ";
    const auto* integer = value.as_integer();
    if (!integer) {
        problems.add(value.source(), wanted + std::string(described(value.type())));
        return std::nullopt;
    }
    const std::int64_t number = integer->get();
    if (number < range.least || number > range.most) {
        problems.add(value.source(), wanted + std::to_string(number));
        return std::nullopt;
    }
    return static_cast<std::uint32_t>(number);
}

std::string_view described(toml::node_type type)
{
    switch (type) {
    case toml::node_type::table:
        return "a table";
    case toml::node_type::array:
        return "an array";
    case toml::node_type::string:
        return "text in quotes";
    case toml::node_type::integer:
        return "a whole number";
    case toml::node_type::floating_point:
        return "a number with a fraction";
    case toml::node_type::boolean:
        return "true or false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
        return "a date or a time";
    case toml::node_type::none:
        break;
    }
    return "nothing";
}

} // namespace slotscope::daemon
