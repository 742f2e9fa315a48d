// SPDX-License-Identifier: MIT
// The agent's answers, as far as the benchmarks need them. Every function throws where there is no good
// answer.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace slotscope::bench {

struct Counts {
    std::uint64_t opened = 0;
    std::uint64_t closed = 0;
    std::uint64_t failed = 0; // for any reason
    std::uint64_t open = 0;

    Counts& operator+=(const Counts& other);
    Counts operator-(const Counts& earlier) const; // what came to it since
};

struct ProgramRuns {
    std::uint64_t runs = 0;
    double run_seconds = 0;
};

class Agent {
  public:
    explicit Agent(std::string socket)
        : socket_(std::move(socket))
    {
    }

    nlohmann::json get(const std::string& target) const;

    // Of one backend; all 0 where the agent does not know it. `direction` is "outbound" or "inbound".
    Counts counts(const std::string& address, const std::string& direction) const;

    std::map<std::string, std::uint64_t> losses() const;  // only those that are not 0
    std::map<std::string, std::uint64_t> repairs() const; // only those that are not 0
    std::map<std::string, ProgramRuns> programs() const;  // by name; all 0 unless the kernel takes statistics

  private:
    std::string socket_;
};

} // namespace slotscope::bench
