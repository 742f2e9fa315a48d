// SPDX-License-Identifier: MIT
// Envoy's clusters, from the bootstrap and from the files that it names for discovery.
#pragma once

#include "limits/document.h"
#include "limits/reader.h"

#include <map>
#include <string>
#include <vector>

namespace slotscope::limits::envoy {

struct Cluster {
    Node node;
    std::string file;
    std::vector<Node> assignments; // load_assignment, or those of a file of endpoints
    std::string assignments_file;
};

struct Configuration {
    std::vector<Cluster> clusters;
    std::map<std::string, std::pair<std::string, Place>> runtime; // of static layers, by key: later ones hold
};

Configuration read_configuration(Reading& reading, Findings& findings);

} // namespace slotscope::limits::envoy
