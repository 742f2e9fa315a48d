// SPDX-License-Identifier: MIT
// What calls are called, at whichever end of the connection that can be read.
#pragma once

#include "daemon/waiting.h"

#include <span>
#include <string>
#include <vector>

namespace slotscope::daemon {

// Of each of `holders` the name of its call; empty: not known. A server that takes a request in pieces
// (MariaDB reads the four bytes of a packet's length first) shows no more than its first one: then the
// client's end tells, where that is on this host.
std::vector<std::string> call_names(BusyConnections& busy, std::span<const Connection> holders,
                                    const CallLabels& label_of);

} // namespace slotscope::daemon
