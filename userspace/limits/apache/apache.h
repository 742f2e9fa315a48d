// SPDX-License-Identifier: MIT
// Apache httpd: `max=` of mod_proxy, and the workers of its multi-processing module.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::apache {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

// A child that is to end gracefully closes its listening sockets first, with each module (event.c,
// close_listeners; worker.c, listener_thread; prefork.c, stop_listening).
WorkersByAge by_age(const Instance& instance, const WorkerCounts& counts);

} // namespace slotscope::limits::apache
