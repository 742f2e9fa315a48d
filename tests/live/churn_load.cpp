// SPDX-License-Identifier: MIT
#include "churn_load.h"

#include "harness/sock.h"
#include "harness/wait.h"

#include <cerrno>
#include <random>
#include <sys/mman.h>
#include <sys/wait.h>

namespace slotscope::live {
namespace {

// What a client asks of the server, in its one-byte request.
constexpr char kAnswer = 'a';         // answer, then wait for the client to close
constexpr char kAnswerAndClose = 'c'; // answer and close first
constexpr char kReset = 'r';          // reset instead of an answer

// What a client does with a connection.
enum class Way {
    client_closes,
    server_closes,
    server_resets,
    client_resets_after_answer,
    closes_at_once,
    resets_at_once
};
constexpr int kWays = 6;

char word(int fd)
{
    char byte = 0;
    return ::recv(fd, &byte, 1, 0) == 1 ? byte : '\0';
}

void serve_one(Fd connection)
{
    const char asked = word(connection.get());
    if (asked == kReset) {
        reset(connection);
        return;
    }
    if (asked == '\0')
        return;
    ::send(connection.get(), &asked, 1, MSG_NOSIGNAL);
    if (asked == kAnswer)
        word(connection.get());
}

// True: reset with the request outstanding.
bool ask(const Fd& fd, char what)
{
    if (::send(fd.get(), &what, 1, MSG_NOSIGNAL) != 1)
        return false;
    char byte = 0;
    return ::recv(fd.get(), &byte, 1, 0) < 0 && errno == ECONNRESET;
}

void use(Fd& fd, Way way, ChurnTally& tally)
{
    switch (way) {
    case Way::closes_at_once:
        break;
    case Way::resets_at_once:
        reset(fd);
        break;
    case Way::client_closes:
        tally.reset += ask(fd, kAnswer) ? 1 : 0;
        break;
    case Way::client_resets_after_answer:
        tally.reset += ask(fd, kAnswer) ? 1 : 0;
        reset(fd);
        break;
    case Way::server_closes:
        tally.reset += ask(fd, kAnswerAndClose) ? 1 : 0;
        word(fd.get());
        break;
    case Way::server_resets:
        tally.reset += ask(fd, kReset) ? 1 : 0;
        break;
    }
    close(fd);
}

void count_failure(int error, ChurnTally& tally)
{
    if (error == EADDRNOTAVAIL)
        ++tally.no_port;
    else
        ++tally.failed;
}

} // namespace

Churn::Churn(const Namespace& where, const Fd& listener, std::vector<Address> targets)
    : where_(where)
    , listener_(listener)
    , targets_(std::move(targets))
{
    void* memory =
        ::mmap(nullptr, sizeof(ChurnTally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw std::runtime_error("no shared memory for the tally");
    tally_ = new (memory) ChurnTally{};
}

Churn::~Churn()
{
    ::munmap(tally_, sizeof(ChurnTally));
}

Actor Churn::start_client(std::uint64_t seed, std::uint64_t connections) const
{
    return where_.inside([&] {
        return Actor(Inherit::nothing, [&](const Channel&) {
            std::minstd_rand random(static_cast<unsigned>(seed));
            while (tally_->begun.fetch_add(1) < connections) {
                Fd fd = tcp_socket(Family::ip4);
                if (const int error = connect_to(fd, targets_[random() % targets_.size()], Family::ip4)) {
                    count_failure(error, *tally_);
                    continue;
                }
                ++tally_->connected;
                use(fd, static_cast<Way>(random() / 16 % kWays), *tally_);
                ++tally_->finished;
            }
            --tally_->begun; // the one that went beyond the end
        });
    });
}

Actor Churn::start_server() const
{
    return where_.inside([&] {
        return Actor(Inherit::everything, [&](const Channel&) {
            for (;;) {
                Fd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
                if (connection)
                    serve_one(std::move(connection));
            }
        });
    });
}

int Churn::run(const ChurnPlan& plan)
{
    std::mt19937_64 random(42);
    std::vector<Actor> servers;
    std::vector<Actor> clients;
    servers.reserve(static_cast<std::size_t>(plan.servers));
    clients.reserve(static_cast<std::size_t>(plan.clients));
    for (int index = 0; index < plan.servers; ++index)
        servers.push_back(start_server());
    for (int index = 0; index < plan.clients; ++index)
        clients.push_back(start_client(random(), plan.connections));

    int killed = 0;
    while (tally_->begun < plan.connections) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        if (killed == plan.kills)
            continue;
        ++killed;
        const std::size_t index = random() % (servers.size() + clients.size());
        Actor& victim = index < servers.size() ? servers[index] : clients[index - servers.size()];
        victim.kill();
        victim = index < servers.size() ? start_server() : start_client(random(), plan.connections);
    }
    for (Actor& client : clients)
        client.join();
    return killed;
}

} // namespace slotscope::live
