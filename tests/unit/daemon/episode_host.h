// SPDX-License-Identifier: MIT
// A host that is made up: one backend with a limit of 8, quarter of a second by quarter of a second.
#pragma once

#include "daemon/episodes.h"
#include "daemon/learned_limits.h"

#include "model/histogram.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace slotscope::daemon::test {

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint32_t kApp = 3;
constexpr std::uint32_t kServer = 1000; // the other end of its connections
constexpr std::uint32_t kFront = 4;     // where the calls arrive at those who hold its slots

// One backend with a limit of 8 calls, whose counters are moved by hand.
class Host {
  public:
    Host()
        : watch_(sight(), shelf_)
    {
        counters_.index = kApp;
        counters_.created_ns = 1;
        counters_.calls.limit = 8;
        counters_.hold.counts.resize(kHistogramBuckets);
        counters_.calls.durations.counts.resize(kHistogramBuckets);
    }

    // Goes on by a quarter of a second in which the limit is reached once, for so long, and left again; so
    // many calls are in flight all the while.
    void touched(std::uint64_t milliseconds, std::uint64_t completed = 5, std::uint64_t in_flight = 0)
    {
        ++counters_.limit_hits;
        watch_.limit_reached(kApp, now_ns_ + 10 * kMillisecond, now_ns_ + 10 * kMillisecond, at());
        counters_.time_at_limit_ns += milliseconds * kMillisecond;
        quarter(in_flight, completed);
    }
    void by_timing() { by_timing_ = true; }
    void refuse(std::uint64_t calls)
    {
        counters_.calls.outcomes[static_cast<std::size_t>(CallOutcome::unavailable)] += calls;
    }
    // The limit counts connections, of which there are so many, and calls on some of them: a pool.
    void becomes_a_pool(std::uint64_t connections)
    {
        counters_.calls.limit = 0;
        counters_.limit = 8;
        counters_.opened = counters_.up = connections;
        counters_.in_use = connections;
        pooled_ = connections;
    }
    // What it counts is a limit that was learned.
    void limit_is_learned()
    {
        counters_.group = 1;
        limit_.emplace();
        limit_->origin.product = kLearned;
    }
    // From now on the limit counts connections, of which so many are open; 0: there is no limit any more.
    void counts_connections(std::uint64_t limit, std::uint64_t open)
    {
        counters_.calls.limit = 0;
        counters_.limit = limit;
        counters_.opened = counters_.up = counters_.in_use = open;
        counters_.slot_ns += 1'000'000 * kMillisecond; // of a thousand seconds that were connections'
    }
    // Calls under way where they arrive at the pool's owner.
    void wanted(std::size_t calls) { wanted_ = calls; }

    // So many addresses besides, of which each connect is refused.
    void dead_addresses(std::uint32_t count)
    {
        for (std::uint32_t i = 0; i < count; ++i) {
            dead_.emplace_back().index = kFront + 1 + i;
            dead_.back().created_ns = 1;
            dead_.back().hold.counts.resize(kHistogramBuckets);
            dead_.back().calls.durations.counts.resize(kHistogramBuckets);
        }
    }

    // Calls that end took so long.
    void takes(std::uint64_t milliseconds) { each_ms_ = milliseconds; }
    // Who serves the calls asks the first of the dead addresses, too; this is what a look may see of it.
    void is_served_by_a_client_of_the_dead(bool connected)
    {
        served_ = true;
        connected_ = connected;
    }

    // Goes on by a quarter of a second, with so many calls in flight all the while.
    void quarter(std::uint64_t in_flight, std::uint64_t completed)
    {
        counters_.calls.in_flight = in_flight;
        const bool full = std::max(in_flight, pooled_) >= 8;
        const bool was_full = std::exchange(counters_.at_limit, full);
        if (full && !was_full) {
            ++counters_.limit_hits;
            watch_.limit_reached(kApp, now_ns_, now_ns_, at());
        }
        now_ns_ += 250 * kMillisecond;
        counters_.calls.slot_ns += in_flight * 250 * kMillisecond;
        counters_.time_at_limit_ns += full ? 250 * kMillisecond : 0;
        counters_.calls.outcomes[0] += completed;
        counters_.calls.by_timing += by_timing_ ? completed : 0;
        counters_.calls.durations.counts[bucket_of(each_ms_ * kMillisecond)] += completed;
        counters_.calls.durations.sum_ns += completed * each_ms_ * kMillisecond;
        if (++quarters_ % 4 == 0) {
            std::vector<BackendCounters> all{counters_};
            for (BackendCounters& each : dead_) {
                each.opened += 5;
                each.failed[static_cast<std::size_t>(Failure::refused)] += 5;
                all.push_back(each);
            }
            watch_.tick(all, now_ns_, at());
        } else
            watch_.step(now_ns_, at());
    }
    void seconds(int count, std::uint64_t in_flight, std::uint64_t completed_per_quarter = 5)
    {
        for (int i = 0; i < 4 * count; ++i)
            quarter(in_flight, completed_per_quarter);
    }
    std::vector<Episode> episodes() const { return shelf_.list({}); }
    std::size_t events(const std::string& kind) const
    {
        return static_cast<std::size_t>(std::count(events_.begin(), events_.end(), kind));
    }
    SystemTime at() const { return SystemTime() + std::chrono::nanoseconds(now_ns_) + clock_; }
    std::uint64_t now_ns() const { return now_ns_; }
    // Somebody sets the wall clock forwards, or back.
    void set_clock(std::chrono::seconds by) { clock_ += by; }
    // Nothing happens on it for so long.
    void stands_still(std::uint64_t seconds) { now_ns_ += seconds * 1000 * kMillisecond; }
    EpisodeWatch& watch() { return watch_; }

