// SPDX-License-Identifier: MIT
#include "cli/render/render.h"
#include "render_checks.h"
#include "samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::cli::test {

using testing::HasSubstr;
using testing::Not;

namespace {

const HoldersView kApp1{"app1", 20, false};
const HoldersView kAllHolders{"", 20, false};

std::string holders_text(const Json& answer, const HoldersView& view, const Json& about = nullptr,
                         std::size_t width = 100)
{
    const Result<std::string> text = render_holders(answer, about, view, {width, false, false});
    return text ? *text : "ERROR " + text.error().message;
}

std::string state_of(const char* state, const char* direction, const char* last_io, Json ago,
                     Json accepted = nullptr)
{
    Json one = holder(5, "curl");
    one["state"] = state;
    one["direction"] = direction;
    one["last_io"] = last_io;
    one["last_io_seconds"] = std::move(ago);
    one["accepted"] = std::move(accepted);
    return holders_text(holders({one}), kApp1);
}

} // namespace

TEST(RenderHolders, SumsUpAndListsTheOldestFirst)
{
    Json oldest = holder(720, "haproxy");
    oldest["age_is_lower_bound"] = true;
    const Json answer = holders({holder(3.2, "curl"), oldest, holder(60, "haproxy")});
    EXPECT_EQ(holders_text(answer, kApp1, backends({backend("app1", "127.0.0.1:8081", 8, 8)})),
              "app1: 8 of 8 slots held; oldest ≥12m; by process: haproxy 2, curl 1\n"
              "  AGE  STATE          PROCESS        SENT  RECEIVED  LOCAL            → REMOTE\n"
              " ≥12m  no reply 3.2s  haproxy[812]  118 B       0 B  127.0.0.1:41234  → 127.0.0.1:8081\n"
              "1m00s  no reply 3.2s  haproxy[812]  118 B       0 B  127.0.0.1:41234  → 127.0.0.1:8081\n"
              " 3.2s  no reply 3.2s  curl[812]     118 B       0 B  127.0.0.1:41234  → 127.0.0.1:8081\n");
}

namespace {

Json with_call(double age, const std::string& state, Json call, Json waits = nullptr)
{
    Json one = holder(age, "haproxy");
    one["call_state"] = state;
    one["call_age_seconds"] = state == "idle" ? Json(nullptr) : Json(age / 2);
    one["protocol"] = "http";
    one["call"] = std::move(call);
    one["waits_for"] = std::move(waits);
    return one;
}

Json with_calls()
{
    Json of_call = with_call(4, "response", nullptr);
    of_call["slot"] = "call";
    of_call["state"] = "response";
    return holders({with_call(60, "waiting", "GET /report/{id}", waits_for("127.0.0.1:5432", "SELECT")),
                    of_call, with_call(180, "idle", nullptr), with_call(30, "idle", nullptr),
                    with_call(2, "waiting", "GET /b", waits_for("127.0.0.1:6379", nullptr, false))});
}

} // namespace

TEST(RenderHolders, ShowsCallsAndWhatTheyWaitForAndFoldsIdleOnes)
{
    const std::string text = holders_text(with_calls(), kApp1, nullptr, 80);
    EXPECT_THAT(text, HasSubstr("  AGE  STATE        PROCESS       CALL              WAITS FOR\n"
                                "1m00s  waiting 30s  haproxy[812]  GET /report/{id}  127.0.0.1:5432 SELECT\n"
                                "   4s  response     haproxy[812]  (http)            -\n"
                                "   2s  waiting 1s   haproxy[812]  GET /b            ~127.0.0.1:6379\n"
                                "2 idle connections, oldest 3m00s; --all lists them\n"));
}

TEST(RenderHolders, DoesNotFoldWhatIsIdleInATransaction)
{
    Json session = with_call(60, "idle", "UPDATE accounts");
    session["protocol"] = "mysql";
    session["last_io_seconds"] = 12;
    session["in_transaction"] = true;
    Json idle = session;
    idle["in_transaction"] = false;
    const std::string text = holders_text(holders({session, session, idle, idle}), kApp1, nullptr, 80);
    EXPECT_THAT(text, HasSubstr("1m00s  idle in tx 12s  haproxy[812]  UPDATE accounts"))
        << "its last statement";
    EXPECT_THAT(text, HasSubstr("2 idle connections, oldest 1m00s"));
}

