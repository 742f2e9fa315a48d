// SPDX-License-Identifier: MIT
// A record of the kernel's backend table -> BackendCounters.
#pragma once

#include "model/backend.h"

#include <cstdint>
#include <slotscope/abi/backend.h>

namespace slotscope::decode {

// Reads a record that programs change meanwhile. The counters that belong together are read until two
// readings agree, so that slot-seconds and time at the limit are those of one moment. now_ns:
// CLOCK_MONOTONIC, at or after the moment of the call. Histograms are most of a record: leave them out where
// they are not needed.
enum class Histograms { read, leave_out };
BackendCounters decode_backend(const ss_backend& shared, std::uint32_t index, std::uint64_t now_ns,
                               Histograms histograms = Histograms::read);

} // namespace slotscope::decode
