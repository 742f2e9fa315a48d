// SPDX-License-Identifier: MIT
// Very many connections as fast as the machine makes them: afterwards no count is off by one.
// SLOTSCOPE_CHURN says how many (default 200000).
#include "churn_load.h"

#include "harness/fixture.h"
#include "harness/wait.h"

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <netinet/tcp.h>
#include <set>
#include <sstream>

namespace slotscope::live {
namespace {

using nlohmann::json;

constexpr std::uint64_t kHeld = 64; // connections that are there all the time, so that `open` is not just 0
constexpr int kAddresses = 8;       // each has local ports of its own

std::uint64_t churn()
{
    const char* value = std::getenv("SLOTSCOPE_CHURN");
    return value != nullptr ? std::strtoull(value, nullptr, 10) : 200'000;
}

struct Sums {
    std::uint64_t opened = 0;
    std::uint64_t closed = 0;
    std::uint64_t open = 0;
    std::uint64_t in_use = 0;
    std::map<std::string, std::uint64_t> failed;
};

class ChurnTest : public LiveTest {
  protected:
    ChurnTest()
    {
        space_.sysctl("ipv4/ip_local_port_range", "10000 65000");
        space_.sysctl("ipv4/ip_local_reserved_ports", std::to_string(port_));
        for (int number = 1; number <= kAddresses; ++number)
            targets_.push_back(address("127.0.1." + std::to_string(number), port_));
        for (std::uint64_t index = 0; index < kHeld; ++index) {
            Pair pair;
            pair.client = space_.inside([] { return tcp_socket(Family::ip4); });
            must(-connect_to(pair.client, targets_[index % targets_.size()], Family::ip4), "connect");
            pair.server = accept_from(listener_);
            held_.push_back(std::move(pair));
        }
    }

    Sums sums(Direction direction) const
    {
        Sums sums;
        const json answer = fresh_backends(agent());
        std::vector<Address> addresses = targets_;
        if (direction == Direction::inbound)
            addresses = {address("0.0.0.0", port_)};
        for (const Address& address : addresses) {
            const json backend =
                find_backend(answer, {.address = address, .direction = direction, .own = &space_});
            if (backend.is_null())
                continue;
            const json& connections = backend.at("connections");
            sums.opened += connections.at("opened").get<std::uint64_t>();
            sums.closed += connections.at("closed").get<std::uint64_t>();
            sums.open += connections.at("open").get<std::uint64_t>();
            sums.in_use += backend.at("slots").at("in_use").get<std::uint64_t>();
            for (const auto& [reason, count] : connections.at("failed").items())
                sums.failed[reason] += count.get<std::uint64_t>();
        }
        return sums;
    }

    std::size_t in_kernel(Direction direction) const
    {
        std::size_t open = 0;
        for (const KernelSocket& socket : kernel_sockets(space_)) {
            const Address& end = direction == Direction::outbound ? socket.remote : socket.local;
            open += socket.full && socket.state != TCP_LISTEN && end.port == port_ ? 1 : 0;
        }
        return open;
    }

    // The agent's connections that the kernel's list does not have.
    std::string left_over(Direction direction) const
    {
        std::set<std::string> in_kernel;
        for (const KernelSocket& socket : kernel_sockets(space_))
            in_kernel.insert(to_string(socket.local) + " " + to_string(socket.remote));
        std::string text;
        const json answer =
            agent().get("/v1/holders?count=10000&direction=" + std::string(to_string(direction)));
        for (const json& holder : answer.at("holders")) {
            const auto ends =
                holder.at("local").get<std::string>() + " " + holder.at("remote").get<std::string>();
            if (ends.find(":" + std::to_string(port_)) != std::string::npos && !in_kernel.contains(ends))
                text += holder.dump() + "\n";
        }
        return text;
    }

    // Open is what the kernel's list says, on both sides, and every opening has one end or is open.
    void expect_no_drift() const
    {
        for (const Direction direction : {Direction::outbound, Direction::inbound}) {
            SCOPED_TRACE(to_string(direction));
            // Where the kernel runs no program for some event (README, "What it does not see"), an audit puts
            // it right.
            EXPECT_TRUE(eventually([&] { return sums(direction).open == kHeld; }, std::chrono::seconds(60)));
            const Sums now = sums(direction);
            std::uint64_t ended = now.closed;
            for (const auto& [reason, count] : now.failed)
                ended += count;
            EXPECT_EQ(now.open, in_kernel(direction));
            EXPECT_EQ(now.open, kHeld) << left_over(direction);
            EXPECT_EQ(now.in_use, kHeld);
            EXPECT_EQ(now.opened, ended + now.open);
        }
    }

