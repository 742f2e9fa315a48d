// SPDX-License-Identifier: MIT
// Why the kernel did not take a program, and what to do about it.
#pragma once

#include "base/result.h"
#include "kernel/kernel_version.h"

#include <string>

namespace slotscope::kernel {

struct Refusal {
    Error error;              // its code is what the kernel answered
    bool by_verifier = false; // it looked into the program: a matter of the program, not of permission
    std::string words;        // the last of what the verifier or libbpf said; may be empty
};

// The running kernel, as far as it matters for explaining.
struct KernelIdentity {
    std::string release; // "6.1.0-21-amd64"
    std::string machine; // "x86_64"
    bool type_information = false;

    KernelVersion version() const { return parse_kernel_version(release); }
};
KernelIdentity running_kernel();

// One sentence each.
struct Explanation {
    std::string what;
    std::string remedy;
};

// Of the programs that slotscope cannot do without. `missing_privileges` names the capabilities that this
// process lacks for loading, empty: none. The version is brought up only where it is too old.
Explanation explain_required(const Refusal& refusal, const KernelIdentity& kernel,
                             const std::string& missing_privileges);

// The error of a program whose function has another number of arguments here: another variant is for that.
bool is_other_signature(const Refusal& refusal);

// Of a hook's variant. `trampolines`: they work here; `variant` is its name, "fentry/tcp_connect".
std::string remedy_for(const Refusal& refusal, std::string_view variant, bool trampolines);

// "… (the kernel says: …)" where it said something.
std::string with_words(std::string text, const Refusal& refusal);

} // namespace slotscope::kernel
