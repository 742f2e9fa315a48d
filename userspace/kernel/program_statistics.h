// SPDX-License-Identifier: MIT
// What the kernel says about our programs. Internal to kernel/.
#pragma once

#include "model/status.h"

#include <bpf/libbpf.h>
#include <vector>

namespace slotscope::kernel {

// Runs and run time stay 0 unless `sysctl kernel.bpf_stats_enabled=1`; skipped runs are always counted.
std::vector<ProgramStatus> program_statistics(bpf_object* object);

} // namespace slotscope::kernel
