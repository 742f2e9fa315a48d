// SPDX-License-Identifier: MIT
// Which network namespaces there are, what they are called, and how to get into them.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace slotscope::enrich {

struct NetworkNamespace {
    std::uint32_t inode = 0;
    std::string path; // to open for setns(2): "/run/netns/blue", "/proc/812/ns/net"
};

// Where they are found; tests have places of their own.
struct NetworkNamespacePlaces {
    std::string proc = "/proc";
    std::string named = "/run/netns"; // ip-netns(8): an entry's name is the namespace's
    std::vector<std::string> unnamed = {"/run/docker/netns"}; // kept there, under names that say nothing
};

// Not for several threads.
class NetworkNamespaces {
  public:
    explicit NetworkNamespaces(NetworkNamespacePlaces places = {});

    // Inode of this process's own; 0 where it cannot be told.
    std::uint32_t own() const { return own_; }

    // Every namespace once, by inode: this process's own first, then those under a name, then those of other
    // processes (their leaders' only: one that a single thread has entered is not found). At most 4096, from
    // at most 65536 processes. A path may be gone, or be another's, by the time it is opened: use
    // open_namespace.
    // HIDDEN: how many processes there are whose namespace this one may not look at (ptrace(2), "access mode
    // checking").
    std::vector<NetworkNamespace> reachable(std::uint64_t* hidden = nullptr) const;

    // The name of the namespace, else its inode in digits. Names are read again after 10 seconds of NOW_NS
    // (CLOCK_MONOTONIC).
    std::string name(std::uint32_t inode, std::uint64_t now_ns);

  private:
    std::uint32_t inode_of(const std::string& path) const;

    NetworkNamespacePlaces places_;
    std::uint64_t device_ = 0; // of the kernel's namespace files
    std::uint32_t own_ = 0;
    std::map<std::uint32_t, std::string> names_;
    std::uint64_t names_read_ns_ = 0;
    bool names_read_ = false;
};

// Opened for setns(2). An Error where it has gone, or where the path is another namespace's by now.
Result<Fd> open_namespace(const NetworkNamespace& wanted);

} // namespace slotscope::enrich
