// SPDX-License-Identifier: MIT
// What is needed to put limits right by what the running product says of itself.
#pragma once

#include "base/result.h"
#include "limits/place.h"
#include "model/limit.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::limits {

// Sends REQUEST to a Unix socket of the running product, PATH as its root directory has it, and gives the
// answer. Only ever reads; bounded in size and time.
using Ask = std::function<Result<std::string>(const std::string& path, std::string_view request)>;

// A server's limit that may have been changed since it was read, or that moves.
struct RunTimeLimit {
    std::string proxy;
    std::vector<std::string> servers; // that share it, those of a template one by one
    Limit limit;                      // as the files have it
    std::uint32_t minconn = 0;        // below its maxconn the limit moves; else 0
    bool named = false;               // the running product has addresses of its own for the name
    bool beside_unlimited = false;    // something without a limit goes to the same address
};

// A number that is written.
struct Count {
    std::uint32_t value = 0;
    Place place;
};

// What takes connections of clients.
struct Front {
    std::string proxy;
    std::optional<Count> maxconn;    // of its own
    std::vector<Endpoint> addresses; // that are followed: none may be
};

struct RunTime {
    std::vector<std::string> sockets; // where the product may be asked, in the order of its files
    std::vector<RunTimeLimit> limits;
    std::vector<Front> fronts;
    std::optional<Count> maxconn; // of all fronts together
};

} // namespace slotscope::limits
