// SPDX-License-Identifier: MIT
#include "kernel/kernel_btf.h"

#include <bpf/btf.h>

namespace slotscope::kernel {

KernelBtf::KernelBtf()
    : types_(btf__load_vmlinux_btf())
{
}

KernelBtf::~KernelBtf()
{
    btf__free(types_);
}

bool KernelBtf::has_tracepoint(std::string_view name) const
{
    const std::string type = "btf_trace_" + std::string(name);
    return types_ && btf__find_by_name_kind(types_, type.c_str(), BTF_KIND_TYPEDEF) > 0;
}

bool KernelBtf::has_function(std::string_view name) const
{
    return types_ && btf__find_by_name_kind(types_, std::string(name).c_str(), BTF_KIND_FUNC) > 0;
}

} // namespace slotscope::kernel
