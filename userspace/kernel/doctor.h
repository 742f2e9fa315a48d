// SPDX-License-Identifier: MIT
// What this kernel allows, proven by really loading; and what to do about the rest.
#pragma once

#include "kernel/attach_plan.h"
#include "kernel/refusal.h"
#include "kernel/trampoline.h"
#include "model/doctor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slotscope::kernel {

// What was found out; the judgement is made of this alone.
struct KernelFacts {
    KernelIdentity identity;
    std::optional<std::string> lockdown; // "none", "integrity", "confidentiality"; nothing: not known
    bool bpf_file_system = false;        // mounted at /sys/fs/bpf
    std::uint64_t locked_memory_bytes = UINT64_MAX; // RLIMIT_MEMLOCK; the highest value: no limit
    std::string missing_privileges;                 // capabilities that loading needs, empty: none is missing
    std::optional<Refusal> required;                // of the programs that the agent does not start without
    TrampolineProof trampolines;                    // this and the plan only where the required ones load
    std::optional<Plan> plan;
};

// Loads programs and leaves nothing behind. `missing_privileges` only goes into the facts.
KernelFacts examine_kernel(const std::string& missing_privileges);

// One line for each thing that matters: "kernel", "type information", "lockdown", "load programs",
// "trampolines", "hook: SIGNAL"…, "bpf file system", "memory limits".
std::vector<DoctorCheck> judge_kernel(const KernelFacts& facts);

} // namespace slotscope::kernel
