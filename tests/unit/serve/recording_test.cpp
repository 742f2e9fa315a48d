// SPDX-License-Identifier: MIT
// /v1/recording: what it is asked, and what it says.
#include "fixture.h"
#include "serve/json.h"

namespace slotscope::serve::test {
namespace {

using testing::HasSubstr;

RecordingPage recording_sample()
{
    RecordedBackend backend;
    backend.backend = "app1";
    backend.address = "127.0.0.1:8081";
    backend.slot_seconds = 100;
    backend.sampled_slot_seconds = 99;
    backend.other_slot_seconds = 3;
    backend.users = {
        {{"haproxy", "GET /report/{id}", Protocol::http1, "waiting", "127.0.0.1:5432", "SELECT"}, 81, false},
        {{"", "", Protocol::unknown, "idle", "", ""}, 15, true}};
    return {123456789, 12.5, 97, {backend}};
}

TEST_F(Api, RecordingSaysWhoHeldTheSlotsSinceItBegan)
{
    provider.recording_page = recording_sample();
    start();
    const Response response = fetch(path, "/v1/recording?backend=app1&direction=inbound");
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(provider.last_calls.backend, "app1");
    EXPECT_EQ(provider.last_calls.direction, Direction::inbound);
    const Json answer = Json::parse(response.body);
    EXPECT_EQ(answer["schema"], "slotscope.recording/1");
    EXPECT_EQ(answer["complete"], true);
    EXPECT_EQ(answer["recording"], 123456789);
    EXPECT_EQ(answer["seconds"], 12.5);
    EXPECT_EQ(answer["looks"], 97);
    const Json& backend = answer["backends"][0];
    EXPECT_EQ(backend["direction"], "outbound");
    EXPECT_EQ(backend["slot_seconds"], 100);
    EXPECT_EQ(backend["sampled_slot_seconds"], 99);
    EXPECT_EQ(backend["other_slot_seconds"], 3);
    EXPECT_EQ(backend["users"][0]["call"], "GET /report/{id}");
    EXPECT_EQ(backend["users"][0]["waits_for"]["address"], "127.0.0.1:5432");
    EXPECT_EQ(backend["users"][0]["waits_for"]["certain"], false);
    EXPECT_EQ(backend["users"][1]["process"], nullptr);
    EXPECT_EQ(backend["users"][1]["waits_for"], nullptr);
    EXPECT_EQ(backend["users"][1]["state"], "idle");
}

TEST_F(Api, RecordingSaysWhatIsWrongWithARequest)
{
    start();
    EXPECT_EQ(fetch(path, "/v1/recording?seconds=5").status, 400);
    EXPECT_EQ(fetch(path, "/v1/recording?direction=up").status, 400);
    const Response unknown = fetch(path, "/v1/recording?backend=nope");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_THAT(error_of(unknown), HasSubstr("nope"));
}

} // namespace
} // namespace slotscope::serve::test
