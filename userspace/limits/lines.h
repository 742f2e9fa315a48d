// SPDX-License-Identifier: MIT
// Configurations that are lines of NAME = VALUE, with sections and files that include each other.
#pragma once

#include "limits/reader.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace slotscope::limits {

// A value where it is written.
struct Setting {
    std::string text;
    Place place;
};
using Settings = std::map<std::string, Setting, std::less<>>;

// The setting; null where there is none, or an empty one.
const Setting* find_setting(const Settings& settings, std::string_view name);

// Calls LINE for each line of PATH, trimmed, but for empty ones and those that start with one of COMMENTS.
// False: the file cannot be read, and the findings say so.
bool each_line(Reading& reading, Findings& findings, const std::string& path, std::string_view comments,
               const std::function<void(std::string_view line, const Place& place)>& line);

// May a file that is DEPTH files deep include another? Else that is added to the findings.
bool may_include(Findings& findings, const Place& place, std::string_view text, int depth);

// "[name]": what is between the brackets, trimmed; absent without the second one.
std::optional<std::string_view> section_name(std::string_view line);

// "name = value" at SEPARATOR; absent where there is none.
struct Assignment {
    std::string_view name;
    std::string_view value;
};
std::optional<Assignment> assignment_in(std::string_view line, char separator = '=');

} // namespace slotscope::limits
