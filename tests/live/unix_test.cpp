// SPDX-License-Identifier: MIT
// Unix stream sockets: both ends counted, whatever way they end, on kernels with and without hooks on them.
#include "harness/fixture.h"
#include "harness/wait.h"
#include "model/unix_path.h"

#include <array>
#include <cstring>
#include <future>
#include <poll.h>
#include <sched.h>
#include <set>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace slotscope::live {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

sockaddr_un socket_address(const std::string& path, socklen_t& size)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (path[0] == '@' ? 0 : 1));
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    return address;
}

Fd unix_socket()
{
    return Fd(must(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
}

Fd listen_at(const std::string& path, int backlog = 64)
{
    Fd listener = unix_socket();
    socklen_t size = 0;
    const sockaddr_un address = socket_address(path, size);
    must(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), size), "bind");
    must(::listen(listener.get(), backlog), "listen");
    return listener;
}

Fd connect_at(const std::string& path)
{
    Fd client = unix_socket();
    socklen_t size = 0;
    const sockaddr_un address = socket_address(path, size);
    must(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), size), "connect");
    return client;
}

// What a server and its clients do, in one process.
class UnixTest : public LiveTest {
  protected:
    struct Pair {
        Fd client;
        Fd server;
    };
    Pair connected() const
    {
        Pair pair;
        pair.client = connect_at(path_);
        pair.server = accept_from(listener_);
        return pair;
    }
    static void call(const Pair& pair)
    {
        send_text(pair.client, "request");
        EXPECT_EQ(receive_text(pair.server), "request");
        send_text(pair.server, "answer");
        EXPECT_EQ(receive_text(pair.client), "answer");
    }
    // As every client and server do that tell the end of a connection by reading it.
    static void client_leaves(Pair& pair)
    {
        close(pair.client);
        EXPECT_EQ(receive_text(pair.server), "");
        close(pair.server);
    }
    BackendRef side(Direction direction) const { return {unix_address(path_), direction}; }
    json seen(Direction direction) const { return look_at(agent(), side(direction)); }

    // Both sides are so, and stay so.
    testing::AssertionResult both_show(const std::string& what,
                                       const std::function<bool(const json&)>& condition,
                                       std::chrono::milliseconds deadline = kDeadline) const
    {
        for (const Direction direction : {Direction::outbound, Direction::inbound})
            if (!eventually(
                    [&] {
                        const json backend = seen(direction);
                        return !backend.is_null() && condition(backend);
                    },
                    deadline))
                return testing::AssertionFailure()
                       << to_string(direction) << ", not " << what << ": " << seen(direction).dump();
        return testing::AssertionSuccess();
    }
    testing::AssertionResult both_count(std::uint64_t opened, std::uint64_t closed, std::uint64_t in_use,
                                        std::uint64_t peak) const
    {
        return both_show("opened " + std::to_string(opened) + ", closed " + std::to_string(closed) +
                             ", in use " + std::to_string(in_use) + ", peak " + std::to_string(peak),
                         [&](const json& backend) {
                             const json& connections = backend.at("connections");
                             const json& slots = backend.at("slots");
                             return connections.at("opened") == opened &&
                                    connections.at("closed") == closed &&
                                    connections.at("open") == opened - closed &&
                                    slots.at("in_use") == in_use && slots.at("peak") == peak;
                         });
    }

    TempDir dir_;
    std::string path_ = dir_.file("server.sock");
    Fd listener_ = listen_at(path_);
};

TEST_F(UnixTest, CallIsCountedOnBothSidesAndBothEndWhenTheEndIsRead)
{
    Pair pair = connected();
    call(pair);
    EXPECT_TRUE(both_count(1, 0, 1, 1));
    EXPECT_TRUE(both_show("one call", [](const json& backend) {
        return backend.at("calls").at("started") == 1 && backend.at("calls").at("in_flight") == 0;
    }));
    client_leaves(pair);
    EXPECT_TRUE(both_count(1, 1, 0, 1));
}

