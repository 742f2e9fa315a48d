// SPDX-License-Identifier: MIT
#include "daemon/doctor_report.h"

#include "base/clock.h"
#include "base/fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <grp.h>
#include <iostream>
#include <nlohmann/json.hpp>
#include <slotscope/api/contract.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace slotscope::daemon {
namespace {

constexpr std::array<const char*, 3> kNames = {"ok", "degraded", "missing"};

const char* name_of(CheckStatus status)
{
    return kNames[static_cast<std::size_t>(status)];
}

std::optional<gid_t> find_group()
{
    const group* entry = ::getgrnam(std::string(api::kGroup).c_str());
    return entry ? std::optional(entry->gr_gid) : std::nullopt;
}

AgentPresence find_agent(const std::string& path)
{
    AgentPresence found;
    found.socket = path;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path))
        return found;
    std::memcpy(address.sun_path, path.data(), path.size());
    const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
        found.state = AgentPresence::State::running;
        ucred peer{};
        socklen_t size = sizeof(peer);
        if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
            found.pid = peer.pid;
    } else if (errno == EAGAIN) {
        found.state = AgentPresence::State::running; // its queue is full
    } else if (errno == EACCES || errno == EPERM) {
        found.state = AgentPresence::State::forbidden;
    }
    return found;
}

DoctorCheck check_group(const std::optional<gid_t>& gid)
{
    const std::string group(api::kGroup);
    if (gid)
        return {"group", CheckStatus::ok, group + " (gid " + std::to_string(*gid) + ")", ""};
    return {"group", CheckStatus::degraded, "there is no group " + group + ": only root can use the socket",
            "groupadd --system " + group + ", then usermod -aG " + group + " USER"};
}

// No agent is no fault: this is asked before the first one is started, too.
DoctorCheck check_agent(const AgentPresence& agent)
{
    switch (agent.state) {
    case AgentPresence::State::running:
        return {"agent", CheckStatus::ok,
                "runs" + (agent.pid != 0 ? " (pid " + std::to_string(agent.pid) + ")" : "") + " on " +
                    agent.socket,
                ""};
    case AgentPresence::State::forbidden:
        return {"agent", CheckStatus::degraded, "this user may not use " + agent.socket,
                "become a member of the group of the socket (usermod -aG " + std::string(api::kGroup) +
                    " USER), or use sudo"};
    case AgentPresence::State::absent:
        break;
    }
    return {"agent", CheckStatus::ok, "none runs on " + agent.socket, ""};
}

} // namespace

HostFacts examine_host(const std::string& socket)
{
    HostFacts facts;
    facts.privileges = own_privileges();
    facts.kernel = kernel::examine_kernel(missing_to_load(facts.privileges));
    facts.group = find_group();
    facts.agent = find_agent(socket);
    return facts;
}

std::vector<DoctorCheck> judge_host(const HostFacts& facts)
{
    std::vector<DoctorCheck> checks = {judge_privileges(facts.privileges)};
    for (DoctorCheck& check : kernel::judge_kernel(facts.kernel))
        checks.push_back(std::move(check));
    checks.push_back(check_group(facts.group));
    checks.push_back(check_agent(facts.agent));
    return checks;
}

CheckStatus verdict(const std::vector<DoctorCheck>& checks)
{
    auto worst = CheckStatus::ok;
    for (const DoctorCheck& check : checks)
        worst = std::max(worst, check.status);
    return worst;
}

std::string doctor_json(const std::vector<DoctorCheck>& checks, std::chrono::system_clock::time_point at)
{
    nlohmann::json list = nlohmann::json::array();
    for (const DoctorCheck& check : checks)
        list.push_back({{"name", check.name},
                        {"status", name_of(check.status)},
                        {"found", check.found},
                        {"remedy", check.remedy}});
    const nlohmann::json report = {{"schema", api::kDoctorSchema},
                                   {"at", rfc3339(at)},
                                   {"verdict", name_of(verdict(checks))},
                                   {"checks", list}};
    return report.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

int report_health(const std::string& socket)
{
    spdlog::set_level(spdlog::level::off); // stdout is one document, and stderr would only repeat it
    const std::vector<DoctorCheck> checks = judge_host(examine_host(socket));
    std::cout << doctor_json(checks, std::chrono::system_clock::now()) << '\n';
    return static_cast<int>(verdict(checks));
}

} // namespace slotscope::daemon
