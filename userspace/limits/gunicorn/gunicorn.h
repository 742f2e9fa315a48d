// SPDX-License-Identifier: MIT
// gunicorn: workers, and their threads or connections.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::gunicorn {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::gunicorn
