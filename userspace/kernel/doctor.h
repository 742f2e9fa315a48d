// SPDX-License-Identifier: MIT
// What this kernel and this user allow, proven by really loading and attaching.
#pragma once

#include "model/doctor.h"

#include <vector>

namespace slotscope::kernel {

// One line for each thing that matters. Leaves nothing attached.
std::vector<DoctorCheck> examine_kernel();

} // namespace slotscope::kernel
