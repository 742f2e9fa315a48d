// SPDX-License-Identifier: MIT
// What the sessions of a database say of locks: those of a PostgreSQL on this host by the titles of their
// processes; all others by what has passed on their connections, which tells of transactions and not of
// locks.
#pragma once

#include "analyze/evidence.h"
#include "enrich/session_title.h"
#include "model/holder.h"

#include <span>

namespace slotscope::daemon {

// Of the holders of one backend; looks at 256 sessions at most.
analyze::SessionLocks session_locks(const enrich::SessionTitles& titles, std::span<const Holder> holders);

} // namespace slotscope::daemon
