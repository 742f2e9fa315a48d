// SPDX-License-Identifier: MIT
#include "daemon/doctor_report.h"

#include "base/clock.h"
#include "kernel/doctor.h"

#include <algorithm>
#include <array>
#include <grp.h>
#include <iostream>
#include <nlohmann/json.hpp>
#include <slotscope/api/contract.h>
#include <spdlog/spdlog.h>

namespace slotscope::daemon {
namespace {

constexpr std::array<const char*, 3> kNames = {"ok", "degraded", "missing"};

DoctorCheck check_group()
{
    const std::string group(api::kGroup);
    if (const struct group* entry = ::getgrnam(group.c_str()))
        return {"group", CheckStatus::ok, group + " (gid " + std::to_string(entry->gr_gid) + ")", ""};
    return {"group", CheckStatus::degraded, "there is no group " + group + ": only root can use the socket",
            "groupadd --system " + group + ", then usermod -aG " + group + " USER"};
}

} // namespace

int report_health()
{
    spdlog::set_level(spdlog::level::off); // stdout is one document, and stderr would only repeat it
    std::vector<DoctorCheck> checks = kernel::examine_kernel();
    checks.push_back(check_group());
    auto worst = CheckStatus::ok;
    nlohmann::json list = nlohmann::json::array();
    for (const DoctorCheck& check : checks) {
        worst = std::max(worst, check.status);
        list.push_back({{"name", check.name},
                        {"status", kNames[static_cast<std::size_t>(check.status)]},
                        {"found", check.found},
                        {"remedy", check.remedy}});
    }
    const nlohmann::json report = {{"schema", api::kDoctorSchema},
                                   {"at", rfc3339(std::chrono::system_clock::now())},
                                   {"verdict", kNames[static_cast<std::size_t>(worst)]},
                                   {"checks", list}};
    std::cout << report.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    return static_cast<int>(worst);
}

} // namespace slotscope::daemon
