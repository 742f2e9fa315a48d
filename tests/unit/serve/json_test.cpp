// SPDX-License-Identifier: MIT
#include "serve/json.h"

#include "model/histogram.h"

#include <gtest/gtest.h>

#include <limits>

namespace slotscope::serve {
namespace {

const Snapshot& snapshot()
{
    static const Snapshot made = [] {
        Snapshot snapshot;
        snapshot.at = std::chrono::system_clock::time_point(std::chrono::milliseconds(1769847330250));
        snapshot.losses = {{"table_full", "no room", 0}};
        return snapshot;
    }();
    return made;
}

Json one_backend(const Backend& backend)
{
    const Backend* shown[] = {&backend};
    return backends_json(snapshot(), shown)["backends"][0];
}

Backend app()
{
    Backend backend;
    backend.name = "app1";
    backend.address = "127.0.0.1:8081";
    backend.limit_source = "haproxy.cfg:23";
    backend.arrivals_per_second = 12.5;
    backend.hold = HoldTimes{0.24, 0.2, 0.4, 1.9, 3.1};
    BackendCounters& counters = backend.counters;
    counters.in_use = 3;
    counters.limit = 8;
    counters.peak = 8;
    counters.limit_hits = 2;
    counters.time_at_limit_ns = 410'000'000;
    counters.opened = 100;
    counters.closed = 92;
    counters.up = 97;
    counters.older = 4;
    counters.failed[static_cast<std::size_t>(Failure::refused)] = 3;
    counters.slot_ns = 215'800'000'000;
    counters.calls.in_flight = 3;
    counters.calls.peak = 9;
    counters.calls.outcomes = {890, 1, 2, 4, 0, 0, 0};
    counters.calls.slot_ns = 100'000'000'000;
    return backend;
}

TEST(Json, OfABackendIsTheContract)
{
    EXPECT_EQ(text(one_backend(app())),
              R"({"name":"app1","address":"127.0.0.1:8081","direction":"outbound",)"
              R"("slots":{"kind":"connections","in_use":3,"limit":8,"peak":8,"limit_hits":2,)"
              R"("time_at_limit_seconds":0.41,"at_limit":false,"limit_source":"haproxy.cfg:23"},)"
              R"("connections":{"open":5,"connecting":0,"opened":100,"closed":92,"older":4,)"
              R"("failed":{"refused":3,"timed_out":0,"reset_connecting":0,"reset":0,"aborted":0,"no_port":0,)"
              R"("unreachable":0,"other":0}},)"
              R"("calls":{"in_flight":3,"started":900,"finished":897,"peak":9,"by_timing":0,)"
              R"("outcomes":{"ok":890,"error":1,"4xx":2,"503":4,"5xx":0,"aborted":0,"unknown":0},)"
              R"("slot_seconds":100.0},"arrivals_per_second":12.5,)"
              R"("hold_seconds":{"mean":0.24,"p50":0.2,"p90":0.4,"p99":1.9,"max":3.1},)"
              R"("recent_hold_seconds":null,"slot_seconds":215.8})");
}

TEST(Json, TellsTheHoldsOfTheLastMinutesApart)
{
    Backend backend = app();
    backend.recent_holds = RecentHolds{90, 12, 2.5, 2, 4, 5};
    EXPECT_EQ(
        one_backend(backend)["recent_hold_seconds"],
        (Json{{"seconds", 90.0}, {"count", 12}, {"mean", 2.5}, {"p50", 2.0}, {"p90", 4.0}, {"p99", 5.0}}));
    backend.recent_holds = RecentHolds{90, 0, 0, 0, 0, 0};
    EXPECT_TRUE(one_backend(backend)["recent_hold_seconds"]["p99"].is_null()) << "nothing was given back";
}

TEST(Json, SlotsAreCallsWhereTheLimitCountsCalls)
{
    Backend backend = app();
    backend.counters.limit = 0;
    backend.counters.calls.limit = 10;
    const Json slots = one_backend(backend)["slots"];
    EXPECT_EQ(slots["kind"], "calls");
    EXPECT_EQ(slots["in_use"], 3);
    EXPECT_EQ(slots["limit"], 10);
    EXPECT_EQ(slots["peak"], 9);
    EXPECT_EQ(one_backend(backend)["slot_seconds"], 100.0);
}

TEST(Json, OfABackendWithoutLimitSaysNull)
{
    const Json json = one_backend(Backend{});
    EXPECT_TRUE(json["slots"]["limit"].is_null());
    EXPECT_TRUE(json["slots"]["limit_source"].is_null());
    for (const char* absent : {"hold_seconds", "accept_wait_seconds", "listeners", "members", "namespace"})
        EXPECT_FALSE(json.contains(absent)) << absent;
}

TEST(Json, OfAnInboundBackendHasListenersAndMeasuredWaits)
{
    Backend backend = app();
    backend.members = {"10.0.0.1:80", "10.0.0.2:80"};
    backend.netns = "blue";
    backend.counters.direction = Direction::inbound;
    backend.counters.listeners = 2;
    EXPECT_FALSE(one_backend(backend).contains("accept_wait_seconds"));
    backend.counters.accepted = 4;
    backend.counters.accept_wait.counts.resize(kHistogramBuckets);
    backend.counters.accept_wait.counts[1] = 4; // 1024 to 1280 ns
    backend.counters.accept_wait.sum_ns = 4400;
    const Json json = one_backend(backend);
    EXPECT_EQ(json["listeners"], 2);
    EXPECT_EQ(json["members"].size(), 2U);
    EXPECT_EQ(json["namespace"], "blue");
    EXPECT_DOUBLE_EQ(json["accept_wait_seconds"]["mean"].get<double>(), 1.1e-6);
    EXPECT_DOUBLE_EQ(json["accept_wait_seconds"]["p50"].get<double>(), 1.152e-6);
}

TEST(Json, CarriesSchemaTimeAndLosses)
{
    Snapshot lossy = snapshot();
    EXPECT_EQ(
        text(backends_json(lossy, {})),
        R"({"schema":"slotscope.backends/1","at":"2026-01-31T08:15:30.250Z","complete":true,"losses":{},"backends":[]})");
    lossy.losses.push_back({"ring_full", "no room", 4});
    const Json json = status_json(lossy);
    EXPECT_EQ(json["complete"], false);
    EXPECT_EQ(text(json["losses"]), R"({"ring_full":4})");
    EXPECT_EQ(json["loss_reasons"].size(), 2U);
}

TEST(Json, OfTheStatusSaysWhoTheAgentIsAndWhatItMayDo)
{
    Snapshot unprivileged = snapshot();
    unprivileged.agent.user = "nobody";
    unprivileged.agent.capabilities = {"CAP_SYS_ADMIN"};
    const Json agent = status_json(unprivileged)["agent"];
    EXPECT_EQ(agent["user"], "nobody");
    EXPECT_EQ(text(agent["capabilities"]), R"(["CAP_SYS_ADMIN"])");
}

TEST(Json, NeverHasADoubleThatIsNotFinite)
{
    Backend backend = app();
    backend.arrivals_per_second = std::numeric_limits<double>::quiet_NaN();
    backend.hold->max = std::numeric_limits<double>::infinity();
    const Json json = one_backend(backend);
    EXPECT_TRUE(json["arrivals_per_second"].is_null());
    EXPECT_TRUE(json["hold_seconds"]["max"].is_null());
}

TEST(Json, ReplacesBytesThatAreNotUtf8)
{
    Backend backend = app();
    backend.name = "a\xff"
                   "b";
    EXPECT_NE(text(one_backend(backend))
                  .find("a\xEF\xBF\xBD"
                        "b"),
              std::string::npos);
}

TEST(Json, OfAHolderIsTheContract)
{
    HolderPage page;
    Holder holder;
    holder.backend = "app1";
    holder.age_seconds = 3.2;
    holder.local = parse_address("127.0.0.1:41234").value();
    holder.remote = parse_address("127.0.0.1:8081").value();
    holder.process = Process{812, 813, "haproxy", "haproxy.service"};
    holder.bytes_sent = 118;
    holder.last_io = LastIo::sent;
    holder.last_io_seconds = 3.1;
    page.holders = {holder};
    page.total = 7;
    HolderQuery query;
    query.offset = 6;
    const Json json = Json::parse(holders_text(snapshot(), snapshot().at, page, query));
    EXPECT_EQ(json["total"], 7);
    EXPECT_EQ(json["offset"], 6);
    EXPECT_EQ(json["returned"], 1);
    EXPECT_FALSE(json.contains("captured_seconds_ago"));
    EXPECT_EQ(
        text(json["holders"][0]),
        R"({"backend":"app1","direction":"outbound","slot":"connection","state":"established",)"
        R"("age_seconds":3.2,"age_is_lower_bound":false,"local":"127.0.0.1:41234","remote":"127.0.0.1:8081",)"
        R"("process":{"pid":812,"tid":813,"name":"haproxy","unit":"haproxy.service"},"call":null,)"
        R"("connection_state":"established","call_state":"idle","call_age_seconds":null,"protocol":null,)"
        R"("waits_for":null,"bytes_sent":118,"bytes_received":0,"last_io":"sent","last_io_seconds":3.1})");
}

TEST(Json, OfAHolderSaysWhatIsNotKnown)
{
    HolderPage page;
    page.holders.resize(2);
    page.holders[1].process = Process{};
    page.holders[1].accepted = false;
    page.captured_seconds_ago = 1.5;
    page.captured_in_use = 8;
    page.holders[1].call.protocol = Protocol::mysql;
    const Json json = Json::parse(holders_text(snapshot(), snapshot().at, page, {}));
    EXPECT_FALSE(json["holders"][0].contains("in_transaction"));
    EXPECT_FALSE(json["holders"][1]["in_transaction"]);
    EXPECT_TRUE(json["holders"][0]["process"].is_null());
    EXPECT_TRUE(json["holders"][0]["last_io_seconds"].is_null());
    EXPECT_FALSE(json["holders"][0].contains("accepted"));
    EXPECT_TRUE(json["holders"][1]["process"]["unit"].is_null());
    EXPECT_EQ(json["holders"][1]["accepted"], false);
    EXPECT_EQ(json["captured_seconds_ago"], 1.5);
    EXPECT_EQ(json["captured_in_use"], 8);
}

TEST(Json, OfLimitsListsTheBackendsUnderEach)
{
    Snapshot both = snapshot();
    both.backends = {app(), app()};
    both.backends[0].counters.group = 2;
    LimitView view;
    view.limit.name = "app1";
    view.limit.addresses = {parse_endpoint("10.0.0.1:80").value(),
                            parse_endpoint("unix:/run/a.sock").value()};
    view.limit.slots = 8;
    view.limit.source = "slotscope.toml:12";
    LimitView other = view;
    other.limit.direction = Direction::inbound;
    other.note = "not in force";
    const LimitView views[] = {view, other};
    const Json json = limits_json(both, views);
    EXPECT_EQ(
        text(json["limits"][0]),
        R"({"name":"app1","addresses":["10.0.0.1:80","unix:/run/a.sock"],"slots":8,"kind":"connections",)"
        R"("direction":null,"source":"slotscope.toml:12","note":"","origin":null,"backends":[]})");
    EXPECT_EQ(json["limits"][1]["direction"], "inbound");
    EXPECT_EQ(json["limits"][1]["note"], "not in force");
    EXPECT_EQ(text(json["limits"][1]["backends"]),
              R"([{"name":"app1","direction":"outbound","address":"127.0.0.1:8081","in_use":3}])");
}

TEST(Json, OfLimitsTellsWhereAFoundOneComesFromAndWhatWasNotUnderstood)
{
    LimitView view;
    view.limit.name = "app/app1";
    view.limit.origin = {"haproxy",
                         "a request",
                         Certainty::at_most,
                         "",
                         {"minconn 2", "maxconn 8"},
                         812,
                         7,
                         "stats socket /s",
                         {{{811}, 1'500'000'000, 0, false, 3}, {{813, 814}, 0, 8, true, 2}},
                         {"max_conns", 8, 4}};
    const LimitView views[] = {view};
    const NotUnderstood rest[] = {{"haproxy", "/h.cfg:9", ".if x", "conditions"}};
    const Json json = limits_json(snapshot(), views, rest);
    EXPECT_EQ(
        text(json["limits"][0]["origin"]),
        R"({"product":"haproxy","pid":812,"rule":"a request","certainty":"at_most","doubt":null,)"
        R"("live":"stats socket /s","setting":{"name":"max_conns","value":8,"slots_each":4.0},"generations":[)"
        R"({"started_at":"1970-01-01T00:00:01.500Z","pids":[811],"newest":false,"slots":null,"in_use":3},)"
        R"({"started_at":"1970-01-01T00:00:00.000Z","pids":[813,814],"newest":true,"slots":8,"in_use":2}],)"
        R"("arithmetic":["minconn 2","maxconn 8"]})");
    EXPECT_EQ(text(json["not_understood"]),
              R"([{"product":"haproxy","source":"/h.cfg:9","text":".if x","why":"conditions"}])");
}

TEST(Json, OfStatusShowsTheAgent)
{
    Snapshot full = snapshot();
    full.agent.version = "0.1.0";
    full.agent.warnings = {"something is degraded"};
    full.agent.hooks = {{"connect", "fentry/tcp_connect", ""}};
    full.agent.programs = {{"tcp_state", 10, 0.5, 2}};
    full.agent.tables = {{"connections", 10, 65536}};
    full.repairs = {{"late_close", "seen by an audit", 1}};
    Json json = status_json(full);
    EXPECT_TRUE(json["agent"]["last_audit_seconds_ago"].is_null());
    EXPECT_EQ(text(json["warnings"]), R"(["something is degraded"])");
    EXPECT_EQ(text(json["hooks"]), R"([{"signal":"connect","variant":"fentry/tcp_connect","gap":""}])");
    EXPECT_EQ(text(json["programs"]),
              R"([{"name":"tcp_state","runs":10,"run_seconds":0.5,"recursion_misses":2}])");
    EXPECT_EQ(text(json["tables"]), R"([{"name":"connections","used":10,"capacity":65536}])");
    EXPECT_EQ(text(json["repairs"]), R"([{"name":"late_close","count":1,"meaning":"seen by an audit"}])");
    full.agent.last_audit_seconds_ago = 2.5;
    EXPECT_EQ(status_json(full)["agent"]["last_audit_seconds_ago"], 2.5);
}

TEST(Json, OfAnEventFlattensItsNumbers)
{
    Event event;
    event.kind = "limit_left";
    event.at = snapshot().at;
    event.backend = "app1";
    event.direction = "outbound";
    event.text = "app1 left its limit";
    event.numbers = {{"in_use", 7}, {"event", 1}};
    event.seconds = 0.25;
    EXPECT_EQ(
        text(event_json(event)),
        R"({"schema":"slotscope.event/1","at":"2026-01-31T08:15:30.250Z","event":"limit_left","backend":"app1",)"
        R"("direction":"outbound","text":"app1 left its limit","in_use":7,"seconds":0.25})");
    EXPECT_FALSE(event_json(Event{}).contains("backend"));
    EXPECT_FALSE(event_json(Event{}).contains("seconds"));
}

} // namespace
} // namespace slotscope::serve
