// SPDX-License-Identifier: MIT
// Holds N connections over loopback, both ends in this host, spread over L listeners on 127.0.1.1, 127.0.1.2,
// ... With --ask a call is under way on each. A process may have too few file descriptors, so several hold a share each. Prints "holding N
// connections to L listeners", and holds until SIGTERM or SIGINT.
#include "loopback.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace slotscope::bench {
namespace {

constexpr std::size_t kSpareFiles = 64;
constexpr std::size_t kHostsInNet = 250;

// What a process tells the first one.
constexpr char kHeld = 'h';
constexpr char kFailed = 'f';

struct Plan {
    std::size_t connections = 100'000;
    std::size_t listeners = 1000;
    std::uint16_t port = 23000;
    bool ask = false;
};

// Listeners first, first + 1, ... below last, and the connections to them.
struct Share {
    std::size_t first = 0;
    std::size_t last = 0;
};

std::size_t connections_of(const Plan& plan, std::size_t listener)
{
    return plan.connections / plan.listeners + (listener < plan.connections % plan.listeners ? 1 : 0);
}

Endpoint endpoint_of(const Plan& plan, std::size_t listener)
{
    return {"127.0." + std::to_string(1 + listener / kHostsInNet) + "." +
                std::to_string(1 + listener % kHostsInNet),
            plan.port};
}

// Both ends of a listener's connections are held by one process, so that no two have to agree on anything.
// A request that is read and never answered.
void ask(const Fd& client, const Fd& server)
{
    constexpr std::string_view kRequest = "GET /report/7 HTTP/1.1\r\nHost: bench\r\n\r\n";
    char taken[256];
    must(static_cast<int>(::send(client.get(), kRequest.data(), kRequest.size(), 0)), "send");
    must(static_cast<int>(::recv(server.get(), taken, sizeof(taken), 0)), "recv");
}

std::vector<Share> shares_of(const Plan& plan, std::size_t files)
{
    std::vector<Share> shares;
    std::size_t used = files;
    for (std::size_t listener = 0; listener < plan.listeners; ++listener) {
        const std::size_t needed = 1 + 2 * connections_of(plan, listener);
        if (needed > files)
            throw std::runtime_error(
                "too many connections a listener for the limit of open files: use more listeners");
        if (used + needed > files) {
            shares.push_back({listener, listener});
            used = 0;
        }
        shares.back().last = listener + 1;
        used += needed;
    }
    return shares;
}

[[noreturn]] void hold(const Plan& plan, const Share& share, int ready)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_NAME, "bench-hold");
    std::vector<Fd> held;
    char state = kHeld;
    try {
        for (std::size_t number = share.first; number < share.last; ++number) {
            const Endpoint endpoint = endpoint_of(plan, number);
            Fd listener = listen_on(endpoint);
            for (std::size_t count = connections_of(plan, number); count > 0; --count) {
                held.push_back(connect_to(endpoint));
                end_by_reset(held.back());
                held.push_back(accept_from(listener));
                if (plan.ask)
                    ask(held[held.size() - 2], held.back());
            }
            held.push_back(std::move(listener));
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "slotscope_hold: %s\n", error.what());
        state = kFailed;
    }
    must(static_cast<int>(::write(ready, &state, 1)), "write");
    for (;;)
        ::pause();
}

std::size_t files_of_a_process()
{
    rlimit limit{};
    must(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    must(::setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
    return std::min<std::size_t>(limit.rlim_max, 1'000'000) - kSpareFiles;
}

sigset_t block_signals()
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    return set;
}

int run(const Plan& plan)
{
    const std::vector<Share> shares = shares_of(plan, files_of_a_process());
    int channel[2];
    must(::pipe(channel), "pipe");
    const sigset_t set = block_signals();
    for (const Share& share : shares)
        if (must(::fork(), "fork") == 0) {
            ::close(channel[0]);
            hold(plan, share, channel[1]);
        }
    ::close(channel[1]);
    char state = kFailed;
    for (std::size_t count = 0; count < shares.size(); ++count)
        if (::read(channel[0], &state, 1) != 1 || state != kHeld)
            return 1; // a process has said why; all die with this one
    std::printf("holding %zu connections to %zu listeners\n", plan.connections, plan.listeners);
    std::fflush(stdout);
    int number = 0;
    ::sigwait(&set, &number); // the processes die with this one
    return number == SIGCHLD ? 1 : 0;
}

} // namespace
} // namespace slotscope::bench

int main(int argc, char** argv)
{
    CLI::App app("Holds connections over loopback until SIGTERM.");
    slotscope::bench::Plan plan;
    app.add_option("--connections", plan.connections, "how many (100000)")->check(CLI::PositiveNumber);
    app.add_option("--listeners", plan.listeners, "over how many addresses (1000)")
        ->check(CLI::Range(1, 60000));
    app.add_flag("--ask", plan.ask, "a request on each, which is never answered");
    app.add_option("--port", plan.port, "of all listeners (23000)");
    CLI11_PARSE(app, argc, argv);
    try {
        return slotscope::bench::run(plan);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "slotscope_hold: %s\n", error.what());
        return 1;
    }
}
