// SPDX-License-Identifier: MIT
#include "aggregate/recording.h"

#include "base/clock.h"

#include <algorithm>

namespace slotscope::aggregate {

bool Recording::lasts(std::uint64_t now_ns) const
{
    constexpr std::uint64_t kKept_ns = std::chrono::nanoseconds(kKept).count();
    return began_ns_ != 0 && now_ns < asked_ns_ + kKept_ns;
}

bool Recording::ask(std::uint64_t now_ns)
{
    const bool begins = !lasts(now_ns);
    if (begins) {
        *this = {};
        began_ns_ = now_ns;
    }
    asked_ns_ = now_ns;
    return begins;
}

double Recording::seconds() const
{
    return seconds_of(last_ns_ - first_ns_);
}

// A record that is new, or has gone to another backend, has counted all that it has since the last look. One
// that counts something else since then (its limit has become known) begins with this look.
void Recording::count(std::span<const BackendCounters> backends)
{
    for (const BackendCounters& counters : backends) {
        const SlotUse slots = counters.slots();
        const auto known = counted_.find(counters.index);
        const bool same = known != counted_.end() && known->second.created_ns == counters.created_ns;
        const bool comparable = same ? known->second.kind == slots.kind : counters.created_ns >= first_ns_;
        const std::uint64_t before_ns = same ? known->second.slot_ns : 0;
        if (looks_ != 0 && comparable && slots.slot_ns > before_ns)
            parts_[counters.index].counted_ns += slots.slot_ns - before_ns;
        counted_[counters.index] = {counters.created_ns, slots.kind, slots.slot_ns};
    }
}

void Recording::add_sampled(const Look& look, std::uint64_t elapsed_ns)
{
    for (const auto& [backend, users] : look.backends()) {
        Part& part = parts_[backend];
        for (const auto& [user, seen] : users) {
            const std::uint64_t more_ns = seen.count * elapsed_ns;
            auto known = part.users.find(user);
            if (known == part.users.end() && users_ < kMostUsers) {
                known = part.users.emplace(user, Sum{}).first;
                ++users_;
            }
            if (known == part.users.end()) {
                part.other_ns += more_ns;
                continue;
            }
            known->second.slot_ns += more_ns;
            known->second.certain &= seen.certain;
        }
    }
}

// The first look stands for a time before the recording: it is only what the next is compared with.
void Recording::add(const Look& look, std::span<const BackendCounters> backends, std::uint64_t elapsed_ns,
                    std::uint64_t now_ns)
{
    if (!lasts(now_ns)) {
        *this = {};
        return;
    }
    if (first_ns_ == 0) {
        first_ns_ = last_ns_ = now_ns;
        count(backends);
        return;
    }
    ++looks_;
    last_ns_ = now_ns;
    add_sampled(look, elapsed_ns);
    count(backends);
}

void Recording::forget(std::uint32_t backend)
{
    counted_.erase(backend);
    counted_.erase(
        kOtherBackend); // it got all that the other ever counted: compared anew from the next look on
    const auto known = parts_.find(backend);
    if (known == parts_.end() || backend == kOtherBackend)
        return;
    const Part gone = std::move(known->second);
    parts_.erase(known);
    users_ -= gone.users.size();
    Part& other = parts_[kOtherBackend];
    other.counted_ns += gone.counted_ns;
    other.other_ns += gone.other_ns;
    for (const auto& [user, sum] : gone.users)
        other.other_ns += sum.slot_ns;
}

std::map<std::uint32_t, RecordedBackend> Recording::backends() const
{
    std::map<std::uint32_t, RecordedBackend> all;
    for (const auto& [index, part] : parts_) {
        RecordedBackend& backend = all[index];
        backend.slot_seconds = seconds_of(part.counted_ns);
        backend.other_slot_seconds = seconds_of(part.other_ns);
        std::uint64_t sampled_ns = part.other_ns;
        for (const auto& [user, sum] : part.users) {
            sampled_ns += sum.slot_ns;
            backend.users.push_back({user, seconds_of(sum.slot_ns), sum.certain});
        }
        backend.sampled_slot_seconds = seconds_of(sampled_ns);
        std::sort(
            backend.users.begin(), backend.users.end(),
            [](const RecordedUser& a, const RecordedUser& b) { return a.slot_seconds > b.slot_seconds; });
    }
    return all;
}

} // namespace slotscope::aggregate
