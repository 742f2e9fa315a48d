// SPDX-License-Identifier: MIT
// What Prometheus scrapes.
#pragma once

#include "model/episode.h"
#include "model/slot_shares.h"
#include "model/snapshot.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace slotscope::metrics {

// By the index of the backend's record: connections that the peer has closed ten seconds ago or more, and the
// process here has not. Those that are not in it have none.
using LeftOpen = std::map<std::uint32_t, std::uint64_t>;

// The snapshot in Prometheus' text format, version 0.0.4: each family once with its help, times in seconds,
// sizes in bytes. Backends are told apart by the labels `backend` and `direction` only. Bytes of a label that
// are not UTF-8 are replaced, since one of them would make Prometheus refuse the whole page.
// `episodes`: those that last.
std::string prometheus_text(const Snapshot& snapshot, std::span<const HolderSeconds> holders = {},
                            std::span<const Episode* const> episodes = {}, const LeftOpen& left_open = {});

} // namespace slotscope::metrics
