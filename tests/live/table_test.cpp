// SPDX-License-Identifier: MIT
// More backends or connections than the tables hold, and backends that nobody has used for long:
// detail goes to `other`, the totals stay right, and the answer says so.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <numeric>
#include <sys/resource.h>

namespace slotscope::live {
namespace {

using nlohmann::json;

// Sums over all backends, so that what went to `other` is in them.
struct Totals {
    std::uint64_t opened = 0;
    std::uint64_t ended = 0;
    std::uint64_t open = 0;
    std::uint64_t in_use = 0;
};

Totals totals_of(const json& answer)
{
    Totals totals;
    for (const json& backend : answer.at("backends")) {
        const json& connections = backend.at("connections");
        totals.opened += connections.at("opened").get<std::uint64_t>();
        totals.ended += connections.at("closed").get<std::uint64_t>();
        for (const auto& [reason, count] : connections.at("failed").items())
            totals.ended += count.get<std::uint64_t>();
        totals.open += connections.at("open").get<std::uint64_t>();
        totals.in_use += backend.at("slots").at("in_use").get<std::uint64_t>();
    }
    return totals;
}

json other_of(const json& answer)
{
    for (const json& backend : answer.at("backends"))
        if (backend.at("name") == "other")
            return backend;
    return nullptr;
}

// The test holds both sides of each connection itself; a root shell often allows 1024 files only.
void raise_file_limit()
{
    rlimit files{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
}

class Table : public testing::Test {
  protected:
    ~Table() override
    {
        if (agent_) {
            EXPECT_EQ(agent_->stop().exit, 0) << agent_->log();
        }
    }
    void start_agent(const std::string& config)
    {
        AgentOptions options;
        options.config = config;
        agent_ = std::make_unique<Agent>(options);
        before_ = totals_of(fresh_backends(*agent_));
    }
    // This host has other connections too: they come and go, so that sums are waited for.
    testing::AssertionResult open_rises_to(std::uint64_t more)
    {
        Totals now;
        if (eventually([&] {
                now = totals_of(fresh_backends(*agent_));
                return now.open == before_.open + more && now.in_use == before_.in_use + more &&
                       now.opened == now.ended + now.open;
            }))
            return testing::AssertionSuccess();
        return testing::AssertionFailure()
               << "open " << now.open << " (before " << before_.open << "), in use " << now.in_use
               << " (before " << before_.in_use << "), opened " << now.opened << ", ended " << now.ended
               << "; expected " << more << " more";
    }

    std::unique_ptr<Agent> agent_;
    Totals before_;
};

TEST_F(Table, FullOfConnectionsCountsTheRestInTheirBackendsOrInOther)
{
    constexpr std::uint64_t kMany = 1500; // two sides each, in a table of 1024
    raise_file_limit();
    start_agent("[tables]\nconnections = 1024\n");
    const Place place(Path::loopback4);
    const Fd listener = place.listen({.backlog = 4096});
    std::vector<Fd> clients;
    std::vector<Fd> servers;
    while (clients.size() < kMany) {
        clients.push_back(place.connect());
        servers.push_back(accept_from(listener));
    }
    EXPECT_TRUE(open_rises_to(2 * kMany));
    const json full = fresh_backends(*agent_);
    EXPECT_EQ(full.at("complete"), false);
    EXPECT_GT(full.at("losses").value("connections_full", 0), 0) << full.at("losses");
    const json other = other_of(full);
    ASSERT_FALSE(other.is_null()) << full;

    // What has no record is followed all the same: half of it goes, then the rest.
    clients.resize(kMany / 2);
    servers.resize(kMany / 2);
    EXPECT_TRUE(open_rises_to(kMany));
    clients.clear();
    servers.clear();
    EXPECT_TRUE(open_rises_to(0));
    EXPECT_GE(totals_of(fresh_backends(*agent_)).opened, before_.opened + 2 * kMany);
}

// 2048 connections stand in the buckets that are looked at first, the others behind them.
TEST_F(Table, MoreThanItsHotBucketsHoldAreFoundAndEndedAllTheSame)
{
    constexpr std::uint64_t kMany = 2500; // two sides each
    raise_file_limit();
    start_agent("");
    const Place place(Path::loopback4);
    const Fd listener = place.listen({.backlog = 4096});
    std::vector<Pair> pairs;
    while (pairs.size() < kMany) {
        Pair pair{place.connect(), Fd()};
        pair.server = accept_from(listener);
        pairs.push_back(std::move(pair));
    }
    EXPECT_TRUE(open_rises_to(2 * kMany));
    // The oldest have the hot buckets; they go first, and others come in their place while the rest stays
    // behind.
    pairs.erase(pairs.begin(), pairs.begin() + kMany / 2);
    while (pairs.size() < kMany) {
        Pair pair{place.connect(), Fd()};
        pair.server = accept_from(listener);
        pairs.push_back(std::move(pair));
    }
    EXPECT_TRUE(open_rises_to(2 * kMany));
    pairs.clear();
    EXPECT_TRUE(open_rises_to(0));
    EXPECT_TRUE(
        shows(*agent_, place.outbound(), {.opened = kMany * 3 / 2, .closed = kMany * 3 / 2, .peak = kMany}));
    EXPECT_TRUE(
        shows(*agent_, place.inbound(), {.opened = kMany * 3 / 2, .closed = kMany * 3 / 2, .peak = kMany}));
}

TEST_F(Table, FullOfBackendsCountsTheRestInOther)
{
    constexpr std::uint64_t kMany = 40; // two sides each, in a table of 16
    start_agent("[tables]\nbackends = 16\n");
    const Place place(Path::loopback4);
    std::vector<Fd> listeners;
    std::vector<Pair> pairs;
    for (std::uint64_t index = 0; index < kMany; ++index) {
        const Address target = address("127.0.0.1", next_port());
        listeners.push_back(place.server_side().inside([&] { return listen_on(target, Family::ip4); }));
        Pair pair{place.client_socket(), Fd()};
        ASSERT_EQ(connect_to(pair.client, target, Family::ip4), 0);
        pair.server = accept_from(listeners.back());
        pairs.push_back(std::move(pair));
    }
    EXPECT_TRUE(open_rises_to(2 * kMany));
    const json full = fresh_backends(*agent_);
    EXPECT_EQ(full.at("complete"), false);
    EXPECT_GT(full.at("losses").value("backends_full", 0), 0) << full.at("losses");
    const json other = other_of(full);
    ASSERT_FALSE(other.is_null()) << full;
    EXPECT_GT(other.at("connections").at("open"), 0) << other;
    pairs.clear();
    EXPECT_TRUE(open_rises_to(0));
}

TEST_F(Table, BackendsIdleForLongAreFoldedIntoOther)
{
    constexpr std::uint64_t kMany = 8;
    start_agent("[fold]\nidle_seconds = 1\n");
    const Place place(Path::loopback4);
    std::vector<BackendRef> refs;
    for (std::uint64_t index = 0; index < kMany; ++index) {
        const Address target = address("127.0.0.1", next_port());
        const Fd listener = place.server_side().inside([&] { return listen_on(target, Family::ip4); });
        Pair pair{place.client_socket(), Fd()};
        ASSERT_EQ(connect_to(pair.client, target, Family::ip4), 0);
        pair.server = accept_from(listener);
        BackendRef out = place.outbound();
        out.address = target;
        refs.push_back(out);
    }
    const auto folded = [&] {
        const json now = fresh_backends(*agent_);
        return std::ranges::all_of(refs,
                                   [&](const BackendRef& ref) { return find_backend(now, ref).is_null(); });
    };
    EXPECT_TRUE(eventually(folded, std::chrono::seconds(20)));
    const json now = fresh_backends(*agent_);
    const json other = other_of(now);
    ASSERT_FALSE(other.is_null()) << now;
    EXPECT_GE(totals_of(now).opened, before_.opened + 2 * kMany);
    EXPECT_TRUE(open_rises_to(0));

    // One that comes back starts anew, and its counts are its own.
    BackendRef again = refs.front();
    const Fd listener = place.server_side().inside([&] { return listen_on(again.address, Family::ip4); });
    const Fd client = place.client_socket();
    ASSERT_EQ(connect_to(client, again.address, Family::ip4), 0);
    EXPECT_TRUE(shows(*agent_, again, {.opened = 1, .in_use = 1, .peak = 1}));
}

TEST_F(Table, BackendInUseIsNotFolded)
{
    start_agent("[fold]\nidle_seconds = 1\n");
    const Place place(Path::loopback4);
    const Fd listener = place.listen();
    const Pair pair = place.establish(listener);
    std::this_thread::sleep_for(std::chrono::seconds(4)); // time for a fold that must not happen
    EXPECT_TRUE(shows(*agent_, place.outbound(), {.opened = 1, .in_use = 1, .peak = 1}));
    EXPECT_TRUE(shows(*agent_, place.inbound(), {.opened = 1, .in_use = 1, .peak = 1}));
}

} // namespace
} // namespace slotscope::live
