// SPDX-License-Identifier: MIT
#include "aggregate/backends.h"

#include "base/clock.h"
#include "model/histogram.h"

#include <algorithm>

namespace slotscope::aggregate {
namespace {

std::optional<HoldTimes> hold_times(const BackendCounters& counters)
{
    const SlotUse slots = counters.slots();
    const auto mean = mean_ns(*slots.held);
    if (!mean)
        return std::nullopt;
    // Interpolation inside a bucket may point past the longest hold that there really was.
    const auto longest = static_cast<double>(slots.longest_ns);
    const auto quantile = [&](double q) {
        return std::min(quantile_ns(*slots.held, q).value_or(0), longest) / kNanoseconds;
    };
    return HoldTimes{*mean / kNanoseconds, quantile(0.5), quantile(0.9), quantile(0.99),
                     longest / kNanoseconds};
}

Backend make_backend(BackendCounters counters, const Surroundings& around, const Activity& activity,
                     BackendNames& names)
{
    Backend backend;
    const Limit* limit = nullptr;
    if (counters.group != 0 && counters.group <= around.limits.size())
        limit = &around.limits[counters.group - 1].limit;
    const bool other = counters.index == kOtherBackend;
    backend.address = other ? "other" : to_string(counters.address);
    if (limit && limit->addresses.size() > 1)
        for (const Endpoint& member : limit->addresses)
            backend.members.push_back(to_string(member));
    std::string netns;
    if (counters.netns != 0 && counters.netns != around.own_netns)
        netns = around.netns_name(counters.netns);
    backend.netns = netns;
    backend.name = names.name(counters, limit ? limit->name : backend.address, netns);
    if (limit && counters.slots().limit != 0)
        backend.limit_source = limit->source;
    backend.arrivals_per_second = activity.arrivals_per_second(counters, around.now_ns);
    backend.hold = hold_times(counters);
    backend.counters = std::move(counters);
    return backend;
}

double fullness(const Backend& backend)
{
    const SlotUse slots = backend.counters.slots();
    if (slots.limit == 0)
        return -1;
    return static_cast<double>(slots.in_use) / static_cast<double>(slots.limit);
}

bool before(const Backend& a, const Backend& b)
{
    const double full_a = fullness(a);
    const double full_b = fullness(b);
    if (full_a != full_b)
        return full_a > full_b;
    if (a.counters.slots().in_use != b.counters.slots().in_use)
        return a.counters.slots().in_use > b.counters.slots().in_use;
    return a.name != b.name ? a.name < b.name : a.counters.direction < b.counters.direction;
}

} // namespace

std::vector<Backend> make_backends(std::vector<BackendCounters> counters, const Surroundings& surroundings,
                                   const Activity& activity, BackendNames& names)
{
    std::vector<Backend> backends;
    backends.reserve(counters.size());
    for (BackendCounters& each : counters)
        if (each.index != kOtherBackend || each.opened != 0)
            backends.push_back(make_backend(std::move(each), surroundings, activity, names));
    std::sort(backends.begin(), backends.end(), before);
    return backends;
}

} // namespace slotscope::aggregate
