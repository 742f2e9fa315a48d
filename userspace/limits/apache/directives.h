// SPDX-License-Identifier: MIT
// Apache's configuration language: directives and <sections>, as they hold for this instance: what stands in
// an <IfModule> or <IfDefine> that does not hold is left out.
#pragma once

#include "limits/reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace slotscope::limits::apache {

struct Directive {
    std::string name; // lower case
    std::vector<std::string> arguments;
    std::vector<std::string> sections; // around it, outermost first: "proxy balancer://app"
    Place place;
    std::uint32_t host = 0; // number of the <VirtualHost> around it; 0: none
};

struct Configuration {
    std::vector<Directive> directives;
    std::vector<std::string> modules; // that are loaded: "mpm_event_module"
};

// The files that the instance's command line names, or those of its distribution.
Configuration read_configuration(Reading& reading, Findings& findings);

} // namespace slotscope::limits::apache
