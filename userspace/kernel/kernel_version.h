// SPDX-License-Identifier: MIT
// The kernel's version. It explains what failed; whether something is supported is proven by loading it.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace slotscope::kernel {

struct KernelVersion {
    int major = 0;
    int minor = 0;
    auto operator<=>(const KernelVersion&) const = default; // NOLINT(modernize-use-nullptr): it has none
};

inline constexpr KernelVersion kOldest{5, 15};      // should work: what is used is there from 5.12 on
inline constexpr KernelVersion kOldestTested{6, 1}; // by scripts/vm
// From here on commit 1612160b9127 is in every kernel: taking a trampoline away cannot deadlock with tasks
// that exit.
inline constexpr KernelVersion kTrampolinesComeOff{6, 9};
inline constexpr KernelVersion kMemoryOfControlGroups{5, 11}; // BPF memory counts there, not as locked memory

// "6.1.0-21-amd64" is {6, 1}; {0, 0} where it is not known.
KernelVersion parse_kernel_version(std::string_view release);

// "5.15"
std::string to_string(const KernelVersion& version);

} // namespace slotscope::kernel
