// SPDX-License-Identifier: MIT
// What the server of a call waits on, where it runs on this host: client -> proxy -> worker -> query, hop by
// hop.
#pragma once

#include "model/holder.h"

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace slotscope::aggregate {

// The next hop: a call that the server of another one has made for it.
struct Hop {
    const Connection* call = nullptr; // outbound; of the chain, lives as long as it. May have just begun
    std::uint32_t pid = 0;            // that serves the call that was asked about, and makes this one
    std::uint32_t tid = 0;            // likewise
    bool certain = true;              // WaitsFor::certain
};

// Since when what it is asked for keeps it waiting, CLOCK_MONOTONIC: its call's begin, or that of its
// connecting, where its server has not said a word yet.
std::uint64_t waiting_since_ns(const Connection& outbound);

// A moment's calls, linked. The other end of an outbound connection is the inbound one with the same two
// addresses the other way round; loopback addresses mean something within one network namespace only. The
// process that has that end works on the call, and of its own outbound calls that began since then:
//  - where each of its threads serves one call at most, the thread's calls are that call's, for certain; so
//  are all
//    calls of a process that serves one call;
//  - else (an event loop, or calls handed from thread to thread) an outbound call is taken to be that of the
//  inbound
//    call that began last before it and has none yet, as a proxy makes them. Each outbound call is given to
//    one inbound call only, so that the shares are right even where a link is not; `certain` is false.
// A call is never the hop of its own other end, whichever of them is said to have begun first.
// The one that has lasted longest is the hop. Addresses that are translated on the way (NAT) cannot be
// linked.
class Chain {
  public:
    // Takes what is busy of `connections`, whatever else is among them. at_ns: as of that moment
    // (CLOCK_MONOTONIC), with calls that have ended since; absent: as they stand.
    explicit Chain(const std::vector<Connection>& connections,
                   std::optional<std::uint64_t> at_ns = std::nullopt);
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;

    // What the call on `holder` waits on at its server; of an inbound one, that is its own process. Nothing
    // where the server is not on this host or does not have the request yet, or waits on nothing that can be
    // seen. To follow the chain, ask again with Hop::call.
    std::optional<Hop> next(const Connection& holder) const;

  private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    struct Link {
        std::uint32_t outbound = kNone; // index of connections_
        bool certain = true;
    };
    // Indices of connections_, by the time of their begin.
    struct Server {
        std::vector<std::uint32_t> inbound;
        std::vector<std::uint32_t> outbound;
    };

    void index_inbound();
    void link(const Server& server);
    // The call that each thread of a server serves, by thread.
    using Serves = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
    static std::uint32_t served_by(const Serves& serves, std::uint32_t tid); // kNone: none
    bool by_thread(const Server& server, const Serves& serves) const;
    void link_threads(Server& server, const Serves& serves);
    void link_in_order(const Server& server, bool certain);
    bool since(std::uint32_t outbound, std::uint32_t inbound) const;
    std::uint32_t inbound_end(const Connection& holder) const;

    std::vector<Connection> connections_;
    std::vector<std::uint32_t> heads_; // by the hash of the two addresses; a power of two
    std::vector<std::uint32_t> following_;
    std::vector<Link> links_; // by inbound connection
    std::unordered_map<std::uint32_t, Server> servers_;
};

} // namespace slotscope::aggregate
