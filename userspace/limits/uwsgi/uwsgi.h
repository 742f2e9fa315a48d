// SPDX-License-Identifier: MIT
// uWSGI: processes, and their threads or cores.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::uwsgi {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::uwsgi