TEST_F(UnixTest, HundredsInARowNeverOverlap)
{
    for (int round = 0; round < 300; ++round) {
        Pair pair = connected();
        call(pair);
        client_leaves(pair);
    }
    EXPECT_TRUE(both_count(300, 300, 0, 1)); // peak 1: each end was seen before the next connection began
    EXPECT_TRUE(
        both_show("300 calls", [](const json& backend) { return backend.at("calls").at("started") == 300; }));
}

TEST_F(UnixTest, BurstIsAnExactPeak)
{
    std::vector<Pair> pairs;
    for (int index = 0; index < 40; ++index) {
        pairs.push_back(connected());
        call(pairs.back());
    }
    EXPECT_TRUE(both_count(40, 0, 40, 40));
    for (Pair& pair : pairs)
        client_leaves(pair);
    EXPECT_TRUE(both_count(40, 40, 0, 40));
}

TEST_F(UnixTest, ServerThatLeavesFirstEndsBothToo)
{
    Pair pair = connected();
    call(pair);
    close(pair.server);
    EXPECT_EQ(receive_text(pair.client), "");
    close(pair.client);
    EXPECT_TRUE(both_count(1, 1, 0, 1));
}

TEST_F(UnixTest, EndsThatNobodyReadsAreFound)
{
    Pair pair = connected();
    call(pair);
    close(pair.client);
    close(pair.server);
    EXPECT_TRUE(both_count(1, 1, 0, 1));
}

TEST_F(UnixTest, SilentConnectionIsFound)
{
    const Pair pair = connected();
    EXPECT_TRUE(both_count(1, 0, 1, 1));
}

TEST_F(UnixTest, ConnectionThatWaitsToBeAcceptedTakesASlotOnBothSides)
{
    const Fd client = connect_at(path_);
    send_text(client, "request");
    EXPECT_TRUE(both_count(1, 0, 1, 1));
    EXPECT_TRUE(eventually([&] { return seen(Direction::outbound).at("calls").at("in_flight") == 1; }));
}

TEST_F(UnixTest, ConnectionThatIsReadToItsEndAndLeftOpenGetsItsSlotBack)
{
    Pair pair = connected();
    call(pair);
    close(pair.client);
    EXPECT_EQ(receive_text(pair.server), "");
    std::this_thread::sleep_for(1s); // longer than any process takes that means to close
    EXPECT_TRUE(eventually([&] {
        const json inbound = seen(Direction::inbound);
        return inbound.at("slots").at("in_use") == 1 && inbound.at("connections").at("open") == 1;
    }));
    EXPECT_EQ(seen(Direction::outbound).at("connections").at("closed"), 1);
}

TEST_F(UnixTest, RequestIsStillServedWhenItsClientHasLeft)
{
    Pair pair = connected();
    send_text(pair.client, "request");
    close(pair.client);
    EXPECT_EQ(receive_text(pair.server), "request");
    EXPECT_TRUE(eventually([&] { return seen(Direction::outbound).at("connections").at("closed") == 1; }));
    EXPECT_EQ(seen(Direction::inbound).at("slots").at("in_use"), 1);
    EXPECT_EQ(seen(Direction::inbound).at("calls").at("in_flight"), 1);
}

