// SPDX-License-Identifier: MIT
// The verdict that a scenario expects, and the one that it gets.
#pragma once

#include "model/limit.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace slotscope::scenarios {

// A backend of the scenario, as the agent is asked for it.
struct Side {
    Address address;
    Direction direction = Direction::outbound;
};

struct Expected {
    Side backend; // that the verdict is about
    std::string cause;
    std::string call = {};                  // part of the first culprit's label
    std::optional<Address> dependency = {}; // absent: there must be none
    std::string dependency_call = {};       // part of its label
    double confidence = 0.6;                // at least
};

std::string text_of(const nlohmann::json& object, const char* key); // "" where it has no such text

// "slow_dependency: GET /report -> 127.0.0.1:5432"
std::string described(const Expected& expected);
std::string described(const nlohmann::json& verdict);

// Empty: right but for its cause, which the caller has looked at.
std::string wrong_in(const nlohmann::json& verdict, const Expected& expected);

// What a scenario sees of its verdict over time.
struct Watched {
    nlohmann::json verdict; // the last one
    std::vector<std::string> causes;
    std::optional<std::chrono::steady_clock::time_point> full;
    std::optional<std::chrono::steady_clock::time_point> first;
    std::optional<std::chrono::steady_clock::time_point> right_since;

    // NOW is the present verdict.
    void take(const nlohmann::json& now, const Expected& expected);
    // "unknown, then slow_backend: GET /report/{id}"
    std::string got() const;
};

} // namespace slotscope::scenarios
