// SPDX-License-Identifier: MIT
// Runs a program and reads what it prints.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace slotscope::cli {

struct ChildOutput {
    std::string text;  // its standard output
    int exit_code = 0; // 128 + signal where one ended it
};

// Runs `program` (a path) with `arguments`; standard error stays ours, standard input is empty. A child that
// takes longer than `timeout` or prints more than `most_bytes` is killed: an Error.
Result<ChildOutput> run_child(const std::string& program, const std::vector<std::string>& arguments,
                              std::chrono::milliseconds timeout, std::size_t most_bytes);

} // namespace slotscope::cli
