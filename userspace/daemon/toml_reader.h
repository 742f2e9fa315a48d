// SPDX-License-Identifier: MIT
// Reading a TOML table key by key, and collecting everything that is wrong with it.
#pragma once

#include "daemon/configuration.h"

#include <toml++/toml.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::daemon {

// What is wrong with a file, and where.
class Problems {
  public:
    void add(const toml::source_region& where, std::string what);
    bool empty() const { return found_.empty(); }

    // A line each, in the order of the file: "PATH:LINE:COLUMN: WHAT".
    std::string lines(std::string_view path) const;

  private:
    struct Problem {
        toml::source_position at;
        std::string what;
    };
    std::vector<Problem> found_;
};

// A key that a table may have, and what reads its value into TARGET.
template <typename Target>
struct TomlKey {
    std::string_view name;
    void (*read)(const toml::node& value, Target& target, Problems& problems);
};

// A key that no row names. WHERE completes "unknown key ... in", as in "[[limit]]"; empty at the top of the
// file.
void unknown_key(const toml::key& key, std::string_view where, std::span<const std::string_view> valid,
                 Problems& problems);

template <typename Target>
void read_table(const toml::table& table, std::span<const TomlKey<Target>> keys, std::string_view where,
                Target& target, Problems& problems)
{
    for (auto&& [key, value] : table) {
        const TomlKey<Target>* row = nullptr;
        for (const TomlKey<Target>& candidate : keys)
            if (candidate.name == key.str())
                row = &candidate;
        if (row) {
            row->read(value, target, problems);
            continue;
        }
        std::vector<std::string_view> valid;
        for (const TomlKey<Target>& candidate : keys)
            valid.push_back(candidate.name);
        unknown_key(key, where, valid, problems);
    }
}

// The value as text, or as a whole number within RANGE; otherwise a problem that names the KEY, and nothing.
std::optional<std::string> text_of(const toml::node& value, std::string_view key, Problems& problems);
std::optional<std::uint32_t> number_of(const toml::node& value, std::string_view key, Range range,
                                       Problems& problems);

// "a string", "an array" and so on, for messages.
std::string_view described(toml::node_type type);

} // namespace slotscope::daemon