  private:
    EpisodeSight sight()
    {
        EpisodeSight sight;
        sight.backend = [this](std::uint32_t index) -> std::optional<Backend> {
            Backend backend;
            backend.name = index > kFront ? "dead" : "app";
            backend.address = "127.0.0.1:8081";
            backend.counters = of(index);
            return backend;
        };
        sight.counters = [this](std::uint32_t index) -> std::optional<BackendCounters> { return of(index); };
        sight.limit = [this](std::uint32_t) { return limit_; };
        sight.holders = [this](const HolderQuery&) -> Result<HolderPage> {
            HolderPage page;
            for (std::uint64_t i = 0; i < std::max(pooled_, counters_.calls.in_flight); ++i) {
                Holder holder;
                holder.backend = "app";
                holder.slot = SlotKind::calls;
                holder.call.state = i < counters_.calls.in_flight ? CallState::waiting : CallState::answered;
                holder.call.protocol = Protocol::http1;
                holder.age_seconds = 0.1;
                holder.process = Process{7, 7, "haproxy", ""};
                page.holders.push_back(holder);
            }
            page.total = page.holders.size();
            return page;
        };
        sight.connections = [this](const auto& visit) {
            const std::vector<Connection> all = connections();
            std::for_each(all.begin(), all.end(), visit);
        };
        sight.processes = [](const auto&, const auto&) { return analyze::ProcessBook(); };
        sight.publish = [this](const Event& event) { events_.push_back(event.kind); };
        return sight;
    }

    const BackendCounters& of(std::uint32_t index) const
    {
        return index > kFront && index != kServer ? dead_.at(index - kFront - 1) : counters_;
    }

    static std::size_t bucket_of(std::uint64_t duration_ns)
    {
        std::size_t bucket = 0;
        while (bucket + 1 < kHistogramBuckets && histogram_lower_bound_ns(bucket + 1) <= duration_ns)
            ++bucket;
        return bucket;
    }

    // Both ends of each call, and what its server has asked.
    void add_served(std::vector<Connection>& all) const
    {
        for (std::uint64_t i = 0; i <= 2 * counters_.calls.in_flight; ++i) {
            const bool asks = i == 2 * counters_.calls.in_flight;
            const bool serves = i % 2 == 1;
            if (asks && !connected_)
                return;
            Connection connection;
            connection.cookie = 2000 + i;
            connection.backend = asks ? kFront + 1 : serves ? kServer : kApp;
            connection.direction = serves ? Direction::inbound : Direction::outbound;
            connection.state = ConnectionState::established;
            connection.holds_slot = connection.accepted = true;
            connection.pid = asks || serves ? 9 : 7;
            const auto client = static_cast<std::uint16_t>(40'000 + i / 2);
            connection.local.port = serves ? 8081 : asks ? 45'000 : client;
            connection.remote.port = serves ? client : asks ? 9000 : 8081;
            connection.opened_ns = 1;
            connection.call.state = CallState::waiting;
            connection.call.began_ns = now_ns_ - 10 * kMillisecond;
            all.push_back(connection);
        }
    }

    std::vector<Connection> connections() const
    {
        std::vector<Connection> all;
        for (std::size_t i = 0; i < pooled_ + wanted_; ++i) {
            Connection connection;
            const bool arrives = i >= pooled_;
            connection.cookie = i + 1;
            connection.backend = arrives ? kFront : kApp;
            connection.direction = arrives ? Direction::inbound : Direction::outbound;
            connection.state = ConnectionState::established;
            connection.accepted = true;
            connection.pid = 7;
            connection.local.port = arrives ? 6432 : static_cast<std::uint16_t>(40'000 + i);
            connection.remote.port = arrives ? static_cast<std::uint16_t>(50'000 + i) : 5432;
            connection.opened_ns = 1;
            if (arrives || i < counters_.calls.in_flight) {
                connection.call.state = CallState::waiting;
                connection.call.began_ns = now_ns_ - 10 * kMillisecond;
            }
            all.push_back(connection);
        }
        if (served_)
            add_served(all);
        if (wanted_ == 0 && pooled_ != 0) { // a client that is connected, and asks nothing at the moment
            Connection idle = all.front();
            idle.cookie = 1000;
            idle.backend = kFront;
            idle.local.port = 6432;
            idle.remote.port = 60'000;
            idle.direction = Direction::inbound;
            idle.call = {};
            all.push_back(idle);
        }
        return all;
    }

    BackendCounters counters_;
    std::vector<BackendCounters> dead_;
    bool by_timing_ = false;
    bool served_ = false;
    bool connected_ = false;
    std::uint64_t each_ms_ = 100;
    std::uint64_t pooled_ = 0;
    std::optional<Limit> limit_;
    std::size_t wanted_ = 0;
    EpisodeShelf shelf_;
    std::vector<std::string> events_;
    std::uint64_t now_ns_ = 1000'000 * kMillisecond;
    std::chrono::seconds clock_{0};
    int quarters_ = 0;
    EpisodeWatch watch_;
};

} // namespace slotscope::daemon::test
