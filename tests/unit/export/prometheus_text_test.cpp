// SPDX-License-Identifier: MIT
#include "export/prometheus_text.h"

#include "model/histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <vector>

namespace slotscope::metrics {
namespace {

using testing::HasSubstr;
using testing::Not;

Backend backend(std::string name, Direction direction)
{
    Backend result;
    result.name = std::move(name);
    result.counters.direction = direction;
    result.counters.in_use = 3;
    result.counters.peak = 8;
    result.counters.opened = 100;
    result.counters.closed = 90;
    result.counters.up = 95;
    result.counters.failed[static_cast<std::size_t>(Failure::refused)] = 5;
    result.counters.slot_ns = 215'800'000'000;
    result.counters.hold.counts.resize(kHistogramBuckets);
    result.counters.hold.counts[0] = 2;
    result.counters.hold.counts[1] = 4;
    result.counters.hold.counts[kHistogramBuckets - 1] = 1;
    result.counters.hold.sum_ns = 1'500'000'000;
    result.counters.accept_wait.counts.resize(kHistogramBuckets);
    return result;
}

Snapshot rich()
{
    Snapshot snapshot;
    Backend app = backend("app1", Direction::outbound);
    app.counters.limit = 8;
    app.counters.limit_hits = 2;
    app.counters.time_at_limit_ns = 410'000'000;
    Backend php = backend("php", Direction::inbound);
    php.counters.accepted = 7;
    php.counters.accept_wait.counts[5] = 7;
    php.counters.accept_wait.sum_ns = 7000;
    snapshot.backends = {app, php, backend("app1", Direction::inbound)};
    snapshot.losses = {{"table_full", "no room", 0}, {"ring_full", "no room", 4}};
    snapshot.repairs = {{"late_close", "seen by an audit", 1}};
    snapshot.agent.version = "0.1.0";
    snapshot.agent.kernel = "6.18.5";
    snapshot.agent.memory_bytes = 12 << 20;
    snapshot.agent.cpu_seconds = 1.25;
    snapshot.agent.hooks = {{"connect", "fentry/tcp_connect", ""}, {"accept", "fexit/inet_csk_accept", ""}};
    snapshot.agent.programs = {{"tcp_state", 10, 0.5, 2}};
    snapshot.agent.tables = {{"connections", 10, 65536}, {"backends", 3, 1024}};
    return snapshot;
}

// The value of the one line that starts with this name and these labels.
std::string value_of(const std::string& text, const std::string& series)
{
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.substr(0, series.size() + 1) == series + " ")
            return line.substr(series.size() + 1);
    return "(no such series)";
}

TEST(PrometheusText, ShowsALimitOnlyWhereThereIsOne)
{
    const std::string text = prometheus_text(rich());
    EXPECT_EQ(value_of(text, R"(slotscope_backend_slots_limit{backend="app1",direction="outbound"})"), "8");
    EXPECT_THAT(text, Not(HasSubstr(R"(slotscope_backend_slots_limit{backend="php")")));
}

TEST(PrometheusText, ShowsCountsAndTimesOfABackend)
{
    const std::string text = prometheus_text(rich());
    const std::string labels = R"({backend="app1",direction="outbound"})";
    EXPECT_EQ(value_of(text, "slotscope_backend_slots_in_use" + labels), "3");
    EXPECT_EQ(value_of(text, "slotscope_backend_slots_peak" + labels), "8");
    EXPECT_EQ(value_of(text, "slotscope_backend_limit_hits_total" + labels), "2");
    EXPECT_EQ(value_of(text, "slotscope_backend_time_at_limit_seconds_total" + labels), "0.41");
    EXPECT_EQ(value_of(text, "slotscope_backend_slot_seconds_total" + labels), "215.8");
    EXPECT_EQ(value_of(text, "slotscope_backend_connections_open" + labels), "5");
    EXPECT_EQ(value_of(text, "slotscope_backend_connections_connecting" + labels), "0");
    EXPECT_EQ(value_of(text, "slotscope_backend_connections_opened_total" + labels), "100");
    EXPECT_EQ(value_of(text, "slotscope_backend_connections_closed_total" + labels), "90");
}

TEST(PrometheusText, OfOtherLeavesOutWhatWasFoldedIntoIt)
{
    Snapshot snapshot;
    Backend other = backend("other", Direction::outbound);
    other.counters.index = kOtherBackend;
    snapshot.other_alone = other.counters;
    snapshot.other_alone->opened = 7;
    snapshot.backends = {other};
    EXPECT_EQ(value_of(prometheus_text(snapshot),
                       R"(slotscope_backend_connections_opened_total{backend="other",direction="outbound"})"),
              "7");
}

TEST(PrometheusText, ShowsEveryFailureReasonFromTheStart)
{
    const std::string text = prometheus_text(rich());
    const std::string name =
        R"(slotscope_backend_connections_failed_total{backend="app1",direction="outbound",reason=")";
    EXPECT_EQ(value_of(text, name + "refused\"}"), "5");
    for (std::size_t reason = 1; reason < kFailureReasons; ++reason)
        EXPECT_EQ(value_of(text, name + std::string(to_string(static_cast<Failure>(reason))) + "\"}"), "0");
}

