// SPDX-License-Identifier: MIT
#include "daemon/baseline_keeper.h"

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
    for (BackendBaseline& each : *known)
        baselines_.emplace(Key(each.backend, each.direction), std::move(each));
}

void BaselineKeeper::learn(std::span<const Backend> backends, const Recorder& recorder,
                           const std::set<Key>& in_trouble, std::chrono::system_clock::time_point now)
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
        BackendBaseline& usual = baselines_[key];
        usual.backend = backend.name;
        usual.direction = backend.counters.direction;
        analyze::learn(usual, rates, unit, now);
        changed_.insert(key);
    }
}

void BaselineKeeper::save(std::chrono::system_clock::time_point now)
{
    std::vector<BackendBaseline> changed;
    for (const Key& key : changed_)
        changed.push_back(baselines_.at(key));
    if (changed.empty() ||
        !history_.save_baselines(changed, now)) // it is among the history's warnings, and tried again
        return;
    changed_.clear();
}

std::optional<analyze::Baseline> BaselineKeeper::usual(const Backend& backend,
                                                       std::chrono::system_clock::time_point now) const
{
    const auto known = baselines_.find(Key(backend.name, backend.counters.direction));
    return known == baselines_.end() ? std::nullopt : analyze::recalled(known->second, now);
}

} // namespace slotscope::daemon