TEST_F(UnixTest, CallsHaveExactEndsAndNamesOnBothSidesWhereMessagesAreSeen)
{
    const json status = agent().get("/v1/status");
    for (const json& hook : status.at("hooks"))
        if (hook.at("signal") == "unix_message" && hook.at("variant") == "none")
            GTEST_SKIP() << "this kernel shows no message of a Unix socket: " << hook;
    const Pair pair = connected();
    for (const char* number : {"7", "8"}) {
        send_text(pair.client,
                  std::string("GET /report/") + number + "?secret=1 HTTP/1.1\r\nHost: test\r\n\r\n");
        EXPECT_NE(receive_text(pair.server), "");
        for (const Direction direction : {Direction::outbound, Direction::inbound})
            EXPECT_TRUE(one_holder(agent(), side(direction), "GET /report/{id}", [](const json& holder) {
                return holder.at("call") == "GET /report/{id}" && holder.at("call_state") == "waiting";
            }));
        send_text(pair.server, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok");
        EXPECT_NE(receive_text(pair.client), "");
        EXPECT_TRUE(both_show("an answer of which a part is missing",
                              [](const json& backend) { return backend.at("calls").at("in_flight") == 1; }));
        send_text(pair.server, "ok");
        EXPECT_EQ(receive_text(pair.client), "ok");
        EXPECT_TRUE(both_show("none under way",
                              [](const json& backend) { return backend.at("calls").at("in_flight") == 0; }));
    }
    EXPECT_TRUE(both_show("two calls that went well", [](const json& backend) {
        return backend.at("calls").at("outcomes").at("ok") == 2 && backend.at("calls").at("by_timing") == 0;
    }));
}

TEST_F(UnixTest, BytesThatWereLookedAtBeforeAreNoSecondRequest)
{
    const Pair pair = connected();
    const std::string request = "GET /peeked HTTP/1.1\r\nHost: test\r\n\r\n";
    send_text(pair.client, request);
    char part[256];
    EXPECT_EQ(::recv(pair.server.get(), part, 9, MSG_PEEK), 9);
    EXPECT_EQ(receive_text(pair.server), request);
    send_text(pair.server, "HTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_NE(receive_text(pair.client), "");
    EXPECT_TRUE(both_show("one call", [](const json& backend) {
        return backend.at("calls").at("started") == 1 && backend.at("calls").at("in_flight") == 0;
    }));
}

TEST_F(UnixTest, BothEndsHaveTheirOwner)
{
    const Pair pair = connected();
    call(pair);
    for (const Direction direction : {Direction::outbound, Direction::inbound})
        EXPECT_TRUE(one_holder(agent(), side(direction), "owner", [&](const json& holder) {
            const bool named =
                holder.at(direction == Direction::outbound ? "remote" : "local") == "unix:" + path_;
            return named && holder.at("process").at("pid") == ::getpid();
        }));
}

TEST_F(UnixTest, AbstractNameIsABackendAndASocketPairIsNone)
{
    path_ = "@slotscope-test-" + std::to_string(::getpid());
    listener_ = listen_at(path_);
    std::array<int, 2> ends{};
    must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
    Pair unnamed{Fd(ends[0]), Fd(ends[1])};
    call(unnamed);
    Pair pair = connected();
    call(pair);
    EXPECT_TRUE(both_count(1, 0, 1, 1));
    const json answer = fresh_backends(agent());
    for (const json& backend : answer.at("backends"))
        EXPECT_NE(backend.at("address").get<std::string>().substr(0, 6), "unix:?") << backend;
}

// In a thread with files of its own: both directories are mounted at `seen` in turn, as each of two
// containers sees its own there. In the first there is one connection, in the second there are two.
std::vector<Fd> serve_in_both(const std::string& seen, const std::vector<std::string>& directories)
{
    must(::unshare(CLONE_NEWNS | CLONE_FS), "unshare");
    must(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private mounts");
    std::vector<Fd> ends;
    for (std::size_t own = 0; own < directories.size(); ++own) {
        must(::mount(directories[own].c_str(), seen.c_str(), nullptr, MS_BIND, nullptr), "bind mount");
        const Fd listener = listen_at(seen + "/server.sock");
        for (std::size_t time = 0; time <= own; ++time) {
            ends.push_back(connect_at(seen + "/server.sock"));
            send_text(ends.back(), "request");
            ends.push_back(accept_from(listener));
            receive_text(ends.back());
        }
        must(::umount2(seen.c_str(), MNT_DETACH), "umount"); // its sockets live on
    }
    return ends;
}

TEST(UnixPlaceTest, OnePathOfTwoDirectoriesIsTwoBackends)
{
    const TempDir dir;
    const std::vector<std::string> directories = {dir.file("a"), dir.file("b")};
    const std::string seen = dir.file("run");
    for (const std::string& each : {seen, directories[0], directories[1]})
        must(::mkdir(each.c_str(), 0700), "mkdir");
    const Agent agent;
    const auto ends = std::async(std::launch::async, [&] { return serve_in_both(seen, directories); }).get();
    for (const std::string direction : {"outbound", "inbound"})
        EXPECT_TRUE(eventually([&] {
            std::multiset<std::uint64_t> opened;
            const json answer = fresh_backends(agent);
            for (const json& backend : answer.at("backends"))
                if (backend.at("address") == "unix:" + seen + "/server.sock" &&
                    backend.at("direction") == direction)
                    opened.insert(backend.at("connections").at("opened").get<std::uint64_t>());
            return opened == std::multiset<std::uint64_t>{1, 2};
        })) << direction
            << ": " << fresh_backends(agent);
}

// The directory of a service goes with it, and comes back with it.
TEST(UnixPlaceTest, ServerThatStartsAgainInANewDirectoryIsTheSameBackend)
{
    const TempDir dir;
    const std::string own = dir.file("service");
    const std::string path = own + "/server.sock";
    const Agent agent;
    for (int time = 0; time < 2; ++time) {
        must(::mkdir(own.c_str(), 0700), "mkdir");
        const Fd listener = listen_at(path);
        const Fd client = connect_at(path);
        send_text(client, "request");
        const Fd server = accept_from(listener);
        EXPECT_EQ(receive_text(server), "request");
        must(::unlink(path.c_str()), "unlink");
        must(::rmdir(own.c_str()), "rmdir");
    }
    for (const Direction direction : {Direction::outbound, Direction::inbound})
        EXPECT_TRUE(eventually([&] {
            const json backend = look_at(agent, {unix_address(path), direction});
            return !backend.is_null() && backend.at("connections").at("opened") == 2;
        })) << fresh_backends(agent);
}

TEST(UnixOlderTest, ConnectionsOlderThanTheAgentAreCountedAndSayThatTheyAreOlder)
{
    const TempDir dir;
    const std::string path = dir.file("older.sock");
    const Fd listener = listen_at(path);
    const Fd client = connect_at(path);
    const Fd server = accept_from(listener);
    const Agent agent;
    for (const Direction direction : {Direction::outbound, Direction::inbound}) {
        const json backend = look_at(agent, {unix_address(path), direction});
        ASSERT_FALSE(backend.is_null());
        EXPECT_EQ(backend.at("connections").at("opened"), 1);
        EXPECT_EQ(backend.at("connections").at("older"), 1);
        EXPECT_EQ(backend.at("slots").at("in_use"), 1);
    }
}

TEST(UnixLimitTest, LimitOnAPathIsInForceForItsSide)
{
    const TempDir dir;
    const std::string path = dir.file("limited.sock");
    const Fd listener = listen_at(path);
    AgentOptions options;
    options.arguments = {"--limit", "app=unix:" + path + ":3/inbound"};
    const Agent agent(options);
    std::vector<Fd> ends;
    for (int index = 0; index < 4; ++index) {
        ends.push_back(connect_at(path));
        send_text(ends.back(), "request");
        ends.push_back(accept_from(listener));
        EXPECT_EQ(receive_text(ends.back()), "request");
    }
    const json inbound = look_at(agent, {unix_address(path), Direction::inbound, {}, nullptr, "app"});
    ASSERT_FALSE(inbound.is_null());
    EXPECT_EQ(inbound.at("name"), "app");
    EXPECT_EQ(inbound.at("slots").at("limit"), 3);
    EXPECT_EQ(inbound.at("slots").at("in_use"), 4);
    EXPECT_EQ(inbound.at("slots").at("limit_hits"), 1);
    const json outbound = look_at(agent, {unix_address(path), Direction::outbound});
    ASSERT_FALSE(outbound.is_null());
    EXPECT_TRUE(outbound.at("slots").value("limit", json()).is_null());
    const json limits = agent.get("/v1/limits");
    EXPECT_EQ(limits.dump().find("not in force"), std::string::npos) << limits;
}

} // namespace
} // namespace slotscope::live
