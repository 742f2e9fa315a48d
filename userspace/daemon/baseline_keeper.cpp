// SPDX-License-Identifier: MIT
#include "daemon/baseline_keeper.h"

#include "base/growth.h"

#include <spdlog/spdlog.h>

namespace slotscope::daemon {
namespace {

constexpr std::size_t kMinute = 60; // of the recorder's seconds

} // namespace

BaselineKeeper::BaselineKeeper(store::History& history)
    : history_(history)
{
    auto known = history_.baselines();
    if (!known) {
        spdlog::error("what is usual for each backend cannot be read from the history: {}",
                      known.error().message);
        return;
    }
    for (const BackendBaseline& each : *known)
        baselines_[Key(each.backend, each.direction)].baseline = each;
}

void BaselineKeeper::learn(std::span<const Backend> backends, const Recorder& recorder,
                           const std::set<Key>& in_trouble, std::chrono::system_clock::time_point now,
                           std::uint64_t now_ns)
{
    for (const Backend& backend : backends) {
        const Key key(backend.name, backend.counters.direction);
        const auto seconds = recorder.newest(backend.counters.index, kMinute);
        if (seconds.size() < kMinute || in_trouble.contains(key))
            continue;
        const analyze::Unit unit = analyze::unit_of(seconds);
        const analyze::Rates rates = analyze::rates_of(seconds, unit);
        if (rates.limit_hits != 0) // no episode, but not as usual either
            continue;
        if (baselines_.size() >= store::kMostBaselines && !baselines_.contains(key))
            continue;
        Known& known = baselines_[key];
        BackendBaseline& usual = known.baseline;
        usual.backend = backend.name;
        usual.direction = backend.counters.direction;
        analyze::learn(usual, rates, unit, now);
        known.learned_ns = now_ns;
        changed_.insert(key);
    }
}

BackendBaseline BaselineKeeper::dated(const Known& known, std::chrono::system_clock::time_point now,
                                      std::uint64_t now_ns)
{
    BackendBaseline baseline = known.baseline;
    if (known.learned_ns != 0)
        baseline.updated = now - std::chrono::nanoseconds(grown(known.learned_ns, now_ns));
    return baseline;
}

void BaselineKeeper::save(std::chrono::system_clock::time_point now, std::uint64_t now_ns)
{
    std::vector<BackendBaseline> changed;
    for (const Key& key : changed_)
        changed.push_back(dated(baselines_.at(key), now, now_ns));
    if (changed.empty() ||
        !history_.save_baselines(changed, now)) // it is among the history's warnings, and tried again
        return;
    changed_.clear();
}

std::optional<analyze::Baseline> BaselineKeeper::usual(const Backend& backend,
                                                       std::chrono::system_clock::time_point now,
                                                       std::uint64_t now_ns) const
{
    const auto known = baselines_.find(Key(backend.name, backend.counters.direction));
    return known == baselines_.end()
               ? std::nullopt
               : analyze::recalled(dated(known->second, now, now_ns), backend.counters.slots().kind, now);
}

} // namespace slotscope::daemon
