// SPDX-License-Identifier: MIT
#include "fixture.h"

namespace slotscope::serve::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

Event limit_reached(std::uint64_t hit, std::size_t text_bytes = 20)
{
    Event event;
    event.kind = "limit_reached";
    event.backend = "app1";
    event.direction = "outbound";
    event.text = std::string(text_bytes, 'x');
    event.numbers = {{"in_use", 8}, {"limit", 8}, {"limit_hits", hit}};
    return event;
}

class Events : public Api {
  protected:
    Client subscribe()
    {
        Client client(path);
        client.send(get("/v1/events"));
        header = client.stream_header();
        const Json hello = Json::parse(client.chunk(), nullptr, false);
        EXPECT_EQ(hello.value("event", ""), "subscribed");
        EXPECT_EQ(hello.value("schema", ""), "slotscope.event/1");
        return client;
    }

    static Json line(Client& client) { return Json::parse(client.chunk(), nullptr, false); }

    std::string header;
};

TEST_F(Events, StartWithTheLineSubscribed)
{
    start();
    const Client client = subscribe();
    EXPECT_THAT(header, AllOf(HasSubstr("200 OK"), HasSubstr("application/x-ndjson"),
                              HasSubstr("Transfer-Encoding: chunked"), Not(HasSubstr("Content-Length"))));
    EXPECT_EQ(subscribers(), 1U);
}

TEST_F(Events, ReachEverySubscriberInOrder)
{
    start();
    std::vector<Client> subscribed;
    subscribed.reserve(3);
    for (int i = 0; i < 3; ++i)
        subscribed.push_back(subscribe());
    for (std::uint64_t hit = 1; hit <= 50; ++hit)
        publish(limit_reached(hit));
    for (Client& client : subscribed)
        for (std::uint64_t hit = 1; hit <= 50; ++hit) {
            const Json json = line(client);
            ASSERT_EQ(json["event"], "limit_reached");
            ASSERT_EQ(json["backend"], "app1");
            ASSERT_EQ(json["limit_hits"], hit);
        }
}

TEST_F(Events, OfNoSubscriberCostNothing)
{
    start();
    publish(limit_reached(1));
    EXPECT_EQ(subscribers(), 0U);
    Client client = subscribe();
    publish(limit_reached(2));
    EXPECT_EQ(line(client)["limit_hits"], 2) << "what was before is not repeated";
}

TEST_F(Events, ReachAnOldClientWithoutChunks)
{
    start();
    Client client(path);
    client.send("GET /v1/events HTTP/1.0\r\n\r\n");
    EXPECT_THAT(client.stream_header(), AllOf(HasSubstr("Connection: close"), Not(HasSubstr("chunked"))));
    eventually([&] { return subscribers() == 1; });
    stop();
    EXPECT_TRUE(client.is_closed());
}

TEST_F(Events, AreDroppedForASubscriberThatDoesNotReadAndCounted)
{
    start();
    Client deaf = subscribe();
    Client reader = subscribe();
    constexpr std::uint64_t kPublished = 3000; // 3 MB: more than the backlog and the socket's buffers hold
    for (std::uint64_t hit = 1; hit <= kPublished; ++hit) {
        publish(limit_reached(hit, 1000));
        ASSERT_EQ(line(reader)["limit_hits"], hit) << "who reads misses nothing";
    }

    std::uint64_t last = 0;
    std::uint64_t dropped = 0;
    while (last + dropped < kPublished) {
        const Json json = line(deaf);
        ASSERT_TRUE(json.is_object());
        if (json["event"] == "dropped")
            dropped += json["count"].get<std::uint64_t>();
        else
            ASSERT_EQ(json["limit_hits"], ++last) << "what comes before the gap is whole";
    }
    EXPECT_GT(dropped, 0U);
    EXPECT_GT(last, 900U) << "a megabyte of events is kept";
    publish(limit_reached(kPublished + 1));
    EXPECT_EQ(line(deaf)["limit_hits"], kPublished + 1) << "and it goes on afterwards";
}

TEST_F(Events, EndForASubscriberThatStalls)
{
    EventLimits limits;
    limits.stall_timeout = std::chrono::milliseconds(50);
    start({}, limits);
    const Client deaf = subscribe();
    for (std::uint64_t hit = 1; hit <= 1000; ++hit)
        publish(limit_reached(hit, 1000));
    eventually([&] { return subscribers() == 0; });
    eventually([&] { return clients() == 0; });
}

TEST_F(Events, StayForASubscriberThatHasNothingToRead)
{
    EventLimits limits;
    limits.stall_timeout = std::chrono::milliseconds(20);
    HttpLimits http;
    http.idle_timeout = http.read_timeout = http.write_timeout = std::chrono::milliseconds(20);
    start(http, limits);
    Client client = subscribe();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    publish(limit_reached(1));
    EXPECT_EQ(line(client)["limit_hits"], 1);
}

TEST_F(Events, NoticeASubscriberThatLeaves)
{
    start();
    {
        const Client client = subscribe();
        EXPECT_EQ(subscribers(), 1U);
    }
    eventually([&] { return subscribers() == 0 && clients() == 0; });
    publish(limit_reached(1));
}

TEST_F(Events, EndForASubscriberThatSendsMore)
{
    start();
    Client client = subscribe();
    client.send(std::string(1000, 'x'));
    EXPECT_TRUE(client.is_closed());
    eventually([&] { return subscribers() == 0; });
}

TEST_F(Events, LeavePlacesForOtherRequests)
{
    HttpLimits http;
    http.clients = 4;
    EventLimits limits;
    limits.subscribers = 2;
    start(http, limits);
    const Client first = subscribe();
    const Client second = subscribe();
    const Response refused = fetch(path, "/v1/events");
    EXPECT_EQ(refused.status, 503);
    EXPECT_THAT(error_of(refused), HasSubstr("all 2 places"));
    EXPECT_EQ(fetch(path, "/v1/status").status, 200);
}

TEST_F(Events, EndProperlyWithTheServer)
{
    start();
    Client client = subscribe();
    stop();
    EXPECT_EQ(client.chunk(), "") << "the chunk of size 0";
    EXPECT_TRUE(client.is_closed());
}

TEST_F(Events, MayBeUnderWayWhenTheServerEnds)
{
    start();
    Client deaf = subscribe();
    for (std::uint64_t hit = 1; hit <= 2000; ++hit)
        publish(limit_reached(hit, 1000));
    stop();
    EXPECT_TRUE(deaf.is_closed());
}

} // namespace
} // namespace slotscope::serve::test
