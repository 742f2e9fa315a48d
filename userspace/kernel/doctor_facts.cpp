// SPDX-License-Identifier: MIT
// What the judgement is made of, as this host has it.
#include "kernel/doctor.h"
#include "kernel/skeleton.h"

#include <fstream>
#include <linux/magic.h>
#include <sys/resource.h>
#include <sys/vfs.h>

namespace slotscope::kernel {
namespace {

// "none [integrity] confidentiality" is "integrity".
std::optional<std::string> lockdown_mode()
{
    std::ifstream file("/sys/kernel/security/lockdown");
    std::string line;
    std::getline(file, line);
    const auto open = line.find('[');
    const auto close = line.find(']', open == std::string::npos ? 0 : open);
    if (open == std::string::npos || close == std::string::npos)
        return std::nullopt;
    return line.substr(open + 1, close - open - 1);
}

bool has_bpf_file_system()
{
    struct statfs status {};
    return ::statfs("/sys/fs/bpf", &status) == 0 && status.f_type == BPF_FS_MAGIC;
}

std::uint64_t locked_memory_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return UINT64_MAX;
    return limit.rlim_cur;
}

} // namespace

KernelFacts examine_kernel(const std::string& missing_privileges)
{
    route_libbpf_log();
    KernelFacts facts;
    facts.identity = running_kernel();
    facts.lockdown = lockdown_mode();
    facts.bpf_file_system = has_bpf_file_system();
    facts.locked_memory_bytes = locked_memory_limit();
    facts.missing_privileges = missing_privileges;
    facts.required = try_required_programs();
    if (facts.required)
        return facts;
    facts.trampolines = prove_trampolines(facts.identity.version());
    if (auto plan = make_plan({}, unattachable_trampolines()))
        facts.plan = std::move(plan).value();
    return facts;
}

} // namespace slotscope::kernel
