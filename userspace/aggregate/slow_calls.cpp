// SPDX-License-Identifier: MIT
#include "aggregate/slow_calls.h"

#include "base/clock.h"
#include "model/histogram.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace slotscope::aggregate {
namespace {

constexpr std::uint64_t kMillisecond_ns = 1'000'000;
constexpr std::uint64_t kEnoughCalls = 100; // for a p99 that means something

std::string seconds_text(std::uint64_t ns)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.1f s", seconds_of(ns));
    return text.data();
}

std::string who(const Connection& connection, const SlowCalls::SlowCall& call)
{
    std::string text = call.label;
    if (text.empty())
        text = connection.call.protocol == Protocol::unknown
                   ? "a call"
                   : "a call (" + std::string(to_string(connection.call.protocol)) + ")";
    if (connection.pid != 0)
        text += " by " + (call.process.empty() ? "pid " + std::to_string(connection.pid)
                                               : call.process + "[" + std::to_string(connection.pid) + "]");
    return text;
}

} // namespace

std::uint64_t slow_from_ns(const SlowCallSettings& settings, const std::string& backend,
                           const Histogram& durations)
{
    if (!settings.enabled)
        return 0;
    if (const auto own = settings.milliseconds.find(backend); own != settings.milliseconds.end())
        return own->second * kMillisecond_ns;
    const std::uint64_t floor_ns = settings.floor_milliseconds * kMillisecond_ns;
    const auto p99 = quantile_ns(durations, 0.99);
    if (!p99 || durations.total() < kEnoughCalls)
        return floor_ns;
    return std::max(floor_ns, static_cast<std::uint64_t>(*p99 * settings.percent_of_p99 / 100));
}

void SlowCalls::forget(std::uint32_t backend)
{
    thresholds_.erase(backend);
    suppressed_.erase(backend);
}

// One that became slow is due in the first look after that only: those that are not told need not be
// remembered.
bool SlowCalls::due(const Connection& connection, std::uint64_t now_ns)
{
    if (!connection.call.holds_slot())
        return false;
    if (!told_.empty())
        if (const auto told = told_.find({connection.cookie, connection.call.began_ns});
            told != told_.end()) {
            told->second.last_seen_ns = now_ns;
            return false;
        }
    const auto threshold = thresholds_.find(connection.backend);
    if (threshold == thresholds_.end() || threshold->second == 0)
        return false;
    const std::uint64_t slow_ns = connection.call.began_ns + threshold->second;
    return slow_ns <= now_ns && slow_ns > last_look_ns_;
}

void SlowCalls::tell(const Connection& connection, const SlowCall& call, std::uint64_t now_ns)
{
    std::size_t& of_backend = in_period_[connection.backend];
    if (of_backend >= kMostOfBackend || all_in_period_ >= kMostOfAll || told_.size() >= kMostTold) {
        ++suppressed_[connection.backend];
        return;
    }
    ++of_backend;
    ++all_in_period_;
    const std::uint64_t began_ns = connection.call.began_ns;
    const std::uint64_t age_ns = now_ns - std::min(now_ns, began_ns);
    const std::uint64_t slow_ns = thresholds_[connection.backend];
    Ended entry{connection.cookie,  began_ns,       now_ns,
                connection.backend, connection.pid, who(connection, call)};
    Event event;
    event.kind = "slow_call";
    event.seconds = seconds_of(age_ns);
    event.numbers = {{"pid", connection.pid}, {"slow_from_milliseconds", slow_ns / kMillisecond_ns}};
    event.text = entry.who + " lasts" + (connection.call.older ? " at least " : " ") + seconds_text(age_ns) +
                 " so far (" + std::string(to_string(connection.call.state)) + "); slow from " +
                 seconds_text(slow_ns) + " on" +
                 (call.waits_for.empty() ? "" : "; waits for " + call.waits_for);
    happenings_.push_back({connection.backend, std::move(event)});
    told_.emplace(Key{connection.cookie, began_ns}, std::move(entry));
}

std::vector<SlowCalls::Ended> SlowCalls::end_look(std::uint64_t now_ns)
{
    std::vector<Ended> ended;
    for (auto each = told_.begin(); each != told_.end();) {
        if (each->second.last_seen_ns == now_ns) {
            ++each;
            continue;
        }
        ended.push_back(std::move(each->second));
        each = told_.erase(each);
    }
    last_look_ns_ = now_ns;
    if (now_ns >= period_until_ns_) {
        tell_suppressed();
        in_period_.clear();
        all_in_period_ = 0;
        period_until_ns_ = now_ns + std::chrono::nanoseconds(kPeriod).count();
    }
    return ended;
}

void SlowCalls::tell_suppressed()
{
    for (const auto& [backend, count] : suppressed_) {
        Event event;
        event.kind = "slow_call";
        event.numbers = {{"suppressed", count}};
        event.text = std::to_string(count) + (count == 1 ? " more call" : " more calls") +
                     " became slow; at most " + std::to_string(kMostOfBackend) +
                     " of a backend are told in " + std::to_string(kPeriod.count()) + " s";
        happenings_.push_back({backend, std::move(event)});
    }
    suppressed_.clear();
}

void SlowCalls::tell_end(const Ended& ended, std::uint64_t ended_ns)
{
    const bool exact = ended_ns >= ended.began_ns && ended_ns != 0;
    const std::uint64_t lasted_ns = (exact ? ended_ns : ended.last_seen_ns) - ended.began_ns;
    Event event;
    event.kind = "slow_call_ended";
    event.seconds = seconds_of(lasted_ns);
    event.numbers = {{"pid", ended.pid}};
    event.text = ended.who + " ended after " + (exact ? "" : "at least ") + seconds_text(lasted_ns);
    happenings_.push_back({ended.backend, std::move(event)});
}

std::vector<Happening> SlowCalls::take(std::chrono::system_clock::time_point at)
{
    for (Happening& each : happenings_)
        each.event.at = at;
    return std::exchange(happenings_, {});
}

} // namespace slotscope::aggregate
