// SPDX-License-Identifier: MIT
#include "cli/profile/formats.h"

#include <slotscope/api/contract.h>

#include <algorithm>
#include <cmath>

namespace slotscope::cli::profile {

std::string folded(const Profile& profile)
{
    constexpr double kMicroseconds = 1e6;
    std::string lines;
    for (const Stack& stack : profile.stacks) {
        std::string line;
        for (std::string frame : stack.frames) {
            std::replace(frame.begin(), frame.end(), ';', ':');
            line += (line.empty() ? "" : ";") + frame;
        }
        lines += line + " " + std::to_string(std::llround(stack.slot_seconds * kMicroseconds)) + "\n";
    }
    return lines;
}

Json profile_json(const Profile& profile, const Json& answer)
{
    Json json = {{"schema", api::kProfileSchema}};
    for (const char* common : {"at", "complete", "losses"})
        json[common] = answer.contains(common) ? answer.at(common) : Json(nullptr);
    json["seconds"] = profile.seconds;
    json["looks"] = profile.looks;
    json["slot_seconds"] = profile.slot_seconds;
    json["sampled_slot_seconds"] = profile.sampled_slot_seconds;
    Json& stacks = json["stacks"] = Json::array();
    for (const Stack& stack : profile.stacks)
        stacks.push_back({{"frames", stack.frames}, {"slot_seconds", stack.slot_seconds}});
    return json;
}

} // namespace slotscope::cli::profile
