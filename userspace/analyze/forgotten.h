// SPDX-License-Identifier: MIT
// Connections that their process has forgotten: they lie idle, and it opens others.
#pragma once

#include "model/holder.h"

#include <cstdint>
#include <span>
#include <string>

namespace slotscope::analyze {

struct Forgotten {
    // That were opened while others of their process lay idle, which it has not used since.
    std::uint64_t connections = 0;
    double share = 0;          // of the holders that were looked at
    double spread_seconds = 0; // from the opening of the oldest of them to that of the newest
    std::string process;       // name, of most of them
};

// Whose most of the idle connections are.
struct IdleClient {
    std::string process; // name; empty: not known
    std::uint64_t connections = 0;
};

// Of the holders of the outbound end.
IdleClient most_idle(std::span<const Holder> holders);

// Of the holders of an outbound backend, at one look. A pool opens a connection where it has no idle one; a
// leak opens one for each call, whatever lies idle. Connections that are older than the agent may have been
// opened at any time and are not counted; nor are two or three that were, as pools replace those that get
// old.
Forgotten forgotten(std::span<const Holder> holders);

} // namespace slotscope::analyze
