// SPDX-License-Identifier: MIT
#include "aggregate/holder_totals.h"

#include "base/clock.h"
#include "model/backend.h"

#include <algorithm>
#include <set>

namespace slotscope::aggregate {
namespace {

constexpr const char* kOther = "other";

} // namespace

// In parentheses: no label of a call looks like that.
HolderTotals::Key HolderTotals::key_of(const SlotUser& user)
{
    std::string call = user.call;
    if (call.empty())
        call = "(" +
               (user.protocol == Protocol::unknown ? user.state : std::string(to_string(user.protocol))) +
               ")";
    return {user.process.empty() ? "(unknown)" : user.process, std::move(call)};
}

void HolderTotals::add(const Look& look, std::uint64_t elapsed_ns)
{
    for (const auto& [backend, users] : look.backends()) {
        Totals& totals = backends_[backend];
        for (const auto& [user, seen] : users) {
            const std::uint64_t more_ns = seen.count * elapsed_ns;
            const Key key = key_of(user);
            if (const auto known = totals.by_key.find(key); known != totals.by_key.end()) {
                known->second += more_ns;
            } else if (totals.by_key.size() < kMostOfBackend && keys_ < kMost) {
                totals.by_key.emplace(key, more_ns);
                ++keys_;
            } else {
                totals.other_ns += more_ns;
            }
        }
    }
}

void HolderTotals::keep_largest(std::uint32_t backend, const std::vector<SlotShare>& shares)
{
    const auto known = backends_.find(backend);
    if (known == backends_.end() || known->second.by_key.size() < kMostOfBackend)
        return; // there is room
    Totals& totals = known->second;
    std::map<Key, double> sums;
    for (const SlotShare& share : shares)
        sums[key_of(share.user)] += share.slot_seconds;
    std::vector<std::pair<double, Key>> ranked;
    for (const auto& [key, sum] : sums)
        ranked.emplace_back(sum, key);
    std::sort(ranked.rbegin(), ranked.rend());
    ranked.resize(std::min(ranked.size(), kMostOfBackend));
    std::set<Key> largest;
    std::size_t wanted = 0; // that are not there yet
    for (const auto& [sum, key] : ranked) {
        largest.insert(key);
        wanted += totals.by_key.contains(key) ? 0 : 1;
    }
    for (auto each = totals.by_key.begin(); wanted > 0 && each != totals.by_key.end();) {
        if (largest.contains(each->first)) {
            ++each;
            continue;
        }
        totals.other_ns += each->second;
        each = totals.by_key.erase(each);
        --keys_;
        --wanted;
    }
}

std::vector<std::uint32_t> HolderTotals::full() const
{
    std::vector<std::uint32_t> full;
    for (const auto& [backend, totals] : backends_)
        if (totals.by_key.size() >= kMostOfBackend && totals.other_ns != 0)
            full.push_back(backend);
    return full;
}

void HolderTotals::forget(std::uint32_t backend)
{
    const auto known = backends_.find(backend);
    if (known == backends_.end() || backend == kOtherBackend)
        return;
    std::uint64_t all_ns = known->second.other_ns;
    for (const auto& [key, ns] : known->second.by_key)
        all_ns += ns;
    keys_ -= known->second.by_key.size();
    backends_.erase(known);
    backends_[kOtherBackend].other_ns += all_ns;
}

std::vector<HolderTotals::Total> HolderTotals::totals() const
{
    std::vector<Total> all;
    for (const auto& [backend, totals] : backends_) {
        for (const auto& [key, ns] : totals.by_key)
            all.push_back({backend, key.first, key.second, seconds_of(ns)});
        if (totals.other_ns != 0)
            all.push_back({backend, kOther, kOther, seconds_of(totals.other_ns)});
    }
    return all;
}

} // namespace slotscope::aggregate
