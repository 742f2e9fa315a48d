// SPDX-License-Identifier: MIT
// gunicorn's settings, from all the places that they come from.
#pragma once

#include "limits/expression.h"
#include "limits/reader.h"

#include <map>
#include <string>

namespace slotscope::limits::gunicorn {

struct Value {
    ScriptValue value;
    bool known = true; // else an expression that is not worked out
    Place place;
};
using Values = std::map<std::string, Value, std::less<>>;

// In gunicorn's order, each over those before: its environment (WEB_CONCURRENCY), the configuration file, the
// options in GUNICORN_CMD_ARGS, the command line. `hidden`: the title has replaced the command line.
struct Configuration {
    Values values;
    bool hidden = false;
};
Configuration read_settings(Reading& reading, Findings& findings);

} // namespace slotscope::limits::gunicorn
