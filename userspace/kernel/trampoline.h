// SPDX-License-Identifier: MIT
// Whether this kernel takes BPF trampolines (fentry, fexit).
#pragma once

#include "kernel/kernel_version.h"
#include "kernel/refusal.h"

#include <optional>

namespace slotscope::kernel {

struct TrampolineProof {
    enum class How { attached, loaded, unattachable, refused, unknown };
    How how = How::unknown; // unknown: the function that it is tried on is not in this kernel
    Refusal refusal;        // where it loads and does not attach, or was refused before
};

// Loads a program that does nothing onto bpf_fentry_test1, a function that only the kernel's own tests call.
// It is also attached and taken away again: before kTrampolinesComeOff only where the kernel lacks the
// function that attaches (arm64 before 6.4), so that none is there to be taken away.
TrampolineProof prove_trampolines(const KernelVersion& version);

} // namespace slotscope::kernel
