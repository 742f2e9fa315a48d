// SPDX-License-Identifier: MIT
// The section [slow_calls] of the configuration file.
#pragma once

#include "daemon/configuration.h"
#include "daemon/toml_reader.h"

namespace slotscope::daemon {

void read_slow_calls(const toml::node& value, Configuration& into, Problems& problems);

} // namespace slotscope::daemon
