// SPDX-License-Identifier: MIT
#include "daemon/privileges.h"

#include <array>
#include <cerrno>
#include <memory>
#include <pwd.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace slotscope::daemon {
namespace {

constexpr std::array<Capability, 4> kNeeded = {{
    {CAP_BPF, "CAP_BPF", "make tables and load programs", nullptr},
    {CAP_PERFMON, "CAP_PERFMON", "programs that trace the kernel", nullptr},
    {CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "enter other network namespaces to list their sockets",
     "connections in other network namespaces that are older than the agent are not counted, and audits do "
     "not look there"},
    {CAP_SYS_PTRACE, "CAP_SYS_PTRACE", "find the network namespaces that other processes are in",
     "network namespaces that have no name in /run/netns are not found: connections in them that are older "
     "than the agent are not counted, and audits do not look there"},
}};

struct SetDeleter {
    void operator()(cap_t set) const { cap_free(set); }
};
using Set = std::unique_ptr<std::remove_pointer_t<cap_t>, SetDeleter>;

std::uint64_t bits_of(const Set& set, cap_flag_t flag)
{
    std::uint64_t bits = 0;
    for (int number = 0; number < cap_max_bits(); ++number) {
        cap_flag_value_t value = CAP_CLEAR;
        if (cap_get_flag(set.get(), number, flag, &value) == 0 && value == CAP_SET)
            bits |= std::uint64_t{1} << number;
    }
    return bits;
}

// Replaces the effective and the permitted set; the inheritable one is empty afterwards.
Result<void> set_own(std::uint64_t effective, std::uint64_t permitted)
{
    const Set set(cap_init());
    for (cap_value_t number = 0; number < cap_max_bits(); ++number) {
        if ((effective >> number & 1) != 0)
            cap_set_flag(set.get(), CAP_EFFECTIVE, 1, &number, CAP_SET);
        if ((permitted >> number & 1) != 0)
            cap_set_flag(set.get(), CAP_PERMITTED, 1, &number, CAP_SET);
    }
    if (cap_set_proc(set.get()) != 0)
        return system_error("the capabilities that are no longer needed cannot be given up", errno);
    return {};
}

constexpr std::uint64_t bit(int capability)
{
    return std::uint64_t{1} << capability;
}

std::string listed(const std::vector<std::string>& names)
{
    std::string text;
    for (std::size_t index = 0; index < names.size(); ++index)
        text += (index == 0 ? "" : index + 1 == names.size() ? " and " : ", ") + names[index];
    return text;
}

// The kept ones among `permitted`, found by doing without.
Result<std::uint64_t> still_needed(std::uint64_t permitted, std::span<const Trial> trials)
{
    std::uint64_t kept = permitted & (bit(CAP_SYS_ADMIN) | bit(CAP_SYS_PTRACE));
    for (const Trial& trial : trials) {
        if ((permitted & bit(trial.capability)) == 0)
            continue;
        if (auto lowered = set_own(kept, permitted); !lowered)
            return lowered.error();
        if (!trial.works())
            kept |= bit(trial.capability);
    }
    return kept;
}

} // namespace

std::span<const Capability> needed_capabilities()
{
    return kNeeded;
}

Privileges own_privileges()
{
    const Set set(cap_get_proc());
    return {::geteuid(), set ? bits_of(set, CAP_EFFECTIVE) : 0};
}

std::string user_name(uid_t uid)
{
    const passwd* entry = ::getpwuid(uid); // NOLINT(concurrency-mt-unsafe): one thread
    return entry ? entry->pw_name : std::to_string(uid);
}

std::vector<std::string> capability_names(std::uint64_t effective)
{
    std::vector<std::string> names;
    for (int number = 0; number < 64; ++number) {
        if ((effective >> number & 1) == 0)
            continue;
        char* const name = cap_to_name(number); // "cap_bpf", or the number
        std::string upper(name ? name : std::to_string(number));
        cap_free(name);
        for (char& letter : upper)
            letter = letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
        names.push_back(upper.starts_with("CAP_") ? upper : "CAP_" + upper);
    }
    return names;
}

std::string missing_to_load(const Privileges& privileges)
{
    if (privileges.has(CAP_SYS_ADMIN))
        return {};
    std::vector<std::string> names;
    for (const Capability& each : kNeeded)
        if (!each.without && !privileges.has(each.number))
            names.emplace_back(each.name);
    return names.empty() ? "" : listed(names) + (names.size() == 1 ? " is" : " are");
}

std::vector<std::string> losses_of(const Privileges& privileges)
{
    std::vector<std::string> losses;
    for (const Capability& each : kNeeded)
        if (each.without && !privileges.has(each.number))
            losses.push_back("without " + std::string(each.name) + ", " + each.without);
    return losses;
}

DoctorCheck judge_privileges(const Privileges& privileges)
{
    std::vector<std::string> has;
    std::vector<std::string> all;
    for (const Capability& each : kNeeded) {
        all.emplace_back(each.name);
        if (privileges.has(each.number))
            has.emplace_back(each.name);
    }
    const std::string found =
        user_name(privileges.uid) + (has.empty() ? " without capabilities" : " with " + listed(has));
    const std::string remedy = "run it as root, or give it " + listed(all);
    if (const std::string missing = missing_to_load(privileges); !missing.empty())
        return {"privileges", CheckStatus::missing, found + ": " + missing + " missing", remedy};
    const std::vector<std::string> losses = losses_of(privileges);
    if (losses.empty())
        return {"privileges", CheckStatus::ok, found, ""};
    std::string text = found;
    for (const std::string& loss : losses)
        text += "; " + loss;
    return {"privileges", CheckStatus::degraded, text, remedy};
}

Result<void> give_up_privileges(std::span<const Trial> trials)
{
    const Set set(cap_get_proc());
    if (!set)
        return system_error("the agent's capabilities cannot be read", errno);
    const std::uint64_t permitted = bits_of(set, CAP_PERMITTED);
    const auto kept = still_needed(permitted, trials);
    if (!kept)
        return kept.error();

    if ((permitted & bit(CAP_SETPCAP)) != 0) {
        if (auto raised = set_own(*kept | bit(CAP_SETPCAP), permitted); !raised)
            return raised.error();
        for (cap_value_t number = 0; number < cap_max_bits(); ++number)
            if ((*kept & bit(number)) == 0)
                cap_drop_bound(number);
    }
    cap_reset_ambient();
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return set_own(*kept, *kept);
}

} // namespace slotscope::daemon
