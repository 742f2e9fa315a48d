// SPDX-License-Identifier: MIT
#include "daemon/limit_book.h"

#include "model/unix_path.h"

#include <algorithm>
#include <cstring>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <set>
#include <tuple>

namespace slotscope::daemon {
namespace {

// Why a limit does not hold, for people; empty: it does.
std::string note_of(const Limit& limit, bool follows_unix)
{
    if (!limit.set_aside.empty())
        return limit.set_aside;
    const auto on_unix = [](const Endpoint& endpoint) { return endpoint.is_unix(); };
    if (!follows_unix && std::all_of(limit.addresses.begin(), limit.addresses.end(), on_unix))
        return "Unix sockets are not followed on this kernel: not in force";
    if (!follows_unix && std::any_of(limit.addresses.begin(), limit.addresses.end(), on_unix))
        return "its Unix sockets are not followed on this kernel: only its TCP addresses are counted";
    return "";
}

bool in_force(const Limit& limit, bool follows_unix)
{
    return limit.set_aside.empty() &&
           (follows_unix || !std::all_of(limit.addresses.begin(), limit.addresses.end(),
                                         [](const Endpoint& endpoint) { return endpoint.is_unix(); }));
}

bool is_local(const Address& address, const std::vector<Address>& local)
{
    return address.is_loopback() ||
           std::any_of(local.begin(), local.end(), [&](const Address& own) { return own.ip == address.ip; });
}

Address wildcard(const Address& like, bool v4)
{
    Address address;
    address.port = like.port;
    if (v4)
        address.ip[10] = address.ip[11] = 0xff;
    return address;
}

ss_member_key to_key(const std::tuple<std::array<std::uint8_t, 16>, std::uint16_t, std::uint8_t>& from)
{
    ss_member_key key{};
    std::copy(std::get<0>(from).begin(), std::get<0>(from).end(), std::begin(key.ip));
    key.port = std::get<1>(from);
    key.direction = std::get<2>(from);
    return key;
}

bool same_member(const ss_member& a, const ss_member& b)
{
    return std::memcmp(&a, &b, sizeof(a)) == 0;
}

// A limit counts calls or connections, never both.
void set_limit(ss_backend& record, const ss_member& member)
{
    __atomic_store_n(&record.limit, member.counts_calls ? 0 : member.slots, __ATOMIC_RELEASE);
    __atomic_store_n(&record.calls_limit, member.counts_calls ? member.slots : 0, __ATOMIC_RELEASE);
}

} // namespace

std::vector<Address> local_addresses()
{
    std::vector<Address> addresses;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0)
        return addresses;
    for (const ifaddrs* each = list; each; each = each->ifa_next) {
        Address address;
        if (each->ifa_addr && each->ifa_addr->sa_family == AF_INET) {
            address.ip[10] = address.ip[11] = 0xff;
            std::memcpy(address.ip.data() + 12, &reinterpret_cast<sockaddr_in*>(each->ifa_addr)->sin_addr, 4);
        } else if (each->ifa_addr && each->ifa_addr->sa_family == AF_INET6) {
            std::memcpy(address.ip.data(), &reinterpret_cast<sockaddr_in6*>(each->ifa_addr)->sin6_addr, 16);
        } else {
            continue;
        }
        addresses.push_back(address);
    }
    ::freeifaddrs(list);
    return addresses;
}

// A limit keeps its number while it names the same addresses: then the records that carry the number stay
// right. Its name is no part of that: of two products that would have the same one the second is called after
// its namespace as well, and no more so when the first has gone.
std::vector<LimitBook::Entry> LimitBook::number(const std::vector<Limit>& limits)
{
    const auto place_of = [](const Entry& entry) {
        return std::tuple(entry.limit.addresses, entry.limit.direction, entry.in_force,
                          entry.limit.origin.netns);
    };
    std::multimap<decltype(place_of(Entry())), const Entry*> before;
    for (const Entry& entry : entries_)
        before.emplace(place_of(entry), &entry);
    std::vector<Entry> entries;
    for (std::size_t position = 0; position < limits.size(); ++position) {
        const Limit& limit = limits[position];
        Entry entry{limit, 0, false, slotscope::daemon::in_force(limit, session_.follows_unix()), position};
        entry.joint = limit.addresses.size() > 1;
        const auto [first, end] = before.equal_range(place_of(entry));
        const auto same =
            std::find_if(first, end, [&](const auto& each) { return each.second->limit.name == limit.name; });
        if (same != end) {
            entry.number = same->second->number;
            before.erase(same);
        }
        entries.push_back(std::move(entry));
    }
    for (Entry& entry : entries) {
        if (entry.number != 0)
            continue;
        const auto same = before.find(place_of(entry));
        entry.number = same != before.end() ? same->second->number : next_number_++;
        if (same != before.end())
            before.erase(same);
    }
    return entries;
}

