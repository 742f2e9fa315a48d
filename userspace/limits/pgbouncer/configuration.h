// SPDX-License-Identifier: MIT
// PgBouncer's file as it is written, with what it includes.
#pragma once

#include "limits/lines.h"

#include <map>
#include <optional>
#include <string>

namespace slotscope::limits::pgbouncer {

inline constexpr const char* kDefaultPlace = "PgBouncer's default";

struct Configuration {
    Settings global;
    Settings databases; // name -> connection string
    Settings users;     // name -> settings, written like a connection string
};

// Reads the file at PATH.
Configuration read_configuration(Reading& reading, Findings& findings, const std::string& path);

// "host=10.0.0.1 port=5432 user='x y'": quotes are doubled within quotes.
using Words = std::map<std::string, std::string, std::less<>>;
Words words_of_connection(std::string_view text);

// The number that NAME is set to, OTHERWISE where it is not set; absent, and told, where it is no number.
std::optional<std::uint32_t> count_of(const Settings& settings, std::string_view name,
                                      std::uint32_t otherwise, Findings& findings);

// What is written for NAME, empty where nothing is.
std::string text_of(const Settings& settings, std::string_view name);

} // namespace slotscope::limits::pgbouncer