TEST(RenderHolders, NamesHttp2AfterItsOldestStream)
{
    Json many = with_call(4, "waiting", "POST /shop.Orders/Get");
    many["protocol"] = "http2";
    many["streams"] = 37;
    Json one = many;
    one["streams"] = 1;
    const std::string text = holders_text(holders({many, one}), kApp1, nullptr, 120);
    EXPECT_THAT(text, HasSubstr("POST /shop.Orders/Get, oldest of 37 streams"));
    EXPECT_THAT(text, HasSubstr("POST /shop.Orders/Get\n"));
}

TEST(RenderHolders, NamesHttp2WithoutANameByItsStreams)
{
    Json many = with_call(4, "waiting", nullptr);
    many["protocol"] = "http2";
    many["streams"] = 37;
    Json one = many;
    one["streams"] = 1;
    const std::string text = holders_text(holders({many, one}), kApp1, nullptr, 80);
    EXPECT_THAT(text, HasSubstr("HTTP/2, 37 streams"));
    EXPECT_THAT(text, HasSubstr("HTTP/2, 1 stream\n"));
}

TEST(RenderHolders, ShowsEachIdleOneWhereAllAreWanted)
{
    const std::string text = holders_text(with_calls(), {"app1", 1000, false, true});
    EXPECT_THAT(text, HasSubstr("3m00s  idle 3.2s"));
    EXPECT_THAT(text, Not(HasSubstr("idle connections")));
    EXPECT_THAT(holders_text(holders({with_call(9, "idle", nullptr)}), kApp1), HasSubstr("idle 3.2s"))
        << "one is not folded";
}

TEST(RenderHolders, ShowsBytesAndBothEndsBesideCallsWhereThereIsRoom)
{
    EXPECT_THAT(holders_text(with_calls(), kApp1, nullptr, 150), HasSubstr("SENT  RECEIVED  LOCAL"));
    Json inbound = with_call(3, "waiting", "GET /a");
    inbound["direction"] = "inbound";
    EXPECT_THAT(holders_text(holders({inbound}), kApp1, nullptr, 100), HasSubstr("← 127.0.0.1:8081"));
    EXPECT_THAT(holders_text(holders({inbound}), kApp1, nullptr, 80), Not(HasSubstr("8081")));
}

TEST(RenderHolders, FoldsIdleOnesOfEachBackend)
{
    Json others = with_call(5, "idle", nullptr);
    others["backend"] = "app2";
    const std::string text = holders_text(
        holders({with_call(180, "idle", nullptr), with_call(30, "idle", nullptr), others, others}),
        kAllHolders);
    EXPECT_THAT(text, HasSubstr("app1 out: 2 idle connections, oldest 3m00s; --all lists them\n"
                                "app2 out: 2 idle connections, oldest 5s; --all lists them\n"));
    EXPECT_THAT(text, Not(HasSubstr("STATE")));
}

TEST(RenderHolders, NamesTheBackendsWhereAllAreAskedFor)
{
    const std::string text =
        holders_text(holders({holder(2, "curl", "app1"), holder(1, "", "app2")}), kAllHolders);
    EXPECT_THAT(text, HasSubstr("2 backends: 2 slots held; oldest 2s; by process: curl 1, unknown 1\n"));
    EXPECT_THAT(text, HasSubstr("app2     out  -"));
}

TEST(RenderHolders, SaysWhatAHolderDoes)
{
    EXPECT_THAT(state_of("established", "outbound", "sent", 3.2), HasSubstr("no reply 3.2s"));
    EXPECT_THAT(state_of("established", "outbound", "received", 3.2), HasSubstr("read 3.2s ago"));
    EXPECT_THAT(state_of("established", "inbound", "sent", 3.2), HasSubstr("sent 3.2s ago"));
    EXPECT_THAT(state_of("established", "inbound", "none", nullptr, false), HasSubstr("not accepted"));
    EXPECT_THAT(state_of("peer_closed", "outbound", "sent", 3.2), HasSubstr("peer closed"));
    EXPECT_THAT(state_of("connecting", "outbound", "none", nullptr), HasSubstr("connecting"));
    EXPECT_THAT(state_of("established", "inbound", "none", nullptr, true), HasSubstr("← 127.0.0.1:8081"));
}

