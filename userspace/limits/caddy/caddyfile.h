// SPDX-License-Identifier: MIT
// A Caddyfile as lines with blocks: imports and snippets are put in place, {$VARIABLES} filled in.
#pragma once

#include "limits/reader.h"

#include <string>
#include <vector>

namespace slotscope::limits::caddy {

struct Line {
    std::vector<std::string> words;
    std::vector<Line> block;
    Place place;
};

std::vector<Line> read_caddyfile(Reading& reading, Findings& findings, const std::string& path);

} // namespace slotscope::limits::caddy
