// SPDX-License-Identifier: MIT
// A product or another server that a test starts.
#pragma once

#include "harness/netns.h"
#include "harness/process.h"
#include "model/address.h"

#include <memory>

namespace slotscope::live {

// In SPACE, once it takes connections at ADDRESS. Throws with what it said where it ends instead, or is not
// installed.
std::unique_ptr<Program> start_server(ProgramOptions options, const Namespace& space, const Address& address);

} // namespace slotscope::live
