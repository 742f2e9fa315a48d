// SPDX-License-Identifier: MIT
// A profile as other programs read it.
#pragma once

#include "cli/json.h"
#include "cli/profile/profile.h"

#include <string>

namespace slotscope::cli::profile {

// A line for each stack, "backend;process;call;waits for 1234567": slot-microseconds, which is what
// flamegraph.pl and speedscope take. A ';' in a frame becomes ':'.
std::string folded(const Profile& profile);

// A gzipped message of pprof's profile.proto (github.com/google/pprof, proto/profile.proto), in nanoseconds.
std::string pprof(const Profile& profile);

// A page by itself, to look at in a browser: widths are slot-seconds, hovering names what was too long.
std::string flame_graph(const Profile& profile);

Json profile_json(const Profile& profile, const Json& answer); // `answer`: whose losses it shares

} // namespace slotscope::cli::profile
