// SPDX-License-Identifier: MIT
// Limits that nobody gave to the agent.
#include "daemon/agent.h"

#include "base/clock.h"
#include "daemon/learned_limits.h"
#include "limits/merge.h"

#include <algorithm>
#include <spdlog/spdlog.h>

namespace slotscope::daemon {

void Agent::start_discovery()
{
    if (!configuration_.discovery) {
        discovery_.reset();
        discovered_ = {};
    } else if (!discovery_) {
        discovery_ = std::make_unique<Discovery>(
            loop_, [this](Discovered found) { take_discovered(std::move(found)); });
    }
}

std::vector<Limit> Agent::all_limits() const
{
    std::vector<Limit> found = discovered_.limits;
    std::stable_partition(found.begin(), found.end(),
                          [this](const Limit& limit) { // where two have one address
                              return limit.origin.netns == namespaces_.own();
                          });
    return with_learned(limits::merge_limits(configuration_.limits, std::move(found)), learner_.limits());
}

void Agent::take_discovered(Discovered found)
{
    discovered_ = std::move(found);
    put_in_force();
}

void Agent::learn_limits(const std::vector<BackendCounters>& backends, std::uint64_t now_ns)
{
    if (learner_.observe(backends, watch_.scan(), now_ns))
        put_in_force();
}

void Agent::put_in_force()
{
    std::vector<Limit> before;
    for (const LimitView& view : limit_book_.limits())
        before.push_back(view.limit);
    const std::vector<Limit> after = all_limits();
    if (after == before)
        return;
    auto applied = limit_book_.apply(after, local_addresses());
    limit_book_.reconcile(monotonic_ns(), LimitBook::Reconcile::at_once);
    snapshot_.reset();
    if (!applied) {
        spdlog::error("the limits that were found are not (all) in force: {}", applied.error().message);
        return;
    }
    if (applied->regroup)
        regroup();
    tell_changes(limits::changes_between(before, after));
}

void Agent::tell_changes(const std::vector<std::string>& changes)
{
    constexpr std::size_t kMostTold = 20; // one by one
    for (std::size_t index = 0; index < changes.size(); ++index) {
        Event event;
        event.kind = "limits_changed";
        event.at = std::chrono::system_clock::now();
        event.numbers = {{"limits", limit_book_.limits().size()}};
        const bool last = index == kMostTold;
        event.text = last ? "and " + std::to_string(changes.size() - index) + " more: slotscope limits"
                          : changes[index];
        api_->events().publish(event);
        spdlog::info("{}", event.text);
        if (last)
            return;
    }
}

std::vector<NotUnderstood> Agent::not_understood() const
{
    return discovered_.not_understood;
}

} // namespace slotscope::daemon
