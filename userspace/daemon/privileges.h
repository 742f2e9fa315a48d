// SPDX-License-Identifier: MIT
// The capabilities that the agent needs (capabilities(7)), what is lost without each, and giving the rest up.
#pragma once

#include "base/result.h"
#include "model/doctor.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <sys/types.h>
#include <vector>

namespace slotscope::daemon {

struct Capability {
    int number;
    const char* name;
    const char* why;
    const char* without; // what is lost; null: the agent does not start without it
};

// Those that the agent asks for, in the order in which people read them. CAP_SYS_ADMIN stands in for CAP_BPF
// and CAP_PERFMON (the kernel's own rule); the first two are for starting, the others are kept.
std::span<const Capability> needed_capabilities();

// Whom this process runs as and what it may do: bits of its effective set.
struct Privileges {
    uid_t uid = 0;
    std::uint64_t effective = 0;

    bool has(int capability) const { return (effective >> capability & 1) != 0; }
};
Privileges own_privileges();

// "root", or the user's number where it has no name.
std::string user_name(uid_t uid);
// The names of all effective capabilities, by number; "CAP_41" for one that libcap does not know.
std::vector<std::string> capability_names(std::uint64_t effective);

// Capabilities that loading the programs needs and that are not there: "CAP_BPF and CAP_PERFMON are"; empty:
// none is missing.
std::string missing_to_load(const Privileges& privileges);

// What cannot be seen for want of a capability, a sentence each. For an agent that has started.
std::vector<std::string> losses_of(const Privileges& privileges);

DoctorCheck judge_privileges(const Privileges& privileges);

// A capability that is kept only where something fails without it.
struct Trial {
    int capability;
    std::function<bool()> works;
};

// Gives up, for good, all that a started agent does not need: effective, permitted, inheritable and ambient
// set, and the bounding set where that is allowed (CAP_SETPCAP). The uid stays, and no program that it might
// execute can gain anything. An Error where the kernel refuses: then nothing has changed.
Result<void> give_up_privileges(std::span<const Trial> trials);

} // namespace slotscope::daemon
