// SPDX-License-Identifier: MIT
// PostgreSQL's configuration files and command line (PostgreSQL documentation, 20.1 "Setting Parameters").
#pragma once

#include "limits/reader.h"

#include <map>
#include <string>

namespace slotscope::limits::postgresql {

struct Value {
    std::string text;
    Place place;
};
using Settings = std::map<std::string, Value, std::less<>>; // names in lower case

// What holds: the command line before ALTER SYSTEM's file before the configuration file.
Settings read_settings(Reading& reading, Findings& findings);

} // namespace slotscope::limits::postgresql
