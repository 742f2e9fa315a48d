// SPDX-License-Identifier: MIT
// What became of each scenario, as a table at the end of the output; and in the file that
// $SLOTSCOPE_SCENARIO_ROWS names, where several processes share the scenarios.
#pragma once

#include <optional>
#include <string>

namespace slotscope::scenarios {

struct Row {
    std::string scenario;
    std::string expected; // "slow_backend: GET /report/{id}"
    std::string got;
    std::optional<double> confidence = {};
    std::optional<double> seconds = {}; // from the limit's being reached to the verdict
};

void add_row(const Row& row);

} // namespace slotscope::scenarios