TEST(PrometheusText, HistogramsAreCumulativeAndEndWithAll)
{
    const std::string text = prometheus_text(rich());
    const std::string name =
        R"(slotscope_backend_hold_seconds_bucket{backend="app1",direction="outbound",le=")";
    EXPECT_EQ(value_of(text, name + "1.024e-06\"}"), "2");
    EXPECT_EQ(value_of(text, name + "4.096e-06\"}"), "6");
    EXPECT_EQ(value_of(text, name + "1099.511627776\"}"), "6");
    EXPECT_EQ(value_of(text, name + "+Inf\"}"), "7");
    EXPECT_EQ(value_of(text, R"(slotscope_backend_hold_seconds_count{backend="app1",direction="outbound"})"),
              "7");
    EXPECT_EQ(value_of(text, R"(slotscope_backend_hold_seconds_sum{backend="app1",direction="outbound"})"),
              "1.5");
}

// A series that jumped by what the other kind had counted would be read as growth.
TEST(PrometheusText, SlotsBeginAnewWhereTheLimitCountsTheOtherKind)
{
    Snapshot snapshot = rich();
    Backend& app = snapshot.backends.at(0);
    ASSERT_EQ(app.name, "app1");
    const SlotUse slots = app.counters.slots();
    app.before_kind = SlotsBefore{slots.slot_ns, *slots.held};
    app.counters.slot_ns += 2'500'000'000;
    app.counters.hold.counts.at(0) += 3;
    app.counters.hold.sum_ns += 1'000'000'000;
    const std::string text = prometheus_text(snapshot);
    const std::string labels = R"({backend="app1",direction="outbound"})";
    EXPECT_EQ(value_of(text, "slotscope_backend_slot_seconds_total" + labels), "2.5");
    EXPECT_EQ(value_of(text, "slotscope_backend_hold_seconds_count" + labels), "3");
    EXPECT_EQ(value_of(text, "slotscope_backend_hold_seconds_sum" + labels), "1");
    EXPECT_EQ(
        value_of(
            text,
            R"(slotscope_backend_slots_kind_info{backend="app1",direction="outbound",kind="connections"})"),
        "1");
}

TEST(PrometheusText, ShowsAcceptWaitsOnlyWhereTheyWereMeasured)
{
    const std::string text = prometheus_text(rich());
    EXPECT_EQ(
        value_of(text, R"(slotscope_backend_accept_wait_seconds_count{backend="php",direction="inbound"})"),
        "7");
    EXPECT_THAT(text, Not(HasSubstr(R"(accept_wait_seconds_count{backend="app1")")));
}

TEST(PrometheusText, ShowsTheAgent)
{
    const std::string text = prometheus_text(rich());
    EXPECT_EQ(value_of(text, R"(slotscope_agent_losses_total{reason="ring_full"})"), "4");
    EXPECT_EQ(value_of(text, R"(slotscope_agent_losses_total{reason="table_full"})"), "0");
    EXPECT_EQ(value_of(text, R"(slotscope_agent_repairs_total{reason="late_close"})"), "1");
    EXPECT_EQ(value_of(text, R"(slotscope_agent_hook_info{signal="connect",variant="fentry/tcp_connect"})"),
              "1");
    EXPECT_EQ(value_of(text, R"(slotscope_agent_program_run_seconds_total{program="tcp_state"})"), "0.5");
    EXPECT_EQ(value_of(text, R"(slotscope_agent_program_recursion_misses_total{program="tcp_state"})"), "2");
    EXPECT_EQ(value_of(text, R"(slotscope_agent_table_entries{table="connections"})"), "10");
    EXPECT_EQ(value_of(text, R"(slotscope_agent_table_capacity{table="connections"})"), "65536");
    EXPECT_EQ(value_of(text, "slotscope_agent_resident_memory_bytes"), "12582912");
    EXPECT_EQ(value_of(text, "slotscope_agent_cpu_seconds_total"), "1.25");
    EXPECT_EQ(value_of(text, R"(slotscope_build_info{version="0.1.0",kernel="6.18.5"})"), "1");
}

TEST(PrometheusText, SaysEachFamilyOnceAndExplainsIt)
{
    const std::string text = prometheus_text(rich());
    std::set<std::string> helped;
    std::set<std::string> typed;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string hash;
        std::string keyword;
        std::string name;
        words >> hash >> keyword >> name;
        if (hash != "#")
            continue;
        EXPECT_TRUE((keyword == "HELP" ? helped : typed).insert(name).second) << line;
    }
    EXPECT_EQ(helped, typed);
    EXPECT_GT(helped.size(), 20U);
}

TEST(PrometheusText, KeepsLargeCountersExact)
{
    Snapshot snapshot = rich();
    snapshot.backends[0].counters.opened = 1'234'567'890'123;
    EXPECT_EQ(value_of(prometheus_text(snapshot),
                       R"(slotscope_backend_connections_opened_total{backend="app1",direction="outbound"})"),
              "1234567890123");
}

