// SPDX-License-Identifier: MIT
// What a command line gives to an option, and what an interpreter runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::limits {

// Another way to write the same option; empty: there is none.
struct OptionNames {
    std::string_view letter; // "-w"
    std::string_view name;   // "--workers"
};

// The values of -w 4, -w4, --workers 4 and --workers=4, in order.
std::vector<std::string> option_values(const std::vector<std::string>& argv, OptionNames option);

// The last of them, which holds where a product takes one.
std::optional<std::string> option_value(const std::vector<std::string>& argv, OptionNames option);

// Is the option there, with or without a value?
bool has_option(const std::vector<std::string>& argv, OptionNames option);

// The script that ARGV[0], an interpreter, runs: its path, or the module of -m; empty where there is none.
// WITH_VALUE: the interpreter's own options that take a value.
std::string script_of(const std::vector<std::string>& argv, std::string_view letters_with_value);

// TEXT as a shell would split it: quotes and backslashes are taken away, nothing is expanded.
std::vector<std::string> shell_words(std::string_view text);

// The value of NAME in NAME=VALUE entries; absent where there is none.
std::optional<std::string> environment_value(const std::vector<std::string>& entries, std::string_view name);

} // namespace slotscope::limits
