// SPDX-License-Identifier: MIT
// What this kernel and this user allow.
#pragma once

#include <string>
#include <vector>

namespace slotscope {

enum class CheckStatus { ok, degraded, missing };

struct DoctorCheck {
    std::string name;
    CheckStatus status = CheckStatus::ok;
    std::string found;
    std::string remedy; // what to do; empty where nothing has to be done
};

} // namespace slotscope
