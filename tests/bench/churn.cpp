// SPDX-License-Identifier: MIT
// Makes N connections over loopback as fast as the machine does, both ends in this host, ended in turn by the
// server, by a reset, and by the client. With --socket it then compares the agent's counts with its own: the
// drift, which has to be 0. Prints "name value" lines.
#include "agent.h"
#include "loopback.h"

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

namespace slotscope::bench {
namespace {

struct Plan {
    std::size_t connections = 1'000'000;
    std::size_t lanes = 4; // each with a listener, a thread that connects and one that accepts
    std::string socket;    // of the agent
};

enum class End { by_server, by_reset, by_client };

// Both sides count along, so that they agree on it without a word.
End end_of(std::size_t number)
{
    return static_cast<End>(number % 3);
}

struct Lane {
    Fd listener;
    std::size_t connections = 0;
    std::size_t no_port = 0; // connects that found no local port, and were tried again
    std::uint16_t port = 0;
};

void accept_all(const Lane& lane)
{
    char byte = 0;
    for (std::size_t number = 0; number < lane.connections; ++number) {
        const Fd connection = accept_from(lane.listener);
        if (end_of(number) != End::by_server)
            (void)::recv(connection.get(), &byte, 1, 0); // its end, or its reset
    }
}

void connect_all(Lane& lane)
{
    const sockaddr_in address = socket_address({"127.0.0.1", lane.port});
    char byte = 0;
    for (std::size_t number = 0; number < lane.connections; ++number) {
        Fd connection = tcp_socket();
        int error = 0;
        while ((error = try_connect(connection, address)) == EADDRNOTAVAIL) {
            ++lane.no_port;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            connection = tcp_socket();
        }
        if ((errno = error) != 0)
            must(-1, "connect");
        if (end_of(number) == End::by_reset)
            end_by_reset(connection);
        else if (end_of(number) == End::by_server)
            (void)::recv(connection.get(), &byte, 1, 0);
    }
}

// Seconds that it took.
double churn(std::vector<Lane>& lanes)
{
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::jthread> threads;
    for (Lane& lane : lanes) {
        threads.emplace_back([&lane] { accept_all(lane); });
        threads.emplace_back([&lane] { connect_all(lane); });
    }
    threads.clear();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<Lane> make_lanes(const Plan& plan)
{
    std::vector<Lane> lanes(plan.lanes);
    for (std::size_t number = 0; number < lanes.size(); ++number) {
        lanes[number].listener = listen_on({"127.0.0.1", 0});
        lanes[number].port = port_of(lanes[number].listener);
        lanes[number].connections =
            plan.connections / plan.lanes + (number < plan.connections % plan.lanes ? 1 : 0);
    }
    return lanes;
}

// What the agent has counted for all lanes in one direction: also what others did with these ports before.
Counts counted(const Agent& agent, const std::vector<Lane>& lanes, const std::string& direction)
{
    Counts sum;
    for (const Lane& lane : lanes)
        sum += agent.counts("127.0.0.1:" + std::to_string(lane.port), direction);
    return sum;
}

std::uint64_t distance(std::uint64_t a, std::uint64_t b)
{
    return a > b ? a - b : b - a;
}

void print(const std::string& name, std::uint64_t value)
{
    std::printf("%s %llu\n", name.c_str(), static_cast<unsigned long long>(value));
}

// Prints the counts of a direction, and how far they are from what was made.
void compare(const Counts& counts, const std::string& direction, std::uint64_t made)
{
    const std::uint64_t ended = counts.closed + counts.failed;
    print(direction + "_opened", counts.opened);
    print(direction + "_ended", ended);
    print(direction + "_open", counts.open);
    print(direction + "_drift", distance(counts.opened, made) + distance(ended, made));
}

void compare_with_agent(const Agent& agent, const std::vector<Lane>& lanes, const Counts& outbound_before,
                        const Counts& inbound_before, std::uint64_t made)
{
    std::uint64_t no_port = 0;
    for (const Lane& lane : lanes)
        no_port += lane.no_port;
    // The last snapshot may be older than the last connection.
    std::this_thread::sleep_for(std::chrono::seconds(3));
    compare(counted(agent, lanes, "outbound") - outbound_before, "outbound", made + no_port);
    compare(counted(agent, lanes, "inbound") - inbound_before, "inbound", made);
    for (const auto& [name, count] : agent.losses())
        print("loss_" + name, count);
    for (const auto& [name, count] : agent.repairs())
        print("repair_" + name, count);
}

int run(const Plan& plan)
{
    std::vector<Lane> lanes = make_lanes(plan);
    const Agent agent(plan.socket);
    const bool compares = !plan.socket.empty();
    const Counts outbound = compares ? counted(agent, lanes, "outbound") : Counts{};
    const Counts inbound = compares ? counted(agent, lanes, "inbound") : Counts{};
    const double seconds = churn(lanes);
    std::printf("connections %zu\nseconds %.3f\nper_second %.0f\n", plan.connections, seconds,
                static_cast<double>(plan.connections) / seconds);
    if (compares)
        compare_with_agent(agent, lanes, outbound, inbound, plan.connections);
    return 0;
}

} // namespace
} // namespace slotscope::bench

int main(int argc, char** argv)
{
    CLI::App app("Opens and ends connections over loopback as fast as it goes; compares the agent's counts.");
    slotscope::bench::Plan plan;
    app.add_option("--connections", plan.connections, "how many (1000000)")->check(CLI::PositiveNumber);
    app.add_option("--lanes", plan.lanes, "how many at once (4)")->check(CLI::Range(1, 64));
    app.add_option("--socket", plan.socket, "of the agent whose counts are compared");
    CLI11_PARSE(app, argc, argv);
    try {
        return slotscope::bench::run(plan);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "slotscope_churn: %s\n", error.what());
        return 1;
    }
}
