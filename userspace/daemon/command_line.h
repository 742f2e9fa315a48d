// SPDX-License-Identifier: MIT
// slotscoped's command line, and the configuration that it comes to together with the file.
#pragma once

#include "daemon/configuration.h"
#include "daemon/configuration_file.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slotscope::daemon {

enum class Action { run, check_configuration, doctor, show_version, show_help };

// What was asked for. An absent option was not given.
struct Invocation {
    Action action = Action::run;
    std::string help; // the text to print, for show_help
    std::optional<std::string> configuration_file;
    std::optional<std::string> socket;
    std::optional<std::string> metrics;
    std::optional<std::string> state;
    std::optional<std::string> log_level;
    std::vector<Limit> limits; // their source is "--limit"
    bool no_discovery = false;
    bool foreground = false;
    std::vector<std::pair<std::string, std::string>> hooks; // signal, variant or "off"; only tests use it
};

// Every value is checked. An Error is wrong usage (exit 2): what is wrong, a line each, and what is valid.
Result<Invocation> parse_command_line(int argc, const char* const* argv);

// The file (the one named by --config, which must exist, else DEFAULT_FILE, which need not), overridden by
// the options; again for a reload. An Error is wrong configuration (exit 2), a line for each thing that is
// wrong.
Result<Configuration>
load_configuration(const Invocation& invocation,
                   const std::string& default_file = std::string(kDefaultConfigurationFile));

} // namespace slotscope::daemon
