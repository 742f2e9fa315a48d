// SPDX-License-Identifier: MIT
// nginx's configuration language: directives that end in ; or have a block.
#pragma once

#include "limits/reader.h"

#include <string>
#include <string_view>
#include <vector>

namespace slotscope::limits::nginx {

struct Directive {
    std::string name;
    std::vector<std::string> arguments;
    std::vector<Directive> block; // empty too where it ends in ;
    Place place;
};

// The directives of PATH and of what it includes, in place of each include. Relative names begin at PREFIX.
// After something that cannot be read the rest of that file is left out, and the findings say where.
std::vector<Directive> read_directives(Reading& reading, Findings& findings, const std::string& path,
                                       const std::string& prefix);

// The first one with that name; null: there is none.
const Directive* find(const std::vector<Directive>& directives, std::string_view name);

// TEXT as if it stood in a file; of option -g.
std::vector<Directive> parse_directives(std::string_view text, const Place& place);

} // namespace slotscope::limits::nginx
