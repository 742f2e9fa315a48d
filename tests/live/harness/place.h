// SPDX-License-Identifier: MIT
// Where a test's connections run: which addresses, over which wire, seen by the agent as which backends.
#pragma once

#include "harness/sock.h"
#include "harness/view.h"

#include <memory>
#include <string>

namespace slotscope::live {

enum class Path {
    loopback4, // 127.0.0.1, in one namespace
    loopback6, // ::1
    veth4,     // from one namespace to another, the server on the wildcard
    veth6,     // likewise; the server's socket is IPv6 only
    mapped,    // IPv4 between IPv6 sockets, the server dual-stack on [::]
};
std::string to_string(Path path);

struct Pair {
    Fd client;
    Fd server;
};

class Place {
  public:
    explicit Place(Path path);

    const Namespace& client_side() const { return client_; }
    const Namespace& server_side() const { return server_ ? *server_ : client_; }
    const Link& link() const { return *link_; } // veth and mapped only
    Family family() const { return family_; }
    const Address& target() const { return target_; }      // what clients connect to
    const Address& listens_on() const { return listens_; } // target, or the wildcard
    BackendRef outbound() const;
    BackendRef inbound() const;

    Fd listen(const ListenOptions& options = {}) const;
    Fd client_socket() const; // not connected
    int connect(const Fd& fd) const;
    Fd connect() const;          // blocking; throws where it fails
    Fd start_connecting() const; // non-blocking
    Pair establish(const Fd& listener) const;

    void lose_server_side(); // its namespace has no process and no name any more; veth and mapped only

  private:
    Namespace client_;
    std::unique_ptr<Namespace> server_;
    std::unique_ptr<Link> link_;
    Family family_ = Family::ip4;
    Address target_;
    Address listens_;
    bool shared_ = false; // the target means the same in all namespaces
};

// A port that no other test has had for 12,000 of them; below the range of local ports.
std::uint16_t next_port();

} // namespace slotscope::live
