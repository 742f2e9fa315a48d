// SPDX-License-Identifier: MIT
// What is needed to put limits right by what the running product says of itself.
#pragma once

#include "base/result.h"
#include "model/limit.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::limits {

// Sends REQUEST to a Unix socket of the running product, PATH as its root directory has it, and gives the
// answer. Only ever reads; bounded in size and time.
using Ask = std::function<Result<std::string>(const std::string& path, std::string_view request)>;

// A limit that may have been changed since it was read, or that moves.
struct RunTimeLimit {
    std::string proxy;
    std::vector<std::string> servers; // that share it, those of a template one by one; empty: a front
    std::size_t used = 0;             // of a template's servers: as many as there are addresses
    Limit limit;                      // as the files have it; 0 slots: they set none
    std::uint32_t minconn = 0;        // below its maxconn the limit moves; else 0
};

struct RunTime {
    std::vector<std::string> sockets; // where the product may be asked, in the order of its files
    std::vector<RunTimeLimit> limits;
};

} // namespace slotscope::limits
