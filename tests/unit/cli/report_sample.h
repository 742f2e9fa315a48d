// SPDX-License-Identifier: MIT
// An answer of /v1/episode, as the agent gives it.
#pragma once

#include "cli/json.h"

namespace slotscope::cli::test {

// Ten minutes; the limit of 8 is reached in the eighth, and holds grow from 0.2 s to 6 s.
Json episode_answer();

// The same with every text of the network's or of a file's in it replaced by `text`.
Json episode_answer_with(const std::string& text);

} // namespace slotscope::cli::test
