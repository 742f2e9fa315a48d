// SPDX-License-Identifier: MIT
// What the agent says of one backend, compared with what a test expects and with the kernel's own list.
#pragma once

#include "harness/agent.h"
#include "harness/truth.h"

#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slotscope::live {

// Which backend: as a test knows it.
struct BackendRef {
    Address address;
    Direction direction = Direction::outbound;
    std::vector<const Namespace*> places = {}; // where its connections are, for the kernel's list
    const Namespace* own = nullptr; // its namespace, where the address means something else in others
    std::string name = {};          // given by a limit; empty: the address says which
};

// opened = closed + failed + open must hold, so `open` follows from the others.
struct Counts {
    std::uint64_t opened = 0;
    std::uint64_t closed = 0;
    std::map<std::string, std::uint64_t> failed = {}; // by reason; those not named must be 0
    std::uint64_t connecting = 0;
    std::uint64_t in_use = 0;
    std::uint64_t peak = 0;
    std::uint64_t older = 0;

    std::uint64_t open() const;
};

// The backend's object in an answer of /v1/backends, or null.
nlohmann::json find_backend(const nlohmann::json& answer, const BackendRef& ref);

// Why the agent sees no messages on this kernel, from its answer to /v1/status; empty where it does. Tests of
// calls skip by it; doctor says so, too.
std::string why_no_messages(const nlohmann::json& status);

// What the agent says now, from a snapshot made after this call; null where it does not know the backend.
nlohmann::json look_at(const Agent& agent, const BackendRef& ref);
// An answer of /v1/backends whose snapshot was made after this call.
nlohmann::json fresh_backends(const Agent& agent);

// Waits until the agent's counts are these and `open` is what the kernel's list says. Says what differs.
testing::AssertionResult shows(const Agent& agent, const BackendRef& ref, const Counts& counts);

// The same, and a little later they still are: nothing is counted twice.
testing::AssertionResult stays(const Agent& agent, const BackendRef& ref, const Counts& counts);

// What a backend says of calls; `started` follows.
struct CallCounts {
    std::uint64_t in_flight = 0;
    std::uint64_t finished = 0;
    std::uint64_t peak = 1;
    std::map<std::string, std::uint64_t> outcomes = {}; // those not named are 0, but for "ok": the rest
    std::uint64_t by_timing = 0;
};

// Waits until these are the agent's counts. Says what it counts instead.
testing::AssertionResult calls_are(const Agent& agent, const BackendRef& ref, const CallCounts& counts);

// The holders of a backend now, as /v1/holders gives them.
std::vector<nlohmann::json> holders_of(const Agent& agent, const BackendRef& ref);

// Waits until the only holder of the backend satisfies `condition` (named by `what`).
testing::AssertionResult one_holder(const Agent& agent, const BackendRef& ref, const std::string& what,
                                    const std::function<bool(const nlohmann::json&)>& condition);
testing::AssertionResult one_holder_in(const Agent& agent, const BackendRef& ref, const std::string& state);

} // namespace slotscope::live
