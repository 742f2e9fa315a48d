// SPDX-License-Identifier: MIT
// HAProxy: `maxconn` of servers, frontends and the whole process.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::haproxy {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

// The newest workers of the master, or the main process where it serves itself; the others are older, those
// among them that are no children of the main process too.
WorkersByAge by_age(const Instance& instance, const WorkerCounts& counts);

// Processes that this one was told to replace (-sf, -st: management manual, 3).
std::vector<std::uint32_t> replaced_by(const RunningProcess& process);

} // namespace slotscope::limits::haproxy
