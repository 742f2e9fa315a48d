// SPDX-License-Identifier: MIT
#include "sample.h"

namespace slotscope::store {
namespace {

Address address(const std::string& text)
{
    return parse_address(text).value();
}

} // namespace

Window sample_window()
{
    Window window;
    window.begin = kNoon - 60s;
    window.seconds = 1.25;
    window.arrivals = 120;
    window.completions = 110;
    window.failures = 3;
    window.refusals = 4;
    window.limit_hits = 2;
    window.in_use = 7;
    window.peak = 8;
    window.limit = 9;
    window.slot_seconds = 7.5;
    window.at_limit_seconds = 0.125;
    window.hold_mean_seconds = 0.1;
    window.hold_p50_seconds = 0.0; // known, and 0
    window.hold_p95_seconds = 1e-7;
    return window;
}

Holder sample_holder()
{
    Holder holder;
    holder.backend = "app1";
    holder.direction = Direction::inbound;
    holder.slot = SlotKind::calls;
    holder.state = ConnectionState::half_closed;
    holder.call = {CallState::waiting, Protocol::fastcgi, true, 0, 12'345'678'901, 23'456'789'012};
    holder.age_seconds = 3.25;
    holder.call_age_seconds = 2.5;
    holder.age_is_lower_bound = true;
    holder.accepted = false;
    holder.last_io = LastIo::received;
    holder.last_io_seconds = 0.75;
    holder.bytes_sent = 118;
    holder.bytes_received = std::uint64_t{1} << 40U;
    holder.local = address("127.0.0.1:41234");
    holder.remote = address("[2001:db8::1]:8081");
    holder.process = Process{812, 813, "haproxy", "haproxy.service"};
    holder.call_label = "GET /report/{id}";
    holder.waits_for = WaitsFor{"database",
                                address("10.0.0.1:5432"),
                                "SELECT \"x\" FROM orders",
                                2.25,
                                {900, 901, "php-fpm", "php.service"},
                                false};
    return holder;
}

Verdict sample_verdict()
{
    Verdict verdict;
    verdict.cause = Cause::slow_dependency;
    verdict.confidence = 0.93;
    verdict.sentence =
        "8 of 8 slots of app1 are held; it waits on 10.0.0.1:5432 (SELECT … FROM orders).\n<b>\"";
    verdict.evidence = {{"arrival_ratio", 1.02}, {"hold_ratio", 14.1}, {"share_from_demand", 0}};
    verdict.culprits = {
        {"php-fpm8.2", "GET /report/{id}", "waiting", 0.81, 12.5, "10.0.0.1:5432", "SELECT … FROM orders"},
        {"", "", "idle", 0.19, 1, "", ""}};
    verdict.dependency = Dependency{"database", "10.0.0.1:5432", "SELECT … FROM orders", 0.8, true};
    verdict.causes = {{Cause::slow_dependency, 0.9, "workers wait"},
                      {Cause::limit_too_low, 0.2, "near the limit"}};
    verdict.advice = {{"haproxy", "server app1 … maxconn 19", "peak arrivals 12.9/s × p95 hold 1.4 s"},
                      {"", "fix it", ""}};
    verdict.missing = {"a baseline", "labels"};
    return verdict;
}

Episode sample_episode(std::uint64_t id)
{
    Episode episode;
    episode.id = id;
    episode.backend = "app1";
    episode.address = "127.0.0.1:8081";
    episode.direction = Direction::inbound;
    episode.kind = SlotKind::calls;
    episode.limit = 8;
    episode.limit_source = "haproxy.cfg:23";
    episode.began = kNoon - 30s;
    episode.ended = kNoon;
    episode.peak = 9;
    episode.limit_hits = 12;
    episode.refusals = 34;
    episode.slot_seconds = 240.5;
    episode.at_limit_seconds = 28.25;
    episode.linked_to = 1;
    episode.verdict = sample_verdict();
    episode.timeline = {sample_window(), Window{}};
    episode.holders = {sample_holder(), Holder{}};
    episode.holders_total = 12'000;
    return episode;
}

Episode large_episode(std::uint64_t id, std::size_t windows, std::size_t holders)
{
    Episode episode = sample_episode(id);
    episode.ended.reset();
    episode.timeline.assign(windows, sample_window());
    episode.holders.assign(holders, sample_holder());
    for (std::size_t index = 0; index < holders; ++index)
        episode.holders[index].age_seconds = static_cast<double>(index) / 7;
    return episode;
}

void expect_same(const Holder& left, const Holder& right)
{
    EXPECT_EQ(left.backend, right.backend);
    EXPECT_EQ(left.direction, right.direction);
    EXPECT_EQ(left.slot, right.slot);
    EXPECT_EQ(left.state, right.state);
    EXPECT_EQ(left.call.state, right.call.state);
    EXPECT_EQ(left.call.protocol, right.call.protocol);
    EXPECT_EQ(left.call.older, right.call.older);
    EXPECT_EQ(left.call.began_ns, right.call.began_ns);
    EXPECT_EQ(left.call.answered_ns, right.call.answered_ns);
    EXPECT_EQ(left.age_seconds, right.age_seconds);
    EXPECT_EQ(left.call_age_seconds, right.call_age_seconds);
    EXPECT_EQ(left.age_is_lower_bound, right.age_is_lower_bound);
    EXPECT_EQ(left.accepted, right.accepted);
    EXPECT_EQ(left.last_io, right.last_io);
    EXPECT_EQ(left.last_io_seconds, right.last_io_seconds);
    EXPECT_EQ(left.bytes_sent, right.bytes_sent);
    EXPECT_EQ(left.bytes_received, right.bytes_received);
    EXPECT_EQ(left.local, right.local);
    EXPECT_EQ(left.remote, right.remote);
    EXPECT_EQ(left.call_label, right.call_label);
    const auto same_process = [](const Process& a, const Process& b) {
        return a.pid == b.pid && a.tid == b.tid && a.name == b.name && a.unit == b.unit;
    };
    ASSERT_EQ(left.process.has_value(), right.process.has_value());
    EXPECT_TRUE(!left.process || same_process(*left.process, *right.process));
    ASSERT_EQ(left.waits_for.has_value(), right.waits_for.has_value());
    if (!left.waits_for)
        return;
    EXPECT_EQ(left.waits_for->backend, right.waits_for->backend);
    EXPECT_EQ(left.waits_for->address, right.waits_for->address);
    EXPECT_EQ(left.waits_for->call, right.waits_for->call);
    EXPECT_EQ(left.waits_for->age_seconds, right.waits_for->age_seconds);
    EXPECT_EQ(left.waits_for->certain, right.waits_for->certain);
    EXPECT_TRUE(same_process(left.waits_for->process, right.waits_for->process));
}

void expect_same(const Episode& left, const Episode& right)
{
    EXPECT_EQ(left.id, right.id);
    EXPECT_EQ(left.backend, right.backend);
    EXPECT_EQ(left.address, right.address);
    EXPECT_EQ(left.direction, right.direction);
    EXPECT_EQ(left.kind, right.kind);
    EXPECT_EQ(left.limit, right.limit);
    EXPECT_EQ(left.limit_source, right.limit_source);
    EXPECT_EQ(left.began, right.began);
    EXPECT_EQ(left.ended, right.ended);
    EXPECT_EQ(left.cut_off, right.cut_off);
    EXPECT_EQ(left.peak, right.peak);
    EXPECT_EQ(left.limit_hits, right.limit_hits);
    EXPECT_EQ(left.refusals, right.refusals);
    EXPECT_EQ(left.slot_seconds, right.slot_seconds);
    EXPECT_EQ(left.at_limit_seconds, right.at_limit_seconds);
    EXPECT_EQ(left.linked_to, right.linked_to);
    EXPECT_EQ(left.verdict, right.verdict);
    EXPECT_EQ(left.timeline, right.timeline);
    EXPECT_EQ(left.holders_total, right.holders_total);
    ASSERT_EQ(left.holders.size(), right.holders.size());
    for (std::size_t index = 0; index < left.holders.size(); ++index)
        expect_same(left.holders[index], right.holders[index]);
}

std::unique_ptr<History> opened(const TemporaryDirectory& directory, const Bounds& bounds,
                                Clock::time_point now)
{
    return History::open(directory / "", bounds, now);
}

} // namespace slotscope::store
