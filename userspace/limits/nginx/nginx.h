// SPDX-License-Identifier: MIT
// nginx and OpenResty: `max_conns` of upstream servers, in http and in stream, and `worker_connections`.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::nginx {

bool is_one(const RunningProcess& process);

// One that serves, and is not a worker of an older configuration on its way out.
bool is_serving_worker(const RunningProcess& process);

// By their titles.
WorkersByAge by_age(const Instance& instance, const WorkerCounts& counts);

void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::nginx
