// SPDX-License-Identifier: MIT
#include "kernel/doctor.h"

#include "kernel/attach_plan.h"
#include "kernel/skeleton.h"

#include <array>
#include <fstream>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace slotscope::kernel {
namespace {

// Bits of include/uapi/linux/capability.h.
struct Capability {
    int bit;
    const char* name;
    const char* why;
};
constexpr std::array<Capability, 4> kCapabilities = {{
    {39, "CAP_BPF", "load programs and tables"},
    {38, "CAP_PERFMON", "tracing programs"},
    {21, "CAP_SYS_ADMIN", "list sockets of other network namespaces"},
    {19, "CAP_SYS_PTRACE", "name processes of other users and their namespaces"},
}};

unsigned long long effective_capabilities()
{
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word)
        if (word == "CapEff:") {
            status >> word;
            return std::stoull(word, nullptr, 16);
        }
    return 0;
}

DoctorCheck check_kernel()
{
    utsname name{};
    ::uname(&name);
    return {"kernel", CheckStatus::ok, std::string(name.release) + " " + name.machine, ""};
}

DoctorCheck check_btf()
{
    if (::access("/sys/kernel/btf/vmlinux", R_OK) == 0)
        return {"type information", CheckStatus::ok, "/sys/kernel/btf/vmlinux", ""};
    return {"type information", CheckStatus::missing, "/sys/kernel/btf/vmlinux is missing",
            "use a kernel built with CONFIG_DEBUG_INFO_BTF=y (all current distribution kernels are)"};
}

DoctorCheck check_privileges()
{
    const unsigned long long have = effective_capabilities();
    std::string missing;
    for (const Capability& capability : kCapabilities)
        if (!(have >> capability.bit & 1))
            missing +=
                std::string(missing.empty() ? "" : ", ") + capability.name + " (" + capability.why + ")";
    if (missing.empty())
        return {"privileges", CheckStatus::ok,
                ::geteuid() == 0 ? "root" : "CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN, CAP_SYS_PTRACE", ""};
    return {"privileges", CheckStatus::missing, "missing: " + missing,
            "run it as root: sudo slotscope doctor"};
}

DoctorCheck check_lockdown()
{
    std::ifstream file("/sys/kernel/security/lockdown");
    std::string line;
    if (!std::getline(file, line))
        return {"lockdown", CheckStatus::ok,
                "not known (securityfs is not mounted); nothing here depends on it", ""};
    return {"lockdown", CheckStatus::ok, line + "; nothing here depends on it", ""};
}

DoctorCheck check_loading()
{
    auto skeleton = load_skeleton({.connections = SS_WAYS, .backends = 2, .members = 1},
                                  {"tcp_state__tp_btf", "walk_tcp", "walk_files", "sweep", "read_clocks"});
    if (skeleton)
        return {"load programs", CheckStatus::ok, "the required programs pass the verifier", ""};
    return {"load programs", CheckStatus::missing, skeleton.error().message,
            "as root on kernel 6.1 or later this works; `slotscoped --foreground --log-level debug` shows "
            "the kernel's words"};
}

DoctorCheck check_signal(const Choice& choice)
{
    DoctorCheck check;
    check.name = "hook: " + std::string(choice.signal->name);
    check.found = choice.variant ? choice.variant->name : "none";
    const std::string_view gap = choice.variant ? choice.variant->gap : choice.signal->none;
    if (gap.empty())
        return check;
    check.status = CheckStatus::degraded;
    check.found += "; not seen: " + std::string(gap);
    const std::string_view best = choice.signal->variants.front().name;
    check.remedy = "a kernel that allows " + std::string(best);
    if (best.substr(0, 5) == "fentr" || best.substr(0, 5) == "fexit")
        check.remedy += " (BPF trampolines; some hardened kernels refuse them)";
    return check;
}

} // namespace

std::vector<DoctorCheck> examine_kernel()
{
    route_libbpf_log();
    std::vector<DoctorCheck> checks = {check_kernel(), check_btf(), check_privileges(), check_lockdown(),
                                       check_loading()};
    if (checks.back().status != CheckStatus::ok)
        return checks; // what follows would only repeat it
    auto plan = make_plan({});
    if (!plan) {
        checks.push_back({"hooks", CheckStatus::missing, plan.error().message, "use kernel 6.1 or later"});
        return checks;
    }
    for (const Choice& choice : *plan)
        checks.push_back(check_signal(choice));
    return checks;
}

} // namespace slotscope::kernel
