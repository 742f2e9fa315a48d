// SPDX-License-Identifier: MIT
#include "daemon/waiting.h"

#include "aggregate/chain.h"
#include "decode/connection.h"

#include <algorithm>

namespace slotscope::daemon {
namespace {

NextHop kept(const aggregate::Hop& hop, const CallLabels& label_of)
{
    NextHop next;
    next.backend = hop.call->backend;
    next.address = hop.call->remote;
    next.since_ns = aggregate::waiting_since_ns(*hop.call);
    next.pid = hop.pid;
    next.tid = hop.tid;
    next.certain = hop.certain;
    next.label = label_of(*hop.call);
    return next;
}

} // namespace

const std::vector<Connection>& BusyConnections::get()
{
    if (!read_)
        read_ = decode::read_busy_connections(table_, since_ns_);
    return *read_;
}

std::vector<std::optional<NextHop>> next_hops(BusyConnections& busy, std::span<const Connection> holders,
                                              std::optional<std::uint64_t> at_ns, const CallLabels& label_of)
{
    std::vector<std::optional<NextHop>> hops(holders.size());
    // Where no call has ever begun, there is no chain: a table of idle connections is not looked through
    // again.
    if (std::none_of(holders.begin(), holders.end(),
                     [](const Connection& holder) { return holder.call.began_ns != 0; }))
        return hops;
    const aggregate::Chain chain(busy.get(), at_ns);
    for (std::size_t i = 0; i < holders.size(); ++i)
        if (const auto hop = chain.next(holders[i]))
            hops[i] = kept(*hop, label_of);
    return hops;
}

} // namespace slotscope::daemon
