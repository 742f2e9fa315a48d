// SPDX-License-Identifier: MIT
// How long the agent needs to read its holder table: asks for the 20 oldest holders again and again. Prints
// CSV: round, held slots, seconds from request to answer, seconds of the walk over the table as the agent
// says.
#include "agent.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>

namespace slotscope::bench {
namespace {

void measure(const Agent& agent, int round)
{
    const auto start = std::chrono::steady_clock::now();
    const nlohmann::json holders = agent.get("/v1/holders?count=20");
    const std::chrono::duration<double> answer = std::chrono::steady_clock::now() - start;
    const double walk = agent.get("/v1/status").at("agent").at("last_walk_seconds");
    std::printf("%d,%llu,%.6f,%.6f\n", round, static_cast<unsigned long long>(holders.at("total")),
                answer.count(), walk);
}

} // namespace
} // namespace slotscope::bench

int main(int argc, char** argv)
{
    CLI::App app("Measures how long the agent needs to read its holders.");
    std::string socket;
    int rounds = 20;
    app.add_option("--socket", socket, "of the agent")->required();
    app.add_option("--rounds", rounds, "how often (20)");
    CLI11_PARSE(app, argc, argv);
    try {
        const slotscope::bench::Agent agent(socket);
        std::puts("round,holders,answer_seconds,walk_seconds");
        for (int round = 1; round <= rounds; ++round)
            slotscope::bench::measure(agent, round);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "slotscope_read_holders: %s\n", error.what());
        return 1;
    }
}
