// SPDX-License-Identifier: MIT
// Running iterators. Internal to kernel/.
#pragma once

#include "base/result.h"
#include "kernel/session.h"

#include <span>

namespace slotscope::kernel {

// Runs an iterator to its end in the calling thread's namespaces.
Result<void> run_iterator(int link_fd);

// Runs the iterator over TCP sockets in each network namespace: it lists the one of the thread that creates
// it. The thread is in its own namespace again afterwards. A namespace that cannot be entered is reported,
// not fatal.
Result<WalkResult> walk_namespaces(int link_fd, std::span<const WalkTarget> targets);

} // namespace slotscope::kernel
