// SPDX-License-Identifier: MIT
#include "aggregate/slot_shares.h"

#include "base/clock.h"

#include <algorithm>
#include <functional>

namespace slotscope::aggregate {
namespace {

template <typename Cell>
void merge(Cell& into, const Cell& more)
{
    into.slot_ns += more.slot_ns;
    into.oldest_ns = std::max(into.oldest_ns, more.oldest_ns);
    into.certain = into.certain && more.certain;
}

} // namespace

std::size_t SlotUserHash::operator()(const SlotUser& user) const
{
    const std::hash<std::string_view> hash;
    std::size_t all = static_cast<std::size_t>(user.protocol);
    for (const std::string* text :
         {&user.process, &user.call, &user.state, &user.waits_for_address, &user.waits_for_call})
        all =
            (all ^ hash(*text)) * 0x9e3779b97f4a7c15ULL; // Fibonacci hashing, see slotscope/abi/connection.h
    return all ^ (all >> 32U);
}

void Look::add(std::uint32_t backend, const SlotUser& user, std::uint64_t age_ns, bool certain,
               std::uint64_t count)
{
    Seen& seen = backends_[backend][user];
    seen.count += count;
    seen.oldest_ns = std::max(seen.oldest_ns, age_ns);
    seen.certain = seen.certain && certain;
}

// Where there is no room, the least of the backend goes to `other`, so that the largest stay whatever came
// first.
void SlotShares::add_to(Slice& slice, Part& part, const SlotUser& user, const Cell& more)
{
    if (const auto known = part.users.find(user); known != part.users.end()) {
        merge(known->second, more);
        return;
    }
    if (part.users.size() >= kMostUsers || slice.users >= kMostInSlice) {
        const auto least =
            std::min_element(part.users.begin(), part.users.end(), [](const auto& a, const auto& b) {
                return a.second.slot_ns < b.second.slot_ns;
            });
        if (least == part.users.end() || least->second.slot_ns >= more.slot_ns) {
            part.other_ns += more.slot_ns;
            return;
        }
        part.other_ns += least->second.slot_ns;
        part.users.erase(least);
        --slice.users;
    }
    part.users.emplace(user, more);
    ++slice.users;
}

void SlotShares::add(const Look& look, std::uint64_t elapsed_ns)
{
    Slice& slice = slices_.back();
    slice.sampled_ns += elapsed_ns;
    ++slice.looks;
    for (const auto& [backend, users] : look.backends()) {
        Part& part = slice.parts[backend];
        for (const auto& [user, seen] : users)
            add_to(slice, part, user, {seen.count * elapsed_ns, seen.oldest_ns, seen.certain});
    }
}

void SlotShares::roll()
{
    slices_.emplace_back();
    if (slices_.size() > kSlices)
        slices_.pop_front();
}

std::size_t SlotShares::first_of(std::size_t slices) const
{
    return slices_.size() - std::min(slices, slices_.size());
}

std::uint64_t SlotShares::looks(std::size_t slices) const
{
    std::uint64_t looks = 0;
    for (std::size_t i = first_of(slices); i < slices_.size(); ++i)
        looks += slices_[i].looks;
    return looks;
}

SlotShares::Shares SlotShares::shares(std::uint32_t backend, std::size_t slices, std::size_t most) const
{
    std::unordered_map<SlotUser, Cell, SlotUserHash> users;
    std::uint64_t sampled_ns = 0;
    std::uint64_t other_ns = 0;
    std::uint64_t total_ns = 0;
    for (std::size_t i = first_of(slices); i < slices_.size(); ++i) {
        sampled_ns += slices_[i].sampled_ns;
        const auto part = slices_[i].parts.find(backend);
        if (part == slices_[i].parts.end())
            continue;
        other_ns += part->second.other_ns;
        for (const auto& [user, cell] : part->second.users) {
            merge(users[user], cell);
            total_ns += cell.slot_ns;
        }
    }
    total_ns += other_ns;
    Shares result{seconds_of(sampled_ns), seconds_of(total_ns), seconds_of(other_ns), {}};
    for (auto& [user, cell] : users)
        result.shares.push_back(
            {user, seconds_of(cell.slot_ns),
             static_cast<double>(cell.slot_ns) / static_cast<double>(std::max<std::uint64_t>(total_ns, 1)),
             seconds_of(cell.oldest_ns), cell.certain});
    std::sort(result.shares.begin(), result.shares.end(), [](const SlotShare& a, const SlotShare& b) {
        return a.slot_seconds != b.slot_seconds ? a.slot_seconds > b.slot_seconds
                                                : a.oldest_seconds > b.oldest_seconds;
    });
    for (std::size_t i = most; i < result.shares.size(); ++i)
        result.other_slot_seconds += result.shares[i].slot_seconds;
    result.shares.resize(std::min(most, result.shares.size()));
    return result;
}

void SlotShares::forget(std::uint32_t backend)
{
    for (Slice& slice : slices_)
        if (const auto part = slice.parts.find(backend); part != slice.parts.end()) {
            slice.users -= part->second.users.size();
            slice.parts.erase(part);
        }
}

} // namespace slotscope::aggregate
