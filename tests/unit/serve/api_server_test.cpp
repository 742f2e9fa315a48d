// SPDX-License-Identifier: MIT
// What each path answers, and the errors of each.
#include "fixture.h"

namespace slotscope::serve::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ApiServerTest : public Api {
  protected:
    Json fetch_json(const std::string& target)
    {
        const Response response = fetch(path, target);
        EXPECT_EQ(response.status, 200) << response.body;
        EXPECT_THAT(response.header, HasSubstr("Content-Type: application/json\r\n"));
        return Json::parse(response.body, nullptr, false);
    }

    std::string fetch_error(const std::string& target, int status)
    {
        const Response response = fetch(path, target);
        EXPECT_EQ(response.status, status) << response.body;
        return error_of(response);
    }
};

TEST_F(ApiServerTest, AnswersEveryPathWithItsSchema)
{
    start();
    EXPECT_EQ(fetch_json("/v1/status")["schema"], "slotscope.status/1");
    EXPECT_EQ(fetch_json("/v1/backends")["schema"], "slotscope.backends/1");
    EXPECT_EQ(fetch_json("/v1/holders")["schema"], "slotscope.holders/1");
    EXPECT_EQ(fetch_json("/v1/limits")["schema"], "slotscope.limits/1");
}

TEST_F(ApiServerTest, ShowsOneBackendByNameOrAddress)
{
    start();
    for (const char* which : {"app1", "127.0.0.1:8081", "app%31"}) {
        const Json json = fetch_json(std::string("/v1/backends?backend=") + which);
        ASSERT_EQ(json["backends"].size(), 1U) << which;
        EXPECT_EQ(json["backends"][0]["name"], "app1");
    }
    EXPECT_EQ(fetch_json("/v1/backends")["backends"].size(), 2U);
}

TEST_F(ApiServerTest, NamesTheKnownBackends)
{
    start();
    EXPECT_THAT(fetch_error("/v1/backends?backend=nope", 404),
                AllOf(HasSubstr("nope"), HasSubstr("app1, php")));
    EXPECT_THAT(fetch_error("/v1/holders?backend=nope", 404),
                AllOf(HasSubstr("nope"), HasSubstr("app1, php")));
}

// Its address may be wrong, its name is not.
TEST_F(ApiServerTest, SaysThatNothingOfALimitHasBeenSeenYet)
{
    LimitView view;
    view.limit.name = "db";
    view.limit.source = "slotscope.toml:13";
    view.limit.addresses = {parse_endpoint("10.9.9.9:99").value()};
    provider.views = {view};
    start();
    for (const char* target : {"/v1/backends?backend=db", "/v1/holders?backend=db", "/v1/calls?backend=db"})
        EXPECT_THAT(fetch_error(target, 404), AllOf(HasSubstr("no connection of \"db\" has been seen yet"),
                                                    HasSubstr("(slotscope.toml:13) is of 10.9.9.9:99")))
            << target;
}

TEST_F(ApiServerTest, NamesOnlySomeOfManyBackends)
{
    for (int i = 0; i < 1000; ++i) {
        Backend backend;
        backend.name = "backend" + std::to_string(i);
        provider.current->backends.push_back(backend);
    }
    start();
    EXPECT_THAT(fetch_error("/v1/backends?backend=nope", 404), HasSubstr("and 982 more"));
}

TEST_F(ApiServerTest, PassesTheHolderQueryOn)
{
    start();
    fetch_json("/v1/holders?backend=app1&direction=inbound&count=5&offset=1&captured=1");
    EXPECT_EQ(provider.last_query.backend, "app1");
    EXPECT_EQ(provider.last_query.direction, Direction::inbound);
    EXPECT_EQ(provider.last_query.count, 5U);
    EXPECT_EQ(provider.last_query.offset, 1U);
    EXPECT_TRUE(provider.last_query.captured);
    fetch_json("/v1/holders");
    EXPECT_EQ(provider.last_query.count, api::kDefaultHolderCount);
    EXPECT_FALSE(provider.last_query.direction);
    EXPECT_FALSE(provider.last_query.captured);
}

TEST_F(ApiServerTest, RefusesBadParameters)
{
    start();
    const std::pair<const char*, const char*> wrong[] = {
        {"/v1/holders?count=0", "1 to 10000"},
        {"/v1/holders?count=10001", "page with offset"},
        {"/v1/holders?count=-1", "1 to 10000"},
        {"/v1/holders?count=", "1 to 10000"},
        {"/v1/holders?offset=99999999999999999999999", "offset"},
        {"/v1/holders?direction=up", "outbound or inbound"},
        {"/v1/holders?captured=yes", "captured"},
        {"/v1/holders?what=1", "backend, direction, count, offset, captured"},
        {"/v1/backends?count=1", "it takes backend"},
        {"/v1/status?backend=app1", "it takes none"},
        {"/v1/status?a=%zz", "hexadecimal"},
    };
    for (const auto& [target, message] : wrong)
        EXPECT_THAT(fetch_error(target, 400), HasSubstr(message)) << target;
}

TEST_F(ApiServerTest, SaysWhichPathsThereAre)
{
    start();
    for (const char* target : {"/", "/v1", "/v1/status/", "/v2/status", "/%ff%fe"})
        EXPECT_THAT(
            fetch_error(target, 404),
            HasSubstr("/v1/status, /v1/backends, /v1/holders, /v1/calls, /v1/recording, /v1/limits, /v1/why, "
                      "/v1/episodes, /v1/episode, /v1/events"));
}

TEST_F(ApiServerTest, SaysThatHoldersCouldNotBeRead)
{
    start();
    EXPECT_THAT(fetch_error("/v1/holders?backend=unreadable", 500), HasSubstr("cannot be read"));
}

TEST_F(ApiServerTest, StandsAProviderThatThrows)
{
    provider.before_holders = [] { throw std::runtime_error("out of luck"); };
    start();
    EXPECT_THAT(fetch_error("/v1/holders", 500), HasSubstr("out of luck"));
    EXPECT_EQ(fetch(path, "/v1/status").status, 200);
}

TEST_F(ApiServerTest, SendsAPageOfTenThousandHolders)
{
    provider.holder_count = 25'000;
    start();
    Client client(path);
    std::size_t seen = 0;
    for (const std::size_t offset : {0UL, 10'000UL, 20'000UL}) {
        client.send(get("/v1/holders?count=10000&offset=" + std::to_string(offset)));
        const Json json = Json::parse(client.response().body, nullptr, false);
        ASSERT_TRUE(json.is_object());
        EXPECT_EQ(json["total"], 25'000);
        EXPECT_EQ(json["offset"], offset);
        EXPECT_EQ(json["returned"], json["holders"].size());
        seen += json["holders"].size();
    }
    EXPECT_EQ(seen, 25'000U);
}

TEST_F(ApiServerTest, ASecondServerIsToldOfTheFirst)
{
    start();
    boost::asio::io_context other;
    const auto second = ApiServer::listen(other, path, provider);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, HasSubstr("already uses"));
    EXPECT_EQ(fetch(path, "/v1/status").status, 200);
}

TEST_F(ApiServerTest, UnlinksItsSocketAndClosesItsClients)
{
    start();
    Client idle(path);
    idle.send(get("/v1/status"));
    EXPECT_EQ(idle.response().status, 200);
    stop();
    EXPECT_TRUE(idle.is_closed());
    EXPECT_FALSE(Client(path).connected());
    start();
    EXPECT_EQ(fetch(path, "/v1/status").status, 200);
}

} // namespace
} // namespace slotscope::serve::test
