// SPDX-License-Identifier: MIT
// Slot-seconds of some seconds as stacks: backend, process, call, and what it waits for.
#pragma once

#include "cli/json.h"

#include <cstdint>
#include <string>
#include <vector>

namespace slotscope::cli::profile {

struct Stack {
    std::vector<std::string> frames; // the backend first; printable
    double slot_seconds = 0;         // of the stack itself: no stack goes on where another ends
};

struct Profile {
    double began = 0; // Unix time
    double seconds = 0;
    std::uint64_t looks = 0;
    double slot_seconds = 0;         // by the agent's exact counters; the stacks' sum
    double sampled_slot_seconds = 0; // as the looks at the holders found it
    std::vector<Stack> stacks;       // most first
};

// What two answers of /v1/recording leave between them; they must be of one recording. Each backend's stacks
// are scaled, so that their sum is what the counters say of it: looks tell how the time is shared out, and
// the counters how much it is. An Error (its code an exit code) where they are not as they should be.
Result<Profile> between(const Json& first, const Json& last);

// Seconds from the first answer's last look to the last one's; nothing where they are of two recordings.
Result<double> seconds_between(const Json& first, const Json& last);

} // namespace slotscope::cli::profile
