// SPDX-License-Identifier: MIT
// Network namespaces of a test's own. Nothing in them has a name outside, so nothing is left behind when a
// test dies.
#pragma once

#include "harness/process.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace slotscope::live {

// Makes the calling thread a member of a network namespace for as long as it lives.
class Inside {
  public:
    explicit Inside(int netns);
    ~Inside();
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

  private:
    Fd home_;
};

// A fresh network namespace with `lo` up, kept alive by a process inside it, as a container's is.
class Namespace {
  public:
    Namespace();

    int fd() const { return fd_.get(); }
    std::uint32_t inode() const { return inode_; }
    pid_t process() const { return anchor_->pid(); }

    // Calls `body` as a member of the namespace; sockets that it makes belong there for good.
    template <typename Body>
    auto inside(Body&& body) const
    {
        const Inside here(fd_.get());
        return std::forward<Body>(body)();
    }

    void run(const std::string& command) const; // "ip link set lo up"; throws where it fails
    void sysctl(const std::string& name, const std::string& value) const; // "ipv4/tcp_syn_retries", "1"
    void vanish(); // ends its process and forgets it: it goes when its last socket goes

  private:
    Fd fd_;
    std::uint32_t inode_ = 0;
    std::unique_ptr<Actor> anchor_;
};

// A veth pair between two namespaces. Neighbours are permanent entries, so a cut is exact and silent:
// the packets go to a hardware address that nobody has.
class Link {
  public:
    // `number` makes the addresses: 10.x.y.1 and .2, fd00:…::1 and ::2.
    Link(const Namespace& left, const Namespace& right, std::uint32_t number);

    std::string left4() const { return prefix4_ + "1"; }
    std::string right4() const { return prefix4_ + "2"; }
    std::string left6() const { return prefix6_ + "1"; }
    std::string right6() const { return prefix6_ + "2"; }
    std::string nobody4() const { return prefix4_ + "99"; } // packets to it get lost

    void cut_to_right() const;
    void cut_to_left() const;
    void mend_to_right() const;
    void mend_to_left() const;

  private:
    const Namespace& left_;
    const Namespace& right_;
    std::string prefix4_;
    std::string prefix6_;
};

} // namespace slotscope::live
