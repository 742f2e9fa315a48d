// SPDX-License-Identifier: MIT
// How many bytes lie in a TCP socket, and wait for whom (sock_diag(7)).
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "model/holder.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace slotscope::enrich {

struct SocketQueues {
    std::uint32_t unread = 0; // received, not taken by the process here
    std::uint32_t unsent = 0; // given by the process here, not acknowledged by the peer
};

// Asks for one socket at a time, in the network namespace of its connection: as many namespaces as it is
// asked about, at most kMostNamespaces at a time, have a socket of this reader in them. Not for several
// threads.
class SocketQueueReader {
  public:
    static constexpr std::size_t kMostNamespaces = 16;

    // `own_netns`: inode of the namespace of this process.
    explicit SocketQueueReader(std::uint32_t own_netns, std::string proc = "/proc")
        : own_netns_(own_netns)
        , proc_(std::move(proc))
    {
    }

    // Absent where the socket has gone, or its namespace cannot be entered.
    std::optional<SocketQueues> look(const Connection& connection);

  private:
    const Fd* channel(const Connection& connection);

    std::uint32_t own_netns_;
    std::string proc_;
    std::map<std::uint32_t, Fd> channels_; // by namespace
    std::uint32_t sequence_ = 0;
};

} // namespace slotscope::enrich
