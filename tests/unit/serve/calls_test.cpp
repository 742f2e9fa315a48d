// SPDX-License-Identifier: MIT
// /v1/calls: what it is asked, and what it says.
#include "fixture.h"
#include "serve/json.h"

namespace slotscope::serve::test {
namespace {

using testing::HasSubstr;

CallsPage calls_sample()
{
    SlotShare share;
    share.user = {"haproxy", "GET /report/{id}", Protocol::http1, "waiting", "127.0.0.1:5432", "SELECT"};
    share.slot_seconds = 81;
    share.share = 0.81;
    share.oldest_seconds = 3.5;
    share.certain = false;
    SlotShare idle;
    idle.user.state = "idle";
    BackendCalls calls;
    calls.backend = "app1";
    calls.address = "127.0.0.1:8081";
    calls.kind = SlotKind::calls;
    calls.limit = 8;
    calls.seconds = 50;
    calls.slot_seconds = 100;
    calls.calls_started = 10;
    calls.calls_finished = 9;
    calls.calls_in_flight = 1;
    calls.mean_seconds = 0.5;
    calls.sampled_seconds = 40.5;
    calls.sampled_slot_seconds = 99;
    calls.shares = {share, idle};
    calls.by_call = {{"haproxy", "GET /report/{id}", Protocol::http1, 81, 0.81, 9, 0.5, 1.9},
                     {"", "", Protocol::timing, 1, 0.01, 0, std::nullopt, std::nullopt}};
    calls.calls_told = 8;
    calls.calls_lost = 1;
    calls.nameless_count = 2;
    calls.counts_exact = false;
    return {300, 42, {calls}};
}

class Calls : public Api {
  protected:
    Json fetch_json(const std::string& target)
    {
        const Response response = fetch(path, target);
        EXPECT_EQ(response.status, 200) << response.body;
        return Json::parse(response.body, nullptr, false);
    }

    std::string fetch_error(const std::string& target, int status)
    {
        const Response response = fetch(path, target);
        EXPECT_EQ(response.status, status) << response.body;
        return error_of(response);
    }
};

TEST_F(Calls, SayWhoHeldTheSlotsAndWhatFor)
{
    provider.calls_page = calls_sample();
    start();
    const auto answer = fetch_json("/v1/calls");
    EXPECT_EQ(answer["schema"], "slotscope.calls/1");
    EXPECT_EQ(answer["complete"], true);
    EXPECT_EQ(answer["window_seconds"], 300);
    EXPECT_EQ(answer["looks"], 42);
    const auto& backend = answer["backends"][0];
    EXPECT_EQ(backend["kind"], "calls");
    EXPECT_EQ(backend["limit"], 8);
    EXPECT_EQ(backend["average_in_use"], 2);
    EXPECT_EQ(backend["calls"]["mean_seconds"], 0.5);
    EXPECT_EQ(backend["calls"]["p99_seconds"], nullptr);
    const auto& share = backend["shares"][0];
    EXPECT_EQ(share["call"], "GET /report/{id}");
    EXPECT_EQ(share["protocol"], "http");
    EXPECT_EQ(share["average_in_use"], 2);
    EXPECT_EQ(share["waits_for"]["address"], "127.0.0.1:5432");
    EXPECT_EQ(share["waits_for"]["certain"], false);
    EXPECT_EQ(backend["shares"][1]["call"], nullptr);
    EXPECT_EQ(backend["shares"][1]["process"], nullptr);
    EXPECT_EQ(backend["shares"][1]["waits_for"], nullptr);
}

TEST_F(Calls, SayHowManyEndedByName)
{
    provider.calls_page = calls_sample();
    start();
    const auto answer = fetch_json("/v1/calls");
    const auto& backend = answer["backends"][0];
    EXPECT_EQ(backend["counted"], Json({{"exact", false}, {"calls", 8}, {"lost", 1}, {"nameless", 2}}));
    const auto& named = backend["by_call"][0];
    EXPECT_EQ(named["call"], "GET /report/{id}");
    EXPECT_EQ(named["process"], "haproxy");
    EXPECT_EQ(named["protocol"], "http");
    EXPECT_EQ(named["slot_seconds"], 81);
    EXPECT_EQ(named["share"], 0.81);
    EXPECT_EQ(named["count"], 9);
    EXPECT_EQ(named["mean_seconds"], 0.5);
    EXPECT_EQ(named["p99_seconds"], 1.9);
    const auto& none = backend["by_call"][1];
    EXPECT_EQ(none["call"], nullptr);
    EXPECT_EQ(none["process"], nullptr);
    EXPECT_EQ(none["count"], 0);
    EXPECT_EQ(none["mean_seconds"], nullptr);
    EXPECT_EQ(none["p99_seconds"], nullptr);
}

TEST_F(Calls, AreAskedForByBackendDirectionAndWindow)
{
    start();
    fetch_json("/v1/calls?backend=app1&direction=inbound&seconds=60");
    EXPECT_EQ(provider.last_calls.backend, "app1");
    EXPECT_EQ(provider.last_calls.direction, Direction::inbound);
    EXPECT_EQ(provider.last_calls.seconds, 60U);
    fetch_json("/v1/calls");
    EXPECT_EQ(provider.last_calls.backend, "");
    EXPECT_FALSE(provider.last_calls.direction);
    EXPECT_EQ(provider.last_calls.seconds, 300U);
}

TEST_F(Calls, SayWhatIsWrongWithARequest)
{
    start();
    EXPECT_THAT(fetch_error("/v1/calls?seconds=0", 400), HasSubstr("1 to 300"));
    EXPECT_THAT(fetch_error("/v1/calls?seconds=301", 400), HasSubstr("1 to 300"));
    EXPECT_THAT(fetch_error("/v1/calls?seconds=x", 400), HasSubstr("1 to 300"));
    EXPECT_THAT(fetch_error("/v1/calls?direction=up", 400), HasSubstr("outbound or inbound"));
    EXPECT_THAT(fetch_error("/v1/calls?count=1", 400), HasSubstr("backend, direction, seconds"));
    EXPECT_THAT(fetch_error("/v1/calls?backend=nope", 404), HasSubstr("nope"));
}

} // namespace
} // namespace slotscope::serve::test
