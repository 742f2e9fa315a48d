// SPDX-License-Identifier: MIT
// uWSGI's options, from its command line, its environment and its files.
#pragma once

#include "limits/lines.h"

#include <string>
#include <vector>

namespace slotscope::limits::uwsgi {

struct Option {
    std::string name;
    Setting value;
};

// In the order in which uWSGI takes them; placeholders are filled in.
std::vector<Option> read_options(Reading& reading, Findings& findings);

} // namespace slotscope::limits::uwsgi
