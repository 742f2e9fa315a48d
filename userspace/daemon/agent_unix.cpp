// SPDX-License-Identifier: MIT
// Unix sockets: when their records are compared with the kernel's list, and the paths behind their numbers.
#include "daemon/agent.h"

#include "model/unix_path.h"

#include <spdlog/spdlog.h>

namespace slotscope::daemon {
Result<void> Agent::count_older_unix_sockets(bool regroup)
{
    if (!session_->follows_unix())
        return {};
    return unix_auditor_.run(regroup);
}

void Agent::schedule_unix_audit()
{
    unix_timer_.cancel();
    if (!session_->follows_unix() || configuration_.audit_seconds == 0)
        return;
    const auto seldom = std::chrono::nanoseconds(std::chrono::seconds(configuration_.audit_seconds));
    unix_timer_.expires_after(session_->sees_unix_ends() ? seldom : unix_auditor_.pause());
    unix_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error)
            return;
        const auto now = std::chrono::steady_clock::now();
        const bool all = session_->sees_unix_ends() || now >= next_unix_walk_of_all_;
        if (all)
            next_unix_walk_of_all_ = now + std::chrono::seconds(configuration_.audit_seconds);
        auto walked = all ? unix_auditor_.run() : unix_auditor_.run_where_connections_are();
        if (!walked)
            spdlog::error("the walk over Unix sockets failed: {}", walked.error().message);
        schedule_unix_audit();
    });
}

// A program has kept the path when it met the socket for the first time.
void Agent::learn_unix_path(const Address& address) const
{
    if (!is_unix(address) || has_unix_path(address))
        return;
    if (const auto path = session_->unix_path(address.ip))
        remember_unix_path(address, *path);
}

} // namespace slotscope::daemon
