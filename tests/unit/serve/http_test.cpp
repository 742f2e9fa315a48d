// SPDX-License-Identifier: MIT
// HTTP itself: methods, sizes, what is malformed, keep-alive, pipelining, time limits.
#include "fixture.h"

#include <sys/socket.h>

namespace slotscope::serve::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Http : public Api {
  protected:
    Response exchange(const std::string& bytes)
    {
        Client client(path);
        client.send(bytes);
        Response response = client.response();
        closed = response.header.find("Connection: close") != std::string::npos;
        EXPECT_TRUE(!closed || client.is_closed());
        return response;
    }

    bool closed = false;
};

TEST_F(Http, KeepsTheConnectionForTheNextRequest)
{
    start();
    Client client(path);
    for (int i = 0; i < 3; ++i) {
        client.send(get("/v1/status"));
        const Response response = client.response();
        EXPECT_EQ(response.status, 200);
        EXPECT_THAT(response.header, HasSubstr("Connection: keep-alive"));
    }
    EXPECT_EQ(clients(), 1U);
}

TEST_F(Http, ClosesWhereTheClientAsksForIt)
{
    start();
    exchange(get("/v1/status", "Connection: close\r\n"));
    EXPECT_TRUE(closed);
    exchange("GET /v1/status HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(closed);
}

TEST_F(Http, AnswersPipelinedRequestsInTheirOrder)
{
    start();
    Client client(path);
    std::string requests;
    for (int i = 0; i < 300; ++i)
        requests += get(i % 3 == 0 ? "/v1/status" : i % 3 == 1 ? "/nowhere" : "/v1/limits");
    client.send(requests);
    for (int i = 0; i < 300; ++i) {
        const Response response = client.response();
        ASSERT_EQ(response.status, i % 3 == 1 ? 404 : 200) << i;
        ASSERT_THAT(response.body, HasSubstr(i % 3 == 0   ? "slotscope.status/1"
                                             : i % 3 == 1 ? "slotscope.error/1"
                                                          : "slotscope.limits/1"));
    }
}

TEST_F(Http, ReadsARequestByteByByte)
{
    start();
    Client client(path);
    for (const char byte : get("/v1/status"))
        client.send(std::string(1, byte));
    EXPECT_EQ(client.response().status, 200);
}

TEST_F(Http, LeavesTheBodyOutOfTheAnswerToHead)
{
    start();
    Client client(path);
    client.send("HEAD /v1/limits HTTP/1.1\r\nHost: x\r\n\r\n" + get("/v1/status"));
    EXPECT_THAT(client.response(true).header,
                AllOf(HasSubstr("200 OK"), Not(HasSubstr("Content-Length: 0\r\n"))));
    EXPECT_THAT(client.response().body, HasSubstr("slotscope.status/1"));
}

TEST_F(Http, EndsTheAnswerToHeadOfAStream)
{
    start();
    Client client(path);
    client.send("HEAD /v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_THAT(client.stream_header(), HasSubstr("200 OK"));
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(subscribers(), 0U);
}

TEST_F(Http, RefusesOtherMethods)
{
    start();
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "BREW", "CONNECT"}) {
        const Response response = exchange(std::string(method) + " /v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
        EXPECT_EQ(response.status, 405);
        EXPECT_THAT(response.header, HasSubstr("Allow: GET, HEAD\r\n"));
        EXPECT_THAT(error_of(response), HasSubstr("GET"));
    }
}

TEST_F(Http, RefusesBodies)
{
    start();
    const std::string headers[] = {"Content-Length: 5\r\n\r\nhello", "Content-Length: 99999999999\r\n\r\n",
                                   "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"};
    for (const std::string& header : headers)
        for (const char* method : {"GET", "POST"}) {
            const Response response =
                exchange(std::string(method) + " /v1/status HTTP/1.1\r\nHost: x\r\n" + header);
            EXPECT_EQ(response.status, 413) << header;
            EXPECT_THAT(error_of(response), HasSubstr("no body"));
            EXPECT_TRUE(closed);
        }
    EXPECT_EQ(exchange(get("/v1/status", "Content-Length: 0\r\n")).status, 200);
}

TEST_F(Http, RefusesALargeBodyThatIsBeingSent)
{
    start();
    const Response response = exchange(
        "GET /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + std::string(200'000, 'x'));
    EXPECT_EQ(response.status, 413);
}

TEST_F(Http, RefusesAHeaderThatIsTooLarge)
{
    start();
    const Response of_field = exchange(get("/v1/status", "X: " + std::string(8192, 'x') + "\r\n"));
    EXPECT_EQ(of_field.status, 431);
    EXPECT_THAT(error_of(of_field), HasSubstr("8192 bytes"));
    EXPECT_EQ(exchange(get("/" + std::string(20'000, 'x'))).status, 431);
    EXPECT_EQ(exchange(std::string(100'000, 'x')).status, 431) << "without any end of line";

    std::string many;
    for (int i = 0; i < 2000; ++i)
        many += "A" + std::to_string(i) + ": b\r\n";
    EXPECT_EQ(exchange(get("/v1/status", many)).status, 431);
    EXPECT_EQ(exchange(get("/v1/status", "X: " + std::string(7000, 'x') + "\r\n")).status, 200);
}

TEST_F(Http, SaysThatGarbageIsNotHttp)
{
    start();
    const std::string garbage[] = {
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(50, '\x80'), // TLS
        std::string(64, '\0'),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET  HTTP/1.1\r\n\r\n",
        "GET /v1/status\r\n\r\n",
        "GET /v1/status HTTP/9.9\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "GET /\x01 HTTP/1.1\r\n\r\n",
        "GET /v1/status HTTP/1.1\r\nX: a" + std::string(1, '\0') + "b\r\n\r\n",
    };
    for (const std::string& bytes : garbage) {
        const Response response = exchange(bytes);
        EXPECT_EQ(response.status, 400) << bytes;
        EXPECT_FALSE(error_of(response).empty());
        EXPECT_TRUE(closed);
    }
    EXPECT_EQ(fetch(path, "/v1/status").status, 200);
}

TEST_F(Http, StandsAClientThatLeavesAtAnyByte)
{
    start();
    const std::string request = get("/v1/holders");
    for (std::size_t length = 0; length <= request.size(); ++length)
        Client(path).send(request.substr(0, length));
    EXPECT_EQ(fetch(path, "/v1/status").status, 200);
    eventually([&] { return clients() == 0; });
}

TEST_F(Http, ClosesAClientThatDoesNotFinishItsRequest)
{
    HttpLimits limits;
    limits.read_timeout = std::chrono::milliseconds(50);
    start(limits);
    Client silent(path);
    Client half(path);
    half.send("GET /v1/sta");
    EXPECT_TRUE(silent.is_closed());
    EXPECT_TRUE(half.is_closed());
    eventually([&] { return clients() == 0; });
}

TEST_F(Http, ClosesAClientThatIsIdleBetweenRequests)
{
    HttpLimits limits;
    limits.idle_timeout = std::chrono::milliseconds(50);
    start(limits);
    Client client(path);
    client.send(get("/v1/status"));
    EXPECT_EQ(client.response().status, 200);
    EXPECT_TRUE(client.is_closed());
}

TEST_F(Http, TellsTheClientThatIsOneTooMany)
{
    HttpLimits limits;
    limits.clients = 3;
    start(limits);
    std::vector<Client> taken;
    for (std::size_t i = 0; i < limits.clients; ++i) {
        taken.emplace_back(path);
        taken.back().send(get("/v1/status"));
        EXPECT_EQ(taken.back().response().status, 200);
    }
    const Response refused = exchange(get("/v1/status"));
    EXPECT_EQ(refused.status, 503);
    EXPECT_THAT(error_of(refused), HasSubstr("too many clients (3)"));
    EXPECT_TRUE(closed);

    taken.pop_back();
    eventually([&] { return clients() == 2; });
    EXPECT_EQ(fetch(path, "/v1/status").status, 200);
}

TEST_F(Http, BoundsThoseWhoAreBeingRefusedToo)
{
    HttpLimits limits;
    limits.clients = 1;
    limits.drain_timeout = std::chrono::hours(1); // so that those who are refused stay
    start(limits);
    Client first(path);
    first.send(get("/v1/status"));
    EXPECT_EQ(first.response().status, 200);
    Client second(path);
    EXPECT_EQ(second.response().status, 503);
    Client third(path);
    EXPECT_TRUE(third.is_closed());
    EXPECT_EQ(third.response().status, 0);
    first.send(get("/v1/status"));
    EXPECT_EQ(first.response().status, 200);
}

} // namespace
} // namespace slotscope::serve::test