TEST(RenderHolders, ShowsNoMoreRowsThanAskedAndSaysHowManyThereAre)
{
    Json list = Json::array();
    for (int i = 0; i < 30; ++i)
        list.push_back(holder(i, "curl"));
    const std::string text = holders_text(holders(list), {"", 5, false});
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 8);
    EXPECT_THAT(text, HasSubstr("the oldest 5 of 30; --count N or --all shows more\n"));
}

TEST(RenderHolders, SaysWhenACaptureWasMade)
{
    Json answer = holders({holder(3, "curl")});
    answer["captured_seconds_ago"] = 12.5;
    answer["captured_in_use"] = 8;
    EXPECT_THAT(holders_text(answer, {"app1", 20, true}, backends({backend("app1", "127.0.0.1:8081", 2, 8)})),
                HasSubstr("app1: 8 of 8 slots held 12s ago, when the limit was reached; oldest 3s"));
}

TEST(RenderHolders, TellsTheDirectionsOfOneBackendApart)
{
    Json inbound = holder(3, "app");
    inbound["direction"] = "inbound";
    const std::string text = holders_text(holders({holder(5, "curl"), inbound}), kApp1,
                                          backends({backend("app1", "127.0.0.1:8081", 1, 8),
                                                    backend("app1", "127.0.0.1:8081", 1, 8, "inbound")}));
    EXPECT_THAT(text, HasSubstr("app1 outbound: 1 of 8 slots held; oldest 5s; by process: curl 1\n"));
    EXPECT_THAT(text, HasSubstr("app1 inbound: 1 of 8 slots held; oldest 3s; by process: app 1\n"));
}

TEST(RenderHolders, SaysWhatToDoWhereThereIsNothing)
{
    EXPECT_THAT(holders_text(holders(Json::array()), kApp1), HasSubstr("no slot of app1 is held now\n"));
    EXPECT_THAT(holders_text(holders(Json::array()), kAllHolders),
                HasSubstr("no slot of any backend is held now\n"));
    EXPECT_THAT(holders_text(holders(Json::array()), {"app1", 20, true}),
                HasSubstr("no holders are captured for app1"));
    EXPECT_THAT(unfolded(holders_text(holders({holder(1, "curl")}), kApp1,
                                      backends({backend("app1", "127.0.0.1:8081", 1, nullptr)}))),
                HasSubstr("--limit app1=127.0.0.1:8081:MAX"));
}

TEST(RenderHolders, StaysWithinTheScreenWhateverTheNames)
{
    Json nasty = holder(1e300, std::string(200, 'p') + "\n\x1b[2J", std::string(200, 'b'));
    nasty["local"] = "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:1]:50123";
    nasty["state"] = std::string(90, 's');
    nasty["bytes_sent"] = UINT64_MAX;
    Json calling = with_call(1e9, std::string(50, 's'), std::string(300, 'c') + "\n",
                             waits_for(std::string(200, 'w'), std::string(200, 'q')));
    for (std::size_t width = 40; width < 200; ++width) {
        expect_well_formed(
            holders_text(lossy(holders({nasty, calling, holder(1, "データ")})), kAllHolders, nullptr, width),
            width);
        expect_well_formed(holders_text(holders({nasty}), {"\x1b[31mred", 20, false}, nullptr, width), width);
    }
}

TEST(RenderHolders, NeverCrashesOnAWrongAnswer)
{
    Json answer =
        holders({holder(3, "curl"), with_call(60, "waiting", "GET /a", waits_for("127.0.0.1:5432"))});
    answer["captured_seconds_ago"] = 12.5;
    answer["captured_in_use"] = 8;
    expect_no_crash(answer, [](const Json& document) {
        const Result<std::string> text = render_holders(document, nullptr, kApp1, {});
        return text ? "" : text.error().message;
    });
}

} // namespace slotscope::cli::test
