// SPDX-License-Identifier: MIT
// What those who serve are seen to do, and how they ask what is behind them.
#include "base/clock.h"
#include "daemon/episode_common.h"
#include "daemon/episodes.h"

namespace slotscope::daemon {
namespace {

using analyze::Second;

constexpr std::uint64_t kFewestHopSamples = 2;
constexpr std::uint64_t kHopSamplesOfOne = 6;

// By what was held and how many ended, so that those count which have not ended yet.
std::optional<double> times_as_long(const analyze::Rates& before, const analyze::Rates& during)
{
    const auto each = [](const analyze::Rates& rates) {
        return rates.in_use * rates.seconds /
               static_cast<double>(std::max<std::uint64_t>(1, rates.completions));
    };
    if (before.completions < analyze::kFewestForBaseline || during.seconds < 1 || each(before) <= 0)
        return std::nullopt;
    return each(during) / each(before);
}

} // namespace

void EpisodeWatch::set_next_hop(analyze::Evidence& e, const Watched& watched) const
{
    e.threads = watched.threads;
    e.lock_queue = watched.lock_queue.mean();
    e.stopped_seconds = watched.stopped_seconds;
    e.locks = watched.locks;
    e.forgotten = watched.forgotten;
    e.idle_client = watched.idle_client;
    e.throttled = watched.quotas.most("those who serve");
    e.holders_throttled = watched.holder_quotas.most("those who hold them");
    if (watched.threads_seen != 0)
        e.disk_share =
            static_cast<double>(watched.threads_on_disk) / static_cast<double>(watched.threads_seen);
    const analyze::HopTally& hop = watched.next_hop;
    if (!hop.asks())
        return;
    const analyze::NextHop seen = hop.mean();
    // About one at a time while many wait: a few looks more, to tell it from chance.
    const bool like_one =
        seen.concurrency > 0.5 && seen.concurrency < 2.5 && e.tally.mean_holders() > 2.5 * seen.concurrency;
    e.next_hop_open = hop.samples() < (like_one ? kHopSamplesOfOne : kFewestHopSamples);
    if (e.next_hop_open)
        return;
    e.next_hop = seen;
    e.next_hop_throttled = watched.next_hop_quotas.most("those who serve " + seen.address);
    const std::vector<Second> all = recorder_.seconds(hop.record());
    const auto before = between(all, watched.usual_from, watched.onset);
    if (before.empty())
        return;
    const analyze::Rates usual = analyze::rates_of(before, analyze::Unit::calls);
    e.next_hop->usual = usual.in_use;
    const auto during = between(all, trouble_begin(watched), trouble_end(watched));
    e.next_hop->slower = times_as_long(usual, analyze::rates_of(during, analyze::Unit::calls));
}

void EpisodeWatch::set_connecting(analyze::Evidence& e) const
{
    const auto dependency = e.tally.dependency();
    if (!dependency)
        return;
    for (const auto& [record, address] : scan_.addresses)
        if (const analyze::Standing* const hop = scan_.of(record);
            hop && hop->connecting != 0 && to_string(address) == dependency->address) {
            e.dependency_connecting = hop->connecting;
            e.oldest_dependency_connecting_seconds = seconds_of(hop->oldest_connecting_ns);
        }
}

} // namespace slotscope::daemon
