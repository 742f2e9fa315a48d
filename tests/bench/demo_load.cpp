// SPDX-License-Identifier: MIT
// The load that `scripts/run --demo` shows: a small pooled client ("demo-proxy") in front of a backend
// ("demo-server") that it gives 8 connections. Requests for /item take 20 ms. SIGUSR1 lets requests for
// /report in, which take 3 s each and come so often that they need 12 connections: the pool fills. SIGUSR2
// ends that. SIGTERM and SIGINT end all. Prints "port N" once it listens, and what became of the requests at
// the end.
#include "loopback.h"

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

namespace slotscope::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kPool = 8;
constexpr auto kItem = 20ms;         // how long the backend needs
constexpr auto kReport = 3s;         // ... on the slow path
constexpr auto kItemEvery = 25ms;    // between two requests
constexpr auto kReportEvery = 250ms; // 4 a second, 3 s each: 12 at once
constexpr auto kPatience = 1s;       // a request waits so long for a connection
constexpr auto kIdle = 300ms;        // an idle connection is kept so long

// ---- the backend

void serve(const Fd& connection)
{
    char request[256];
    for (;;) {
        const ssize_t size = ::recv(connection.get(), request, sizeof(request), 0);
        if (size <= 0)
            return;
        const bool report =
            std::string(request, static_cast<std::size_t>(size)).find("/report") != std::string::npos;
        std::this_thread::sleep_for(report ? std::chrono::milliseconds(kReport) : kItem);
        static constexpr char kAnswer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        if (::send(connection.get(), kAnswer, sizeof(kAnswer) - 1, MSG_NOSIGNAL) < 0)
            return;
    }
}

[[noreturn]] void run_backend(const Fd& listener)
{
    ::prctl(PR_SET_NAME, "demo-server");
    for (;;)
        std::thread([connection = accept_from(listener)] { serve(connection); }).detach();
}

// ---- the pooled client

// At most kPool connections; the one that was used last is used next, so that the others can be closed.
class Pool {
  public:
    explicit Pool(const Endpoint& backend)
        : backend_(socket_address(backend))
    {
    }

    // A connection, or none where no slot came free in time.
    Fd take()
    {
        std::unique_lock lock(mutex_);
        if (!freed_.wait_for(lock, kPatience, [this] { return !idle_.empty() || open_ < kPool; }))
            return Fd();
        if (!idle_.empty()) {
            Fd connection = std::move(idle_.back().connection);
            idle_.pop_back();
            return connection;
        }
        ++open_;
        lock.unlock();
        Fd connection = tcp_socket();
        if (try_connect(connection, backend_) == 0)
            return connection;
        lock.lock();
        --open_;
        return Fd();
    }

    void give_back(Fd connection)
    {
        const std::lock_guard lock(mutex_);
        idle_.push_back({std::move(connection), Clock::now()});
        freed_.notify_one();
    }

    void close_idle(Clock::time_point now)
    {
        const std::lock_guard lock(mutex_);
        open_ -= std::erase_if(idle_, [now](const Idle& idle) { return now - idle.since > kIdle; });
    }

  private:
    struct Idle {
        Fd connection;
        Clock::time_point since;
    };
    sockaddr_in backend_;
    std::mutex mutex_;
    std::condition_variable freed_;
    std::vector<Idle> idle_;
    std::size_t open_ = 0;
};

struct Outcomes {
    std::atomic<unsigned> answered{0};
    std::atomic<unsigned> gave_up{0};
};

void request(Pool& pool, const char* path, Outcomes& outcomes)
{
    Fd connection = pool.take();
    if (!connection) {
        ++outcomes.gave_up;
        return;
    }
    const std::string text = std::string("GET ") + path + " HTTP/1.1\r\nHost: demo\r\n\r\n";
    char answer[256];
    if (::send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL) > 0 &&
        ::recv(connection.get(), answer, sizeof(answer), 0) > 0)
        ++outcomes.answered;
    pool.give_back(std::move(connection));
}

// Requests at their times, each in a thread of its own, until `stop`.
void generate(Pool& pool, const std::atomic<bool>& slow, const std::atomic<bool>& stop, Outcomes& outcomes)
{
    auto item = Clock::now();
    auto report = item;
    while (!stop) {
        const auto now = Clock::now();
        for (; item <= now; item += kItemEvery)
            std::thread([&] { request(pool, "/item", outcomes); }).detach();
        for (; report <= now; report += kReportEvery)
            if (slow)
                std::thread([&] { request(pool, "/report", outcomes); }).detach();
        pool.close_idle(now);
        std::this_thread::sleep_for(5ms);
    }
}

sigset_t block_signals()
{
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGUSR1, SIGUSR2, SIGTERM, SIGINT})
        sigaddset(&set, number);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return set;
}

// Returns at SIGTERM or SIGINT.
void obey(const sigset_t& set, std::atomic<bool>& slow)
{
    int number = 0;
    while (::sigwait(&set, &number) == 0 && (number == SIGUSR1 || number == SIGUSR2))
        slow = number == SIGUSR1;
}

int run(std::uint16_t port)
{
    const Fd listener = listen_on(Endpoint{"127.0.0.1", port});
    const Endpoint backend{"127.0.0.1", port_of(listener)};
    const pid_t server = ::fork();
    if (server == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        run_backend(listener);
    }
    ::prctl(PR_SET_NAME, "demo-proxy");
    const sigset_t set = block_signals();
    std::printf("port %u\n", backend.port);
    std::fflush(stdout);

    Pool pool(backend);
    Outcomes outcomes;
    std::atomic<bool> slow{false};
    std::atomic<bool> stop{false};
    std::thread generator([&] { generate(pool, slow, stop, outcomes); });
    obey(set, slow);
    stop = true;
    generator.join();
    std::printf("%u requests answered, %u gave up after waiting 1 s for a connection\n",
                outcomes.answered.load(), outcomes.gave_up.load());
    std::fflush(stdout);
    ::kill(server, SIGKILL);
    ::waitpid(server, nullptr, 0);
    std::_Exit(0); // requests that still wait go with the process
}

} // namespace
} // namespace slotscope::bench

int main(int argc, char** argv)
{
    CLI::App app("A pooled client in front of a backend with 8 connections, which one slow path fills.");
    std::uint16_t port = 0;
    app.add_option("--port", port, "of the backend; a free one by default");
    CLI11_PARSE(app, argc, argv);
    try {
        return slotscope::bench::run(port);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "slotscope_demo_load: %s\n", error.what());
        return 1;
    }
}