std::map<LimitBook::MemberKey, ss_member> LimitBook::members_of(const std::vector<Entry>& entries,
                                                                const std::vector<Address>& local) const
{
    std::map<MemberKey, ss_member> members;
    std::map<MemberKey, ss_member> wildcards; // what is written on an address holds before these
    for (const Entry& entry : entries) {
        if (!entry.limit.set_aside.empty())
            continue;
        ss_member member{};
        member.group = entry.number;
        member.slots = entry.in_force ? entry.limit.slots : 0; // not in force: it still gives the name
        member.joint = entry.joint;
        member.counts_calls = entry.limit.kind == SlotKind::calls;
        for (const Endpoint& endpoint : entry.limit.addresses)
            member.per_namespace |= !endpoint.is_unix() && endpoint.tcp.is_loopback();
        for (const Endpoint& endpoint : entry.limit.addresses) {
            const Address at = address_of(endpoint);
            if (entry.limit.direction != Direction::inbound)
                members[{at.ip, at.port, SS_OUTBOUND}] = member;
            if (entry.limit.direction == Direction::outbound)
                continue;
            ss_member inbound = member;
            inbound.per_namespace = 1;
            members[{at.ip, at.port, SS_INBOUND}] = inbound;
            if (is_unix(at) || !is_local(at, local))
                continue;
            for (const bool v4 : {true, false})
                if (at.is_ipv4() || !v4)
                    wildcards.insert({{wildcard(at, v4).ip, at.port, SS_INBOUND}, inbound});
        }
    }
    members.insert(wildcards.begin(), wildcards.end());
    return members;
}

// Notes each step: what a failure leaves in the kernel is known, and taken back the next time.
Result<void> LimitBook::store(const std::map<MemberKey, ss_member>& members)
{
    for (auto old = stored_.begin(); old != stored_.end();) {
        if (members.contains(old->first)) {
            ++old;
            continue;
        }
        if (auto result = session_.remove_member(to_key(old->first)); !result)
            return result;
        old = stored_.erase(old);
    }
    for (const auto& [key, member] : members) {
        const auto old = stored_.find(key);
        if (old != stored_.end() && same_member(old->second, member))
            continue;
        if (auto result = session_.set_member(to_key(key), member); !result)
            return result;
        stored_.insert_or_assign(key, member);
    }
    return {};
}

// Gives the records that exist their new limits. A record whose addresses are put together differently now
// loses its keys: the next connection (and the walk that regroups) makes the right one.
Result<bool> LimitBook::reassign(const std::map<MemberKey, ss_member>& members,
                                 const std::vector<Entry>& entries)
{
    std::set<std::uint32_t> joint_now;
    for (const Entry& entry : entries)
        if (entry.joint)
            joint_now.insert(entry.number);
    std::set<std::uint32_t> joint_before;
    for (const Entry& entry : entries_)
        if (entry.joint)
            joint_before.insert(entry.number);

    auto keys = session_.backend_index();
    if (!keys)
        return keys.error();
    bool regroup = false;
    for (const auto& [key, index] : *keys) {
        ss_backend& record = session_.backends()[index];
        const bool was_joint = joint_before.contains(record.group);
        if (key.direction & SS_KEY_GROUP) {
            if (joint_now.contains(record.group))
                continue; // its addresses below carry the limit
        } else {
            MemberKey member_key{{}, key.port, key.direction};
            std::copy(std::begin(key.ip), std::end(key.ip), std::get<0>(member_key).begin());
            const auto member = members.find(member_key);
            const bool is_joint = member != members.end() && member->second.joint;
            const std::uint32_t group = member != members.end() ? member->second.group : 0;
            if (was_joint == is_joint && (!is_joint || group == record.group)) {
                record.group = group;
                set_limit(record, group ? member->second : ss_member{});
                continue;
            }
        }
        if (auto result = session_.remove_backend_key(key); !result)
            return result.error();
        regroup = true;
    }
    for (ss_backend& record : session_.backends()) // joint ones that are no more
        if (joint_before.contains(record.group) && !joint_now.contains(record.group)) {
            record.group = 0;
            set_limit(record, ss_member{});
        }
    return regroup;
}

std::uint64_t LimitBook::changes_between(const std::vector<Entry>& before, const std::vector<Entry>& after)
{
    std::map<std::uint32_t, const Entry*> old;
    for (const Entry& entry : before)
        old.emplace(entry.number, &entry);
    std::uint64_t changed = 0;
    for (const Entry& entry : after) {
        const auto was = old.find(entry.number);
        changed += was == old.end() || was->second->limit.slots != entry.limit.slots ||
                   was->second->limit.kind != entry.limit.kind;
        if (was != old.end())
            old.erase(was);
    }
    return changed + old.size(); // those that are gone
}

Result<LimitBook::Applied> LimitBook::apply(const std::vector<Limit>& limits,
                                            const std::vector<Address>& local)
{
    std::vector<Entry> entries = number(limits);
    const auto members = members_of(entries, local);
    if (auto result = store(members); !result)
        return result.error();
    auto regroup = reassign(members, entries);
    if (!regroup)
        return regroup.error();

    const Applied applied{*regroup, changes_between(entries_, entries)};
    entries_ = std::move(entries);
    views_.clear();
    positions_.clear();
    for (const Entry& entry : entries_) {
        views_.push_back({entry.limit, note_of(entry.limit, session_.follows_unix())});
        positions_[entry.number] = static_cast<std::uint32_t>(entry.position) + 1;
    }
    return applied;
}

std::uint32_t LimitBook::position(std::uint32_t group) const
{
    const auto known = positions_.find(group);
    return known == positions_.end() ? 0 : known->second;
}

} // namespace slotscope::daemon
