// SPDX-License-Identifier: MIT
// Requests that no client of ours makes: each gets an answer or a closed connection, and the agent stays
// well.
#include "harness/fixture.h"
#include "harness/wait.h"

#include <gmock/gmock.h>
#include <slotscope/api/contract.h>

#include <sys/socket.h>

namespace slotscope::live {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class BadRequest : public LiveTest {
  protected:
    ~BadRequest() override
    {
        const HttpAnswer well = agent().answer("/v1/status");
        EXPECT_EQ(well.status, 200) << "the agent is not well afterwards:\n" << agent().log();
    }

    static void expect_error(const HttpAnswer& answer, int status, const std::string& message)
    {
        EXPECT_EQ(answer.status, status) << answer.head << answer.body;
        const json body = answer.json();
        ASSERT_TRUE(body.is_object()) << answer.body;
        EXPECT_EQ(body.value("schema", ""), api::kErrorSchema);
        EXPECT_THAT(body.value("error", ""), HasSubstr(message));
    }
    static HttpAnswer raw(const std::string& request) { return http_raw(agent().socket(), request); }
};

TEST_F(BadRequest, UnknownPathListsTheKnownOnes)
{
    expect_error(agent().answer("/v1/nothing"), 404, "/v1/backends");
    expect_error(agent().answer("/"), 404, "/v1/status");
    expect_error(agent().answer("/../../etc/passwd"), 404, "/v1/status");
}

TEST_F(BadRequest, UnknownBackendIsNotFound)
{
    expect_error(agent().answer("/v1/backends?backend=nosuch"), 404, "nosuch");
    expect_error(agent().answer("/v1/holders?backend=nosuch"), 404, "nosuch");
}

TEST_F(BadRequest, WrongParametersAreNamed)
{
    for (const char* target : {"/v1/holders?count=many", "/v1/holders?count=-1", "/v1/holders?offset=x",
                               "/v1/holders?direction=sideways", "/v1/holders?captured=perhaps",
                               "/v1/holders?count=99999999999999999999", "/v1/backends?backend=%zz"}) {
        SCOPED_TRACE(target);
        const HttpAnswer answer = agent().answer(target);
        EXPECT_EQ(answer.status, 400) << answer.body;
        EXPECT_EQ(answer.json().value("schema", ""), api::kErrorSchema) << answer.body;
    }
}

TEST_F(BadRequest, OnlyGetIsAllowed)
{
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"})
        expect_error(raw(std::string(method) +
                         " /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
                     405, "GET");
}

TEST_F(BadRequest, GarbageIsRefusedOrClosed)
{
    const std::string garbage[] = {
        "hello\r\n\r\n",
        "GET\r\n\r\n",
        "GET /v1/status\r\n\r\n",
        "GET /v1/status HTTP/9.9\r\n\r\n",
        std::string(4, '\0') + "\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nno colon here\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "\x16\x03\x01\x02\x01\x01\xfc\x03\x03\r\n\r\n", // a TLS hello
    };
    for (const std::string& request : garbage) {
        SCOPED_TRACE(request);
        const HttpAnswer answer = raw(request);
        EXPECT_TRUE(answer.status == 0 || (answer.status >= 400 && answer.status < 500)) << answer.status;
    }
}

TEST_F(BadRequest, OversizedIsRefused)
{
    const std::string much(api::kLargestRequestHeader + 1000, 'a');
    const HttpAnswer header = raw("GET /v1/status HTTP/1.1\r\nHost: x\r\nX-Much: " + much + "\r\n\r\n");
    EXPECT_EQ(header.status, 431) << header.head;
    const HttpAnswer target = raw("GET /v1/" + much + " HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(target.status == 431 || target.status == 414) << target.head;
    const HttpAnswer body = raw("GET /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n" +
                                std::string(1'000'000, 'b'));
    EXPECT_TRUE(body.status == 413 || body.status == 400) << body.head;
}

TEST_F(BadRequest, HalfARequestBlocksNobody)
{
    std::vector<Fd> waiting;
    for (int index = 0; index < 20; ++index) {
        waiting.push_back(connect_unix(agent().socket()));
        ASSERT_TRUE(waiting.back());
        EXPECT_EQ(::send(waiting.back().get(), "GET /v1/sta", 11, MSG_NOSIGNAL), 11);
    }
    EXPECT_EQ(agent().answer("/v1/status").status, 200);
}

TEST_F(BadRequest, MoreClientsThanThereMayBeAreToldSoUntilSomeLeave)
{
    std::vector<Fd> clients;
    for (std::size_t index = 0; index < api::kMostClients; ++index) {
        clients.push_back(connect_unix(agent().socket()));
        ASSERT_TRUE(clients.back());
    }
    ASSERT_TRUE(eventually([] { return agent().answer("/v1/status").status == 503; }));
    expect_error(agent().answer("/v1/status"), 503, std::to_string(api::kMostClients));
    clients.clear();
    EXPECT_TRUE(eventually([] { return agent().answer("/v1/status").status == 200; }));
}

TEST_F(BadRequest, ClientThatLeavesInTheMiddleOfItsAnswerHurtsNobody)
{
    for (int index = 0; index < 50; ++index) {
        const Fd client = connect_unix(agent().socket());
        const std::string request = "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n";
        EXPECT_GT(::send(client.get(), request.data(), request.size(), MSG_NOSIGNAL), 0);
    }
    EXPECT_TRUE(eventually([] { return agent().answer("/v1/status").status == 200; }));
}

TEST_F(BadRequest, SeveralRequestsOnOneConnectionAreAnsweredInTurn)
{
    const std::string one = "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n";
    const std::string last = "GET /v1/limits HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const Fd client = connect_unix(agent().socket());
    const std::string requests = one + one + last;
    ASSERT_EQ(::send(client.get(), requests.data(), requests.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(requests.size()));
    const std::string answers = read_all(client, kDeadline);
    std::size_t count = 0;
    for (std::size_t at = answers.find("HTTP/1.1 200"); at != std::string::npos;
         at = answers.find("HTTP/1.1 200", at + 1))
        ++count;
    EXPECT_EQ(count, 3U) << answers;
}

// More events than a subscriber may be behind, to one that never reads and to one that does.
TEST(SilentSubscriber, LosesItsOwnEventsOnly)
{
    const Place place(Path::loopback4);
    AgentOptions options;
    options.arguments = {"--limit", "app=" + to_string(place.target()) + ":1/outbound"};
    Agent agent(options);
    std::vector<Fd> silent;
    const std::string request = "GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n";
    for (int index = 0; index < 10; ++index) {
        silent.push_back(connect_unix(agent.socket()));
        set_option(silent.back(), SOL_SOCKET, SO_RCVBUF, 2048);
        ASSERT_GT(::send(silent.back().get(), request.data(), request.size(), MSG_NOSIGNAL), 0);
    }
    EventStream events(agent.socket());
    const Fd listener = place.listen();
    for (int index = 0; index < 30; ++index) {
        Pair pair = place.establish(listener);
        ASSERT_TRUE(events.next("limit_reached", "app", kDeadline)) << index;
        close(pair.client);
        close(pair.server);
        ASSERT_TRUE(events.next("limit_left", "app", kDeadline)) << index;
    }
    EXPECT_EQ(agent.answer("/v1/status").status, 200);
    EXPECT_EQ(agent.stop().exit, 0) << agent.log();
}

} // namespace
} // namespace slotscope::live
