// SPDX-License-Identifier: MIT
// Whether this kernel takes BPF trampolines (fentry, fexit).
#pragma once

#include "kernel/kernel_version.h"
#include "kernel/refusal.h"

#include <optional>

namespace slotscope::kernel {

struct TrampolineProof {
    enum class How { attached, loaded, refused, unknown };
    How how = How::unknown; // unknown: the function that it is tried on is not in this kernel
    Refusal refusal;        // where it was refused
};

// Loads a program that does nothing onto bpf_fentry_test1, a function that only the kernel's own tests call.
// It is also attached and taken away again, but not before kTrampolinesComeOff.
TrampolineProof prove_trampolines(const KernelVersion& version);

} // namespace slotscope::kernel
