// SPDX-License-Identifier: MIT
#include "daemon/session_locks.h"

#include <algorithm>
#include <string_view>

namespace slotscope::daemon {
namespace {

constexpr std::size_t kMostSessions = 256;
constexpr std::string_view kSessionProcess = "postgres";

void note_session(analyze::SessionLocks& locks, enrich::SessionDoing doing, const Holder& holder)
{
    if (doing == enrich::SessionDoing::waits_for_lock) {
        ++locks.waiting;
        locks.oldest_waiting_seconds =
            std::max(locks.oldest_waiting_seconds, holder.call_age_seconds.value_or(0));
    }
    if (doing != enrich::SessionDoing::idle_in_transaction)
        return;
    ++locks.idle_in_transaction;
    const double idle_seconds = holder.last_io_seconds.value_or(0);
    if (idle_seconds < locks.longest_idle_seconds)
        return;
    locks.longest_idle_seconds = idle_seconds;
    locks.keeper = to_string(holder.remote);
}

} // namespace

analyze::SessionLocks session_locks(const enrich::SessionTitles& titles, std::span<const Holder> holders)
{
    analyze::SessionLocks locks;
    for (const Holder& holder : holders) {
        if (!holder.process || holder.process->name != kSessionProcess)
            continue;
        if (locks.looked_at == kMostSessions)
            break;
        ++locks.looked_at;
        note_session(locks, titles.look(holder.process->pid), holder);
    }
    return locks;
}

} // namespace slotscope::daemon
