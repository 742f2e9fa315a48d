// SPDX-License-Identifier: MIT
// `slotscoped --doctor`: what this host allows, as one JSON document.
#pragma once

#include "daemon/privileges.h"
#include "kernel/doctor.h"
#include "model/doctor.h"

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace slotscope::daemon {

// Who listens on the agent's socket.
struct AgentPresence {
    enum class State { absent, running, forbidden };
    State state = State::absent;
    std::string socket;
    pid_t pid = 0; // of a running one
};

// What was found out; the judgement is made of this alone.
struct HostFacts {
    kernel::KernelFacts kernel;
    Privileges privileges;
    std::optional<gid_t> group; // of those who may ask
    AgentPresence agent;
};

HostFacts examine_host(const std::string& socket);

// A line for each thing: "privileges", those of the kernel, "group", "agent".
std::vector<DoctorCheck> judge_host(const HostFacts& facts);

// The worst of them: it is the verdict.
CheckStatus verdict(const std::vector<DoctorCheck>& checks);

// The document, of the schema slotscope.doctor/1.
std::string doctor_json(const std::vector<DoctorCheck>& checks, std::chrono::system_clock::time_point at);

// Prints the report on stdout; the exit code is 0 where all is well, 1 where something is degraded, 2 where
// something that is needed is missing. `socket`: where an agent is looked for.
int report_health(const std::string& socket);

} // namespace slotscope::daemon
