// SPDX-License-Identifier: MIT
#include "aggregate/sample_pace.h"

#include "base/clock.h"

#include <algorithm>

namespace slotscope::aggregate {
namespace {

constexpr std::uint64_t kPeriod_ns = 900'000'000;
constexpr std::uint32_t kStep = 4;          // where too many come before anybody has looked
constexpr std::uint64_t kFewAmongAll = 500; // of a backend, where all of them are too many

} // namespace

// How many a second each backend may have told: the most by which all of them together keep within bounds.
double SamplePace::share_of_each() const
{
    double share = kMostOfBackend;
    for (; share > 1; share /= 2) {
        double all = 0;
        for (const auto& [index, backend] : backends_)
            all += std::min(backend.per_second, share);
        if (all <= static_cast<double>(kMostOfAll))
            break;
    }
    return share;
}

std::vector<SamplePace::Change> SamplePace::adapt(std::span<const BackendCounters> backends,
                                                  std::uint64_t now_ns)
{
    std::vector<Change> changes;
    if (now_ns - last_ns_ < kPeriod_ns)
        return changes;
    const bool first = last_ns_ == 0;
    const double seconds = seconds_of(now_ns - last_ns_);
    for (const BackendCounters& counters : backends) {
        const std::uint64_t finished = counters.calls.finished();
        if (finished == 0)
            continue;
        Backend& backend = backends_[counters.index];
        if (backend.created_ns != counters.created_ns)
            backend = {counters.created_ns, 0, 0, 0, backend.every};
        backend.per_second =
            first ? 0 : static_cast<double>(finished - std::min(finished, backend.finished)) / seconds;
        backend.finished = finished;
        backend.told = 0;
    }
    last_ns_ = now_ns;
    told_ = 0;
    const double share = share_of_each();
    for (auto& [index, backend] : backends_) {
        std::uint32_t every = 1;
        while (backend.per_second > share * every && every < kMostEvery)
            every *= 2;
        if (every < backend.every)
            every = backend.every / 2; // a pause of a second is no reason to be told of all that follow it
        if (every != backend.every)
            changes.push_back({index, every});
        backend.every = every;
    }
    return changes;
}

std::optional<std::uint32_t> SamplePace::told(std::uint32_t index)
{
    Backend& backend = backends_[index];
    ++told_;
    const std::uint64_t most = told_ > 2 * kMostOfAll ? kFewAmongAll : 2 * kMostOfBackend;
    if (++backend.told < most || backend.every >= kMostEvery)
        return std::nullopt;
    backend.told = 0;
    backend.every *= kStep;
    return backend.every;
}

} // namespace slotscope::aggregate
