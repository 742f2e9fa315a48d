// SPDX-License-Identifier: MIT
#include "daemon/call_names.h"

#include <algorithm>
#include <unordered_map>

namespace slotscope::daemon {
namespace {

std::uint32_t ports(const Address& client, const Address& server)
{
    return (std::uint32_t{client.port} << 16U) | server.port;
}

bool nameless(const Connection& connection, const std::string& name)
{
    return name.empty() && connection.direction == Direction::inbound && connection.call.holds_slot() &&
           connection.call.protocol != Protocol::unknown && connection.call.protocol != Protocol::timing;
}

// A loopback address means something within one network namespace only.
bool ends_of_one(const Connection& client, const Connection& server)
{
    return client.local == server.remote && client.remote == server.local &&
           (client.netns == server.netns || !(server.local.is_loopback() || server.remote.is_loopback()));
}

} // namespace

std::vector<std::string> call_names(BusyConnections& busy, std::span<const Connection> holders,
                                    const CallLabels& label_of)
{
    std::vector<std::string> names;
    names.reserve(holders.size());
    bool some_nameless = false;
    for (const Connection& holder : holders) {
        names.push_back(label_of(holder));
        some_nameless |= nameless(holder, names.back());
    }
    if (!some_nameless)
        return names;
    std::unordered_multimap<std::uint32_t, const Connection*> clients;
    for (const Connection& each : busy.get())
        if (each.direction == Direction::outbound)
            clients.emplace(ports(each.local, each.remote), &each);
    for (std::size_t i = 0; i < holders.size(); ++i) {
        if (!nameless(holders[i], names[i]))
            continue;
        const auto [first, last] = clients.equal_range(ports(holders[i].remote, holders[i].local));
        const auto end = std::find_if(
            first, last, [&](const auto& each) { return ends_of_one(*each.second, holders[i]); });
        if (end != last)
            names[i] = label_of(*end->second);
    }
    return names;
}

} // namespace slotscope::daemon
