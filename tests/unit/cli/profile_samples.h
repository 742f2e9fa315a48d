// SPDX-License-Identifier: MIT
// Answers of /v1/recording.
#pragma once

#include "cli/profile/profile.h"
#include "samples.h"

namespace slotscope::cli::test {

Json recorded_user(const std::string& call, double slot_seconds, const Json& waits_for = nullptr);

Json recorded_backend(const std::string& name, double counted, double sampled, JsonList users,
                      double other = 0);

Json recording(double seconds, std::uint64_t looks, JsonList backends, std::uint64_t number = 7);

// What waits for a database, what waits for nobody, and one without a call; 20 of 40 slot-seconds sampled
// twice as much as counted.
profile::Profile sample_profile();

} // namespace slotscope::cli::test