TEST(PrometheusText, EscapesNamesAndReplacesWhatIsNotUtf8)
{
    Snapshot snapshot = rich();
    snapshot.backends[0].name = "a\"b\\c\nd\xff"
                                "e\xc3\xa9\xe0\x80\x80";
    const std::string text = prometheus_text(snapshot);
    EXPECT_THAT(text, HasSubstr("backend=\"a\\\"b\\\\c\\nd\xEF\xBF\xBD"
                                "e\xc3\xa9\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""));
}

TEST(PrometheusText, OfAnEmptySnapshotStillHasTheAgent)
{
    const std::string text = prometheus_text(Snapshot{});
    EXPECT_THAT(text, HasSubstr("slotscope_agent_uptime_seconds 0"));
    EXPECT_THAT(text, Not(HasSubstr("slotscope_backend_")));
}

std::vector<HolderSeconds> holders()
{
    return {{"app1", Direction::outbound, "haproxy", "GET /report/{id}", 12.5},
            {"app1", Direction::outbound, "(unknown)", "(idle)", 3},
            {"app1", Direction::outbound, "other", "other", 1.25},
            {"app1", Direction::inbound, "php-fpm8.2", "SELECT \"a\\b\"\n\xff", 2}};
}

TEST(PrometheusText, CountsSlotSecondsByProcessAndCall)
{
    const std::string text = prometheus_text(rich(), holders());
    EXPECT_THAT(text, HasSubstr("# TYPE slotscope_holder_slot_seconds_total counter\n"));
    EXPECT_THAT(text, HasSubstr("slotscope_holder_slot_seconds_total{backend=\"app1\",direction=\"outbound\","
                                "process=\"haproxy\",call=\"GET /report/{id}\"} 12.5\n"));
    EXPECT_THAT(text, HasSubstr("process=\"other\",call=\"other\"} 1.25\n"));
    EXPECT_THAT(prometheus_text(rich()), Not(HasSubstr("slotscope_holder_")));
}

Episode lasting(std::uint64_t id, const std::string& backend)
{
    Episode episode;
    episode.id = id;
    episode.backend = backend;
    episode.direction = Direction::inbound;
    episode.verdict.cause = Cause::slow_dependency;
    return episode;
}

TEST(PrometheusText, LeadsToTheNumbersOfTheEpisodesThatLast)
{
    const Episode seven = lasting(7, "app1");
    const Episode eight = lasting(8, "app1"); // of a backend of the same name in another namespace
    const std::vector<const Episode*> episodes = {&seven, &eight};
    const std::string text = prometheus_text(rich(), {}, episodes);
    const std::string labels = "backend=\"app1\",direction=\"inbound\",cause=\"slow_dependency\"";
    EXPECT_THAT(text, HasSubstr("slotscope_episode_active{" + labels + "} 2\n"));
    EXPECT_THAT(text, HasSubstr("slotscope_episode_info{" + labels + ",episode=\"7\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("slotscope_episode_info{" + labels + ",episode=\"8\"} 1\n"));
    EXPECT_THAT(prometheus_text(rich()), Not(HasSubstr("slotscope_episode_")));
}

TEST(PrometheusText, CountsCloseWaitOfEachBackendFromZeroOn)
{
    Snapshot snapshot = rich();
    snapshot.backends[0].counters.index = 4;
    snapshot.backends[1].counters.index = 5;
    const std::string text = prometheus_text(snapshot, {}, {}, {{4, 37}, {99, 1}});
    const std::string name = "slotscope_backend_connections_close_wait";
    EXPECT_EQ(value_of(text, name + R"({backend="app1",direction="outbound"})"), "37");
    EXPECT_EQ(value_of(text, name + R"({backend="php",direction="inbound"})"), "0");
}

// What `promtool check metrics` answers to the text, its exit status in the first place.
std::pair<int, std::string> promtool(const std::string& text)
{
    char path[] = "/tmp/slotscope-promtool-XXXXXX";
    const int out = ::mkstemp(path);
    if (out < 0)
        return {-1, "mkstemp failed"};
    FILE* pipe = ::popen(("promtool check metrics >" + std::string(path) + " 2>&1").c_str(), "w");
    std::fwrite(text.data(), 1, text.size(), pipe);
    const int status = ::pclose(pipe);
    std::string said(4096, '\0');
    const ssize_t length = ::read(out, said.data(), said.size());
    said.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    ::close(out);
    ::unlink(path);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, said};
}

TEST(PrometheusText, PassesPromtool)
{
    ASSERT_EQ(std::system("command -v promtool >/dev/null"), 0)
        << "promtool is missing: install Debian's package prometheus";
    Snapshot snapshot = rich();
    snapshot.backends[1].name = "unix:/run/a\"b\\\n\xff.sock";
    for (const Snapshot& each : {snapshot, Snapshot{}}) {
        const auto [status, said] = promtool(prometheus_text(each, holders()));
        EXPECT_EQ(status, 0) << said;
        EXPECT_EQ(said, "");
    }
}

} // namespace
} // namespace slotscope::metrics
