// SPDX-License-Identifier: MIT
#include "kernel/doctor.h"

namespace slotscope::kernel {
namespace {

constexpr const char* kTested = "tested from ";

DoctorCheck check_version(const KernelFacts& facts)
{
    const KernelIdentity& kernel = facts.identity;
    const std::string found = kernel.release + " " + kernel.machine;
    if (kernel.version() >= kOldestTested)
        return {"kernel", CheckStatus::ok, found + " (" + kTested + to_string(kOldestTested) + ")", ""};
    const std::string remedy = "use kernel " + to_string(kOldestTested) + " or newer";
    if (!facts.required)
        return {"kernel", CheckStatus::degraded,
                found + ": the programs load, but slotscope is " + kTested + to_string(kOldestTested),
                remedy};
    if (kernel.version() >= kOldest)
        return {"kernel", CheckStatus::degraded,
                found + ": it should work, but slotscope is " + kTested + to_string(kOldestTested), remedy};
    return {"kernel", CheckStatus::missing,
            "this kernel is " + found + ", slotscope needs " + to_string(kOldest) + " or newer (" + kTested +
                to_string(kOldestTested) + ")",
            remedy};
}

DoctorCheck check_type_information(const KernelFacts& facts)
{
    if (facts.identity.type_information)
        return {"type information", CheckStatus::ok, "/sys/kernel/btf/vmlinux", ""};
    return {"type information", CheckStatus::missing, "/sys/kernel/btf/vmlinux is missing",
            "use a kernel built with CONFIG_DEBUG_INFO_BTF=y (those of current distributions are)"};
}

DoctorCheck check_lockdown(const KernelFacts& facts)
{
    const std::string mode = facts.lockdown.value_or("not known (securityfs is not mounted)");
    return {"lockdown", CheckStatus::ok, mode + "; slotscope works in every mode", ""};
}

DoctorCheck check_loading(const KernelFacts& facts)
{
    if (!facts.required)
        return {"load programs", CheckStatus::ok, "the required programs pass the verifier", ""};
    const Explanation why = explain_required(*facts.required, facts.identity, facts.missing_privileges);
    return {"load programs", CheckStatus::missing, why.what, why.remedy};
}

DoctorCheck check_trampolines(const TrampolineProof& proof)
{
    switch (proof.how) {
    case TrampolineProof::How::attached:
        return {"trampolines", CheckStatus::ok, "proven: a program that does nothing loads and attaches", ""};
    case TrampolineProof::How::loaded:
        return {"trampolines", CheckStatus::ok,
                "proven by loading only: taking one away again can deadlock kernels before " +
                    to_string(kTrampolinesComeOff),
                ""};
    case TrampolineProof::How::unattachable:
        return {"trampolines", CheckStatus::degraded, "refused: " + proof.refusal.error.message,
                "a kernel with ftrace's direct calls (arm64 has them from 6.4 on); what is not seen without "
                "trampolines (fentry, fexit) stands at the hooks"};
    case TrampolineProof::How::refused:
        return {
            "trampolines", CheckStatus::degraded, "refused: " + proof.refusal.error.message,
            "a kernel that allows BPF trampolines (fentry, fexit; some hardened kernels refuse them); what "
            "is not seen without them stands at the hooks"};
    case TrampolineProof::How::unknown:
        break;
    }
    return {"trampolines", CheckStatus::ok,
            "not tried: this kernel lacks the function to try them on; the hooks tell whether they load", ""};
}

// The one that would have no gap, as far as this kernel is meant to have it.
const RefusedVariant* best_refused(const Choice& choice)
{
    const RefusedVariant* best = nullptr;
    for (const RefusedVariant& each : choice.refused)
        if (each.variant->gap.empty() && (!best || is_other_signature(best->refusal)))
            best = &each;
    return best;
}

DoctorCheck check_signal(const Choice& choice, bool trampolines)
{
    DoctorCheck check;
    check.name = "hook: " + std::string(choice.signal->name);
    check.found = choice.variant ? choice.variant->name : "none";
    const std::string_view gap = choice.variant ? choice.variant->gap : choice.signal->none;
    if (gap.empty())
        return check;
    check.status = CheckStatus::degraded;
    check.found += "; not seen: " + std::string(gap);
    if (const RefusedVariant* best = best_refused(choice))
        check.remedy = remedy_for(best->refusal, best->variant->name, trampolines);
    return check;
}

DoctorCheck check_bpf_file_system(const KernelFacts& facts)
{
    return {"bpf file system", CheckStatus::ok,
            std::string(facts.bpf_file_system ? "mounted at /sys/fs/bpf" : "not mounted at /sys/fs/bpf") +
                "; slotscope keeps nothing there",
            ""};
}

DoctorCheck check_memory(const KernelFacts& facts)
{
    const bool unlimited = facts.locked_memory_bytes == UINT64_MAX;
    const std::string limit =
        "RLIMIT_MEMLOCK is " +
        (unlimited ? "unlimited" : std::to_string(facts.locked_memory_bytes / 1024) + " KiB");
    if (facts.identity.version() >= kMemoryOfControlGroups)
        return {"memory limits", CheckStatus::ok,
                limit + ", which says nothing about BPF from kernel " + to_string(kMemoryOfControlGroups) +
                    " on; the tables count for the agent's control group",
                ""};
    if (unlimited)
        return {"memory limits", CheckStatus::ok, limit, ""};
    return {"memory limits", CheckStatus::degraded,
            limit + ", and on this kernel the tables count against it",
            "ulimit -l unlimited (LimitMEMLOCK=infinity in a unit)"};
}

} // namespace

std::vector<DoctorCheck> judge_kernel(const KernelFacts& facts)
{
    std::vector<DoctorCheck> checks = {check_version(facts), check_type_information(facts),
                                       check_lockdown(facts), check_loading(facts)};
    if (!facts.required) {
        checks.push_back(check_trampolines(facts.trampolines));
        const bool trampolines = facts.trampolines.how != TrampolineProof::How::refused &&
                                 facts.trampolines.how != TrampolineProof::How::unattachable;
        if (facts.plan)
            for (const Choice& choice : *facts.plan)
                checks.push_back(check_signal(choice, trampolines));
    }
    checks.push_back(check_bpf_file_system(facts));
    checks.push_back(check_memory(facts));
    return checks;
}

} // namespace slotscope::kernel
