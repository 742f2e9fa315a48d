// SPDX-License-Identifier: MIT
#include "kernel/doctor.h"

#include <algorithm>
#include <cerrno>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::kernel {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const HookSignal& signal(std::string_view name)
{
    return *std::ranges::find_if(hook_table(), [&](const HookSignal& each) { return each.name == name; });
}

// The first `refused` variants of a signal, each with its refusal, and the next one in use.
Choice choice(std::string_view name, const std::vector<Refusal>& refused)
{
    Choice made;
    made.signal = &signal(name);
    const auto variants = made.signal->variants;
    for (std::size_t index = 0; index < refused.size(); ++index)
        made.refused.push_back({&variants[index], refused[index]});
    made.variant = refused.size() < variants.size() ? &variants[refused.size()] : nullptr;
    return made;
}

Refusal refused(int code, bool by_verifier = false, const std::string& words = "")
{
    return {system_error("cannot load", code), by_verifier, words};
}

// A kernel that has everything.
KernelFacts good()
{
    KernelFacts facts;
    facts.identity = {"6.12.107-amd64", "x86_64", true};
    facts.lockdown = "none";
    facts.bpf_file_system = true;
    facts.trampolines.how = TrampolineProof::How::attached;
    Plan plan;
    for (const HookSignal& each : hook_table())
        plan.push_back(choice(each.name, {}));
    facts.plan = plan;
    return facts;
}

DoctorCheck line(const KernelFacts& facts, const std::string& name)
{
    for (const DoctorCheck& check : judge_kernel(facts))
        if (check.name == name)
            return check;
    ADD_FAILURE() << "no line " << name;
    return {};
}

bool has_line(const KernelFacts& facts, const std::string& name)
{
    const auto checks = judge_kernel(facts);
    return std::ranges::any_of(checks, [&](const DoctorCheck& check) { return check.name == name; });
}

TEST(KernelVersion, IsReadFromTheReleaseOfAnyDistribution)
{
    EXPECT_EQ(parse_kernel_version("6.1.0-21-cloud-amd64"), (KernelVersion{6, 1}));
    EXPECT_EQ(parse_kernel_version("5.14.0-427.el9.x86_64"), (KernelVersion{5, 14}));
    EXPECT_EQ(parse_kernel_version("7.2"), (KernelVersion{7, 2}));
    EXPECT_EQ(parse_kernel_version("unknown"), KernelVersion{});
    EXPECT_LT((KernelVersion{5, 15}), (KernelVersion{6, 1}));
    EXPECT_LT((KernelVersion{6, 9}), (KernelVersion{6, 12})); // not as text
}

TEST(JudgeKernel, AKernelThatHasEverythingIsOkInEveryLineAndHasNoRemedy)
{
    for (const DoctorCheck& check : judge_kernel(good())) {
        EXPECT_EQ(check.status, CheckStatus::ok) << check.name << ": " << check.found;
        EXPECT_EQ(check.remedy, "") << check.name;
    }
    for (const HookSignal& each : hook_table())
        EXPECT_TRUE(has_line(good(), "hook: " + std::string(each.name)));
}

TEST(JudgeKernel, ATooOldKernelThatRefusesIsMissingWithBothVersions)
{
    KernelFacts facts = good();
    facts.identity.release = "5.10.223-cloud-amd64";
    facts.required = refused(EINVAL, true, "BPF_STX uses reserved fields");
    EXPECT_EQ(line(facts, "kernel").status, CheckStatus::missing);
    const DoctorCheck loading = line(facts, "load programs");
    EXPECT_EQ(loading.status, CheckStatus::missing);
    EXPECT_THAT(loading.found, AllOf(HasSubstr("this kernel is 5.10.223-cloud-amd64, slotscope needs 5.15"),
                                     HasSubstr("tested from 6.1")));
    EXPECT_THAT(loading.remedy, AllOf(HasSubstr("6.1"), Not(HasSubstr("report"))));
    EXPECT_FALSE(has_line(facts, "trampolines")) << "what follows would only repeat it";
    EXPECT_FALSE(has_line(facts, "hook: state"));
}

