// SPDX-License-Identifier: MIT
// gunicorn: workers, and their threads or connections.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::gunicorn {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

// After USR2 a second master runs, with workers of its own. After HUP as many workers as there are by the
// files are forked, then the oldest are ended until so many are left (arbiter.py, reload, manage_workers).
WorkersByAge by_age(const Instance& instance, const WorkerCounts& counts);

} // namespace slotscope::limits::gunicorn
