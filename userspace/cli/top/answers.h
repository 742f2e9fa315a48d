// SPDX-License-Identifier: MIT
// What the agent says, as the live screen needs it. Pure: from answers to values.
#pragma once

#include "cli/json.h"
#include "cli/render/rows.h"

#include <string>
#include <vector>

namespace slotscope::cli::top {

// A backend's identity on the screen: two network namespaces may have one name.
std::string identity(const BackendRow& row);

struct Backends {
    std::vector<BackendRow> rows;
    std::string losses; // why they are incomplete; empty: they are complete
};
Result<Backends> read_backends(const Json& answer);

struct HolderLine {
    HolderRow row;
    std::string state;     // in words: "waiting", "no reply 3.2s", "peer closed"
    std::string call;      // label; empty: not known
    std::string waits_for; // "10.0.0.9:5432 SELECT … 1.2s"; empty: nothing is seen
};
struct Holders {
    std::vector<HolderLine> lines; // oldest first; at most as many as were asked for
    std::uint64_t total = 0;
};
Result<Holders> read_holders(const Json& answer);

// The verdict's sentence with its cause; empty where there is none.
Result<std::string> read_verdict(const Json& answer);

} // namespace slotscope::cli::top