    static void print_cost(const Churn& load, std::chrono::duration<double> took)
    {
        const json status = agent().get("/v1/status");
        std::cout << load.tally().begun << " connections, "
                  << static_cast<std::uint64_t>(static_cast<double>(load.tally().begun) / took.count())
                  << "/s, without a port " << load.tally().no_port << ", other failures "
                  << load.tally().failed << "\nlosses:";
        for (const json& reason : status.at("loss_reasons"))
            std::cout << " " << reason.at("name").get<std::string>() << "=" << reason.at("count");
        std::cout << "\nrepairs:";
        for (const json& repair : status.at("repairs"))
            std::cout << " " << repair.at("name").get<std::string>() << "=" << repair.at("count");
        std::cout << "\nrecursion misses:";
        for (const json& program : status.at("programs"))
            std::cout << " " << program.at("name").get<std::string>() << "="
                      << program.at("recursion_misses");
        std::cout << "\n";
    }

    // A program does not run nested in itself: the kernel counts the runs that it left out (fdinfo of the
    // program), the agent passes the number on, and what they would have told is put right.
    static std::uint64_t missed_runs_by_the_kernel()
    {
        std::uint64_t sum = 0;
        const std::filesystem::path files = "/proc/" + std::to_string(agent().pid()) + "/fdinfo";
        for (const auto& file : std::filesystem::directory_iterator(files)) {
            std::istringstream lines(read_file(file.path()));
            std::string word;
            while (lines >> word)
                if (word == "recursion_misses:" && lines >> word)
                    sum += std::stoull(word);
        }
        return sum;
    }
    static std::uint64_t missed_runs_by_the_agent()
    {
        std::uint64_t sum = 0;
        const json status = agent().get("/v1/status");
        for (const json& program : status.at("programs"))
            sum += program.at("recursion_misses").get<std::uint64_t>();
        return sum;
    }

    // Why something ended may be lost with the run that would have told; that it began and ended may not.
    static testing::AssertionResult explained(std::uint64_t counted, std::uint64_t made, std::uint64_t missed)
    {
        const std::uint64_t off = counted > made ? counted - made : made - counted;
        if (off <= missed)
            return testing::AssertionSuccess();
        return testing::AssertionFailure()
               << counted << " counted, " << made << " made, " << missed << " runs missed";
    }

    int run(Churn& load, const ChurnPlan& plan)
    {
        const auto start = std::chrono::steady_clock::now();
        const int killed = load.run(plan);
        print_cost(load, std::chrono::steady_clock::now() - start);
        return killed;
    }

    Namespace space_;
    std::uint16_t port_ = next_port();
    Fd listener_ = space_.inside(
        [this] { return listen_on(address("0.0.0.0", port_), Family::ip4, {.backlog = 4096}); });
    std::vector<Address> targets_;
    std::vector<Pair> held_;
};

TEST_F(ChurnTest, WithRandomEndsIsCountedExactly)
{
    Churn load(space_, listener_, targets_);
    run(load, {.connections = churn()});
    expect_no_drift();
    EXPECT_TRUE(eventually([] { return missed_runs_by_the_agent() == missed_runs_by_the_kernel(); }))
        << missed_runs_by_the_agent() << " by the agent, " << missed_runs_by_the_kernel() << " by the kernel";

    const ChurnTally& tally = load.tally();
    const Sums out = sums(Direction::outbound);
    const Sums in = sums(Direction::inbound);
    const std::uint64_t missed = missed_runs_by_the_agent();
    EXPECT_EQ(out.opened, kHeld + tally.begun);
    EXPECT_EQ(in.opened, kHeld + tally.connected);
    EXPECT_TRUE(explained(out.failed.at("no_port"), tally.no_port, missed));
    EXPECT_TRUE(explained(out.failed.at("reset"), tally.reset, missed));
    EXPECT_TRUE(explained(out.closed, tally.connected - tally.reset, missed));
    EXPECT_EQ(agent().get("/v1/backends").at("complete"), true) << agent().get("/v1/backends").at("losses");
}

TEST_F(ChurnTest, WithKilledProcessesLeavesNoDrift)
{
    Churn load(space_, listener_, targets_);
    const auto killed = static_cast<std::uint64_t>(run(load, {.connections = churn(), .kills = 40}));
    expect_no_drift();

    // A worker that was killed may have been between an event and the tally of it.
    const auto expect_near = [&](std::uint64_t counted, std::uint64_t tallied, const char* what) {
        EXPECT_LE(counted, tallied + killed) << what;
        EXPECT_GE(counted + killed, tallied) << what;
    };
    const ChurnTally& tally = load.tally();
    const Sums out = sums(Direction::outbound);
    const Sums in = sums(Direction::inbound);
    expect_near(out.opened, kHeld + tally.begun, "opened, outbound");
    expect_near(in.opened, kHeld + tally.connected, "opened, inbound");
    expect_near(out.failed.at("no_port"), tally.no_port, "no port");
    expect_near(out.failed.at("reset"), tally.reset, "reset");
    EXPECT_EQ(agent().get("/v1/backends").at("complete"), true) << agent().get("/v1/backends").at("losses");
}

} // namespace
} // namespace slotscope::live