// Distributions carry features back: what loads is supported, whatever its version.
TEST(JudgeKernel, AnOldKernelThatLoadsTheProgramsIsDegradedOnly)
{
    KernelFacts facts = good();
    facts.identity.release = "5.14.0-427.el9.x86_64";
    EXPECT_EQ(line(facts, "kernel").status, CheckStatus::degraded);
    EXPECT_EQ(line(facts, "load programs").status, CheckStatus::ok);
    facts.identity.release = "5.15.0-100-generic";
    EXPECT_EQ(line(facts, "kernel").status, CheckStatus::degraded);
}

TEST(JudgeKernel, ANewKernelsRefusalIsNeverExplainedByItsVersion)
{
    KernelFacts facts = good();
    facts.identity.release = "6.1.176-cloud-amd64";
    facts.required = refused(EACCES, true, "R1 unbounded memory access");
    EXPECT_EQ(line(facts, "kernel").status, CheckStatus::ok);
    const DoctorCheck loading = line(facts, "load programs");
    EXPECT_EQ(loading.status, CheckStatus::missing);
    EXPECT_THAT(loading.found, AllOf(HasSubstr("R1 unbounded memory access"), Not(HasSubstr("newer"))));
    EXPECT_THAT(loading.remedy, AllOf(HasSubstr("defect of slotscope"), HasSubstr("--log-level debug")));
}

TEST(JudgeKernel, MissingCapabilitiesComeBeforeEveryOtherExplanation)
{
    KernelFacts facts = good();
    facts.identity.release = "5.14.0-427.el9.x86_64";
    facts.required = refused(EPERM);
    facts.missing_privileges = "CAP_BPF and CAP_PERFMON are";
    EXPECT_THAT(line(facts, "load programs").found, HasSubstr("CAP_BPF and CAP_PERFMON are missing"));
    facts.identity.release = "6.12.0";
    facts.missing_privileges.clear();
    EXPECT_THAT(line(facts, "load programs").remedy, AllOf(HasSubstr("seccomp"), Not(HasSubstr("root"))));
}

TEST(JudgeKernel, AKernelWithoutTypeInformationIsToldSo)
{
    KernelFacts facts = good();
    facts.identity.type_information = false;
    facts.required = refused(ENOENT);
    EXPECT_EQ(line(facts, "type information").status, CheckStatus::missing);
    EXPECT_THAT(line(facts, "load programs").remedy, HasSubstr("CONFIG_DEBUG_INFO_BTF"));
}

TEST(JudgeKernel, HowTrampolinesWereProvenIsSaid)
{
    KernelFacts facts = good();
    EXPECT_THAT(line(facts, "trampolines").found, HasSubstr("attaches"));
    facts.trampolines.how = TrampolineProof::How::loaded;
    EXPECT_EQ(line(facts, "trampolines").status, CheckStatus::ok);
    EXPECT_THAT(line(facts, "trampolines").found, AllOf(HasSubstr("loading only"), HasSubstr("6.9")));
    facts.trampolines = {TrampolineProof::How::refused, refused(EPERM)};
    EXPECT_EQ(line(facts, "trampolines").status, CheckStatus::degraded);
    EXPECT_THAT(line(facts, "trampolines").remedy, HasSubstr("trampolines"));
    facts.trampolines = {TrampolineProof::How::unattachable, refused(ENOTSUP)};
    EXPECT_EQ(line(facts, "trampolines").status, CheckStatus::degraded);
    EXPECT_THAT(line(facts, "trampolines").remedy, HasSubstr("direct calls"));
}

TEST(JudgeKernel, WithoutTrampolinesTheHooksAskForThem)
{
    KernelFacts facts = good();
    facts.trampolines = {TrampolineProof::How::refused, refused(EPERM)};
    facts.plan = Plan{choice("accept", {refused(EPERM), refused(EPERM), refused(EPERM)})};
    const DoctorCheck accept = line(facts, "hook: accept");
    EXPECT_EQ(accept.status, CheckStatus::degraded);
    EXPECT_THAT(accept.found,
                AllOf(HasSubstr("first I/O"), HasSubstr("not seen: the time a connection waits")));
    EXPECT_THAT(accept.remedy, HasSubstr("a kernel that allows BPF trampolines"));
}

