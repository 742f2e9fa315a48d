// SPDX-License-Identifier: MIT
#include "kernel/refusal.h"

#include <cerrno>
#include <sys/utsname.h>
#include <system_error>
#include <unistd.h>

namespace slotscope::kernel {
namespace {

constexpr const char* kReport =
    "this is a defect of slotscope, not of the kernel: please report it with what "
    "`slotscoped --foreground --log-level debug` prints";

std::string reason_of(const Refusal& refusal)
{
    return refusal.error.code != 0 ? std::system_category().message(refusal.error.code)
                                   : refusal.error.message;
}

Explanation too_old(const Refusal& refusal, const KernelIdentity& kernel)
{
    const std::string because = kernel.type_information
                                    ? "it refuses the programs (" + reason_of(refusal) + ")"
                                    : "it has no type information (/sys/kernel/btf/vmlinux)";
    return {"this kernel is " + kernel.release + ", slotscope needs " + to_string(kOldest) +
                " or newer (tested from " + to_string(kOldestTested) + "): " + because,
            "use kernel " + to_string(kOldestTested) + " or newer"};
}

} // namespace

KernelIdentity running_kernel()
{
    utsname name{};
    ::uname(&name);
    return {name.release, name.machine, ::access("/sys/kernel/btf/vmlinux", R_OK) == 0};
}

std::string with_words(std::string text, const Refusal& refusal)
{
    if (!refusal.words.empty())
        text += " (the kernel says: " + refusal.words + ")";
    return text;
}

Explanation explain_required(const Refusal& refusal, const KernelIdentity& kernel,
                             const std::string& missing_privileges)
{
    if (refusal.error.code == EPERM && !missing_privileges.empty())
        return {"slotscope may not load its BPF programs: " + missing_privileges + " missing",
                "run slotscoped as root, or give it what is missing as well: `slotscope doctor` lists all "
                "that it needs"};
    if (kernel.version() < kOldest)
        return too_old(refusal, kernel);
    if (!kernel.type_information)
        return {"this kernel has no type information (/sys/kernel/btf/vmlinux is missing)",
                "use a kernel built with CONFIG_DEBUG_INFO_BTF=y (those of current distributions are)"};
    if (refusal.by_verifier)
        return {
            with_words("the kernel's verifier refuses a program that slotscope cannot do without", refusal),
            kReport};
    if (refusal.error.code == EPERM)
        return {
            "the kernel refuses BPF programs of this process, although it has the capabilities",
            "in a container: use the host's user namespace, and a seccomp profile that allows bpf(); else "
            "look for a security module that forbids it"};
    return {with_words("the BPF programs cannot be loaded: " + reason_of(refusal), refusal), kReport};
}

bool is_other_signature(const Refusal& refusal)
{
    return refusal.words.find("-th argument") != std::string::npos;
}

std::string remedy_for(const Refusal& refusal, std::string_view variant, bool trampolines)
{
    const std::string name(variant);
    const bool trampoline = variant.starts_with("fentry") || variant.starts_with("fexit");
    if (refusal.error.code == ESRCH || refusal.error.code == ENOENT)
        return "a kernel that has " + name;
    if (trampoline && !trampolines)
        return "a kernel that allows BPF trampolines, for " + name + " (see trampolines)";
    if (is_other_signature(refusal))
        return "a kernel whose " + name + " has arguments that slotscope knows; please report this kernel";
    return with_words(name + " is refused: " + reason_of(refusal), refusal) + "; " + kReport;
}

} // namespace slotscope::kernel
