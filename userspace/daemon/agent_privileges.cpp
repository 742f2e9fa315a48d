// SPDX-License-Identifier: MIT
// What the agent may do, what it gives up, and what it cannot look at for want of it.
#include "daemon/agent.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/capability.h>
#include <unistd.h>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kHiddenAtLeast = 1; // where /proc does not even list other users' processes (hidepid)

} // namespace

// What a reload, a walk and the removal of the socket still need is found out by doing without: with a
// directory of another user's, for one, or on kernels before 5.19, where the agent's own tables need CAP_BPF.
Result<void> Agent::give_up_what_is_not_needed()
{
    const std::string file = invocation_.configuration_file.value_or(std::string(kDefaultConfigurationFile));
    const std::string directory = std::filesystem::path(configuration_.socket).parent_path().string();
    const auto may = [](const std::string& path, int mode) {
        return ::faccessat(AT_FDCWD, path.empty() ? "." : path.c_str(), mode, AT_EACCESS) == 0 ||
               errno != EACCES;
    };
    const std::array<Trial, 3> trials = {{
        {CAP_BPF, [this] { return session_->clocks().ok() && session_->backend_index().ok(); }},
        // Configurations of other products, which only they may read, are read for as long as the agent runs.
        {CAP_DAC_READ_SEARCH, [&] { return may(file, R_OK) && !configuration_.discovery; }},
        {CAP_DAC_OVERRIDE,
         [&] { return may(directory, W_OK | X_OK) && may(configuration_.state, W_OK | X_OK); }},
    }};
    auto given_up = give_up_privileges(trials);
    privileges_ = own_privileges();
    return given_up;
}

void Agent::note_sight()
{
    const AuditReport& report = auditor_.report();
    sight_.not_entered = std::max<std::uint64_t>(sight_.not_entered, report.not_reached.size());
    // With the capability, what is still hidden is single processes that a security module protects.
    if (!privileges_.has(CAP_SYS_PTRACE))
        sight_.hidden = std::max({sight_.hidden, report.hidden_processes, kHiddenAtLeast});
}

// For want of a capability: one sentence, however many namespaces there are.
std::vector<std::string> Agent::warnings_of_sight() const
{
    std::vector<std::string> warnings = losses_of(privileges_);
    if (privileges_.has(CAP_SYS_ADMIN))
        for (const std::string& each : auditor_.report().not_reached)
            warnings.push_back("sockets of a network namespace are not counted: " + each);
    return warnings;
}

} // namespace slotscope::daemon
