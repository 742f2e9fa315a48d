// SPDX-License-Identifier: MIT
// Slot-seconds by who held the slots and what for, since somebody began to ask: what profiles are made of.
#pragma once

#include "model/slot_shares.h"

#include <cstdint>
#include <string>
#include <vector>

namespace slotscope {

struct RecordedUser {
    SlotUser user;
    double slot_seconds = 0; // by looks
    bool certain = true;     // as in SlotShare
};

// All of it from the first look of the recording to the last.
struct RecordedBackend {
    std::string backend; // name; "other": of backends that are gone
    std::string address;
    Direction direction = Direction::outbound;
    double slot_seconds = 0;         // by the kernel's counters, exact
    double sampled_slot_seconds = 0; // by looks at the holders, unbiased
    double other_slot_seconds = 0;   // part of it that no user is listed for
    std::vector<RecordedUser> users; // most first
};

// Two of one recording tell, by their difference, what was between them.
struct RecordingPage {
    std::uint64_t began_ns = 0; // CLOCK_MONOTONIC: tells recordings apart
    double seconds = 0;         // from the first look to the last
    std::uint64_t looks = 0;    // after the first
    std::vector<RecordedBackend> backends;
};

} // namespace slotscope
