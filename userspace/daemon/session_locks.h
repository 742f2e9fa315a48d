// SPDX-License-Identifier: MIT
// What the sessions of a PostgreSQL on this host say of locks, by the titles of their processes.
#pragma once

#include "analyze/evidence.h"
#include "enrich/session_title.h"
#include "model/holder.h"

#include <span>

namespace slotscope::daemon {

// Of the holders of an inbound backend; looks at 256 at most.
analyze::SessionLocks session_locks(const enrich::SessionTitles& titles, std::span<const Holder> holders);

} // namespace slotscope::daemon