// Trampolines work, and the verifier refuses ours: no other kernel is the remedy.
TEST(JudgeKernel, AVariantThatTheVerifierRefusesIsOurDefect)
{
    KernelFacts facts = good();
    facts.plan = Plan{choice("accept", {refused(EACCES, true, "invalid access to map value")})};
    const DoctorCheck accept = line(facts, "hook: accept");
    EXPECT_EQ(accept.status, CheckStatus::degraded);
    EXPECT_THAT(accept.remedy,
                AllOf(HasSubstr("fentry/security_sock_graft is refused"), HasSubstr("defect of slotscope"),
                      HasSubstr("invalid access to map value"), Not(HasSubstr("a kernel that"))));
}

TEST(JudgeKernel, TheOtherSignatureIsNotTheReasonToTell)
{
    static constexpr HookVariant kVariants[] = {
        {"fexit/new", "new", "", ""}, {"fexit/old", "old", "", ""}, {"late", "late", "", "the wait"}};
    static constexpr HookSignal kSignal{"accept", false, "all", kVariants};
    Choice made{&kSignal, &kVariants[2], false, {}};
    made.refused.push_back({&kVariants[0], refused(EINVAL, true, "func 'f' doesn't have 4-th argument")});
    made.refused.push_back({&kVariants[1], refused(EACCES, true, "invalid access to map value")});
    KernelFacts facts = good();
    facts.plan = Plan{made};
    EXPECT_THAT(line(facts, "hook: accept").remedy,
                AllOf(HasSubstr("fexit/old is refused"), HasSubstr("invalid access to map value")));
}

TEST(JudgeKernel, AFunctionThatIsNotThereNeedsAKernelThatHasIt)
{
    KernelFacts facts = good();
    facts.plan = Plan{choice("receive", {refused(ESRCH)})};
    const DoctorCheck receive = line(facts, "hook: receive");
    EXPECT_THAT(receive.found, HasSubstr("none; not seen: bytes received"));
    EXPECT_EQ(receive.remedy, "a kernel that has tp_btf/tcp_rcv_space_adjust");
}

TEST(JudgeKernel, AWorseVariantSaysWhatItDoesNotSee)
{
    KernelFacts facts = good();
    facts.plan = Plan{choice("send", {refused(ESRCH), refused(EPERM)})};
    const DoctorCheck send = line(facts, "hook: send");
    EXPECT_EQ(send.status, CheckStatus::degraded);
    EXPECT_THAT(send.found, HasSubstr("calls are told by timing"));
}

TEST(JudgeKernel, LockedMemoryMattersOnlyBefore511)
{
    KernelFacts facts = good();
    facts.locked_memory_bytes = 65536;
    EXPECT_EQ(line(facts, "memory limits").status, CheckStatus::ok);
    facts.identity.release = "5.10.0";
    EXPECT_EQ(line(facts, "memory limits").status, CheckStatus::degraded) << "never fatal";
    facts.locked_memory_bytes = UINT64_MAX;
    EXPECT_EQ(line(facts, "memory limits").status, CheckStatus::ok);
}

TEST(JudgeKernel, WhatItDoesNotNeedIsNeverAFault)
{
    KernelFacts facts = good();
    facts.bpf_file_system = false;
    facts.lockdown = std::nullopt;
    EXPECT_EQ(line(facts, "bpf file system").status, CheckStatus::ok);
    EXPECT_EQ(line(facts, "lockdown").status, CheckStatus::ok);
    facts.lockdown = "confidentiality";
    EXPECT_THAT(line(facts, "lockdown").found, HasSubstr("confidentiality"));
}

} // namespace
} // namespace slotscope::kernel
