// SPDX-License-Identifier: MIT
// What can be hooked, in every variant, best first. A variant counts as supported when it has really
// attached.
#pragma once

#include <span>
#include <string_view>

namespace slotscope::kernel {

struct HookVariant {
    std::string_view name;     // as people see it: "fentry/tcp_connect"
    std::string_view program;  // of the BPF object
    std::string_view optional; // a second program that goes with it where the kernel takes it, or empty
    std::string_view gap;      // what is not seen with this variant; empty: nothing
    std::string_view tracepoint = {}; // that the program attaches to; empty: it is no tracepoint
    std::string_view needs = {};      // a function of the kernel that it cannot do without, or empty
    std::string_view companion = {};  // a second program that it cannot do without, or empty
    std::string_view with = {}; // a program that must have been chosen before for it to be of use, or empty
};

struct HookSignal {
    std::string_view name;
    bool required;         // the agent does not start without it
    std::string_view none; // what is not seen when no variant attaches
    std::span<const HookVariant> variants;
};

// In the order in which they are attached.
std::span<const HookSignal> hook_table();

} // namespace slotscope::kernel
