// SPDX-License-Identifier: MIT
// Telling the service manager how we are: sd_notify(3)'s protocol, a datagram to $NOTIFY_SOCKET.
#pragma once

#include <string_view>

namespace slotscope::daemon {

// "READY=1", "RELOADING=1", "STOPPING=1". Does nothing when no manager asked for it.
void notify_manager(std::string_view state);

} // namespace slotscope::daemon
