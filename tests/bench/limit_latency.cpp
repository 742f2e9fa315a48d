// SPDX-License-Identifier: MIT
// How long after a limit is reached a subscriber to the agent's events knows: holds all slots but one, then
// takes the last one again and again. The time runs from just before that connect() until the event's line
// has been read. The agent has to be started with --limit bench=127.0.0.1:PORT:OPEN/outbound. Prints CSV:
// round, seconds.
#include "harness/http.h"
#include "loopback.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

namespace slotscope::bench {
namespace {

struct Plan {
    std::string socket;
    std::uint16_t port = 0;
    std::size_t open = 100;
    int rounds = 100;
    int gap_milliseconds = 250; // the agent sends at most one event about a limit in 100 ms
};

class Backend {
  public:
    explicit Backend(std::uint16_t port)
        : endpoint_{"127.0.0.1", port}
        , listener_(listen_on(endpoint_))
    {
    }

    Fd connect() const { return connect_to(endpoint_); }
    Fd accept() const
    {
        Fd connection = accept_from(listener_);
        end_by_reset(connection);
        return connection;
    }

  private:
    Endpoint endpoint_;
    Fd listener_;
};

// Seconds until the event was read.
double reach_limit(const Backend& backend, live::EventStream& events)
{
    const auto start = std::chrono::steady_clock::now();
    const Fd last = backend.connect();
    if (!events.next("limit_reached", "bench", std::chrono::seconds(5)))
        throw std::runtime_error("no event within 5 s of reaching the limit");
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    const Fd accepted = backend.accept();
    return taken.count();
}

int run(const Plan& plan)
{
    const Backend backend(plan.port);
    live::EventStream events(plan.socket);
    std::vector<Fd> held;
    for (std::size_t count = 1; count < plan.open; ++count) {
        held.push_back(backend.connect());
        held.push_back(backend.accept());
    }
    std::puts("round,seconds");
    for (int round = 1; round <= plan.rounds; ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds(plan.gap_milliseconds));
        std::printf("%d,%.6f\n", round, reach_limit(backend, events));
    }
    return 0;
}

} // namespace
} // namespace slotscope::bench

int main(int argc, char** argv)
{
    CLI::App app("Measures the time from reaching a limit to its event at a subscriber.");
    slotscope::bench::Plan plan;
    app.add_option("--socket", plan.socket, "of the agent")->required();
    app.add_option("--port", plan.port, "of the backend that has the limit")->required();
    app.add_option("--open", plan.open, "the limit (100)")->check(CLI::PositiveNumber);
    app.add_option("--rounds", plan.rounds, "how often (100)");
    app.add_option("--gap", plan.gap_milliseconds, "milliseconds between two rounds (250)");
    CLI11_PARSE(app, argc, argv);
    try {
        return slotscope::bench::run(plan);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "slotscope_limit_latency: %s\n", error.what());
        return 1;
    }
}
