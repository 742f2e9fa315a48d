// SPDX-License-Identifier: MIT
// Limits that nobody gave to the agent.
#include "daemon/agent.h"

#include "base/clock.h"
#include "daemon/learned_limits.h"
#include "limits/merge.h"

#include <algorithm>
#include <map>
#include <spdlog/spdlog.h>

namespace slotscope::daemon {
namespace {

constexpr std::size_t kMostMembers = kernel::TableSizes().members; // no configuration changes it

std::vector<Limit> limits_of(const LimitBook& book)
{
    std::vector<Limit> limits;
    for (const LimitView& view : book.limits())
        limits.push_back(view.limit);
    return limits;
}

} // namespace

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
    std::vector<Limit> all =
        with_learned(limits::merge_limits(configuration_.limits, std::move(found), limits_of(limit_book_)),
                     learner_.limits());
    limits::set_aside_beyond(kMostMembers, all);
    return all;
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
    const std::vector<Limit> before = limits_of(limit_book_);
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

// Which of its generations holds how many slots is counted where several run only: it takes a look through
// the table of connections.
std::vector<LimitView> Agent::limits() const
{
    std::vector<LimitView> views = limit_book_.limits();
    std::vector<std::map<std::uint32_t, std::uint64_t>> held(views.size()); // by pid
    const auto overlaps = [](const LimitView& view) { return !view.limit.origin.generations.empty(); };
    if (std::none_of(views.begin(), views.end(), overlaps))
        return views;
    const std::span<ss_backend> records = session_->backends();
    for_each_holder([&](const Connection& each) {
        if (each.backend >= records.size())
            return;
        const std::uint32_t position =
            limit_book_.position(__atomic_load_n(&records[each.backend].group, __ATOMIC_RELAXED));
        if (position == 0)
            return;
        const bool calls = views[position - 1].limit.kind == SlotKind::calls;
        held[position - 1][each.pid] += calls ? each.call.in_flight() : each.holds_slot;
    });
    for (std::size_t index = 0; index < views.size(); ++index)
        for (Generation& generation : views[index].limit.origin.generations)
            for (const std::uint32_t pid : generation.pids)
                generation.in_use += held[index][pid];
    return views;
}

std::vector<NotUnderstood> Agent::not_understood() const
{
    return discovered_.not_understood;
}

} // namespace slotscope::daemon
