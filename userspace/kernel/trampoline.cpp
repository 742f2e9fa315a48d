// SPDX-License-Identifier: MIT
#include "kernel/trampoline.h"

#include "base/fd.h"
#include "kernel/kernel_btf.h"

#include <array>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <linux/bpf.h>

namespace slotscope::kernel {
namespace {

constexpr const char* kFunction = "bpf_fentry_test1"; // from 5.5 on

// With ftrace's direct calls (CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS) alone it is a function.
constexpr const char* kAttaches = "register_ftrace_direct";

// r0 = 0; exit
constexpr std::array<bpf_insn, 2> kNothing = {{
    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 0},
    {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
}};

TrampolineProof refused(TrampolineProof::How how, const char* what, int code)
{
    return {how, {system_error(what, code), false, {}}};
}

} // namespace

TrampolineProof prove_trampolines(const KernelVersion& version)
{
    const int function = libbpf_find_vmlinux_btf_id(kFunction, BPF_TRACE_FENTRY);
    if (function <= 0)
        return {};
    LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FENTRY,
                .attach_btf_id = static_cast<__u32>(function));
    const Fd program(bpf_prog_load(BPF_PROG_TYPE_TRACING, "nothing", "Dual MIT/GPL", kNothing.data(),
                                   kNothing.size(), &options));
    if (!program)
        return refused(TrampolineProof::How::refused, "a program that does nothing cannot be loaded", errno);
    if (version < kTrampolinesComeOff && KernelBtf().has_function(kAttaches))
        return {TrampolineProof::How::loaded, {}};
    const Fd link(bpf_raw_tracepoint_open(nullptr, program.get()));
    if (!link)
        return refused(TrampolineProof::How::unattachable,
                       "a program that does nothing loads, and cannot be attached", errno);
    return {TrampolineProof::How::attached, {}};
}

} // namespace slotscope::kernel
