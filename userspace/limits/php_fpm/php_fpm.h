// SPDX-License-Identifier: MIT
// php-fpm: `pm.max_children` of each pool.
#pragma once

#include "limits/reader.h"

namespace slotscope::limits::php_fpm {

bool is_one(const RunningProcess& process);
void read(Reading& reading, Findings& findings);

} // namespace slotscope::limits::php_fpm
