// SPDX-License-Identifier: MIT
#include "harness/place.h"

#include <fcntl.h>
#include <unistd.h>

namespace slotscope::live {
namespace {

// Test processes may run side by side under agents that see all of them: their addresses must differ.
std::uint32_t next_link()
{
    static std::uint32_t made = 0;
    return static_cast<std::uint32_t>(::getpid()) * 131 + made++;
}

} // namespace

std::string to_string(Path path)
{
    constexpr const char* kNames[] = {"loopback4", "loopback6", "veth4", "veth6", "mapped"};
    return kNames[static_cast<int>(path)];
}

std::uint16_t next_port()
{
    static std::uint16_t port = 20000;
    return ++port;
}

Place::Place(Path path)
{
    const std::uint16_t port = next_port();
    if (path == Path::loopback4 || path == Path::loopback6) {
        family_ = path == Path::loopback4 ? Family::ip4 : Family::ip6;
        target_ = address(path == Path::loopback4 ? "127.0.0.1" : "::1", port);
        listens_ = target_;
        return;
    }
    server_ = std::make_unique<Namespace>();
    link_ = std::make_unique<Link>(client_, *server_, next_link());
    shared_ = true;
    target_ = address(path == Path::veth6 ? link_->right6() : link_->right4(), port);
    listens_ = address(path == Path::veth4 ? "0.0.0.0" : "::", port);
    family_ = path == Path::veth4 ? Family::ip4 : path == Path::veth6 ? Family::ip6_only : Family::ip6;
}

BackendRef Place::outbound() const
{
    BackendRef ref;
    ref.address = target_;
    ref.direction = Direction::outbound;
    ref.places = {&client_};
    if (server_)
        ref.places.push_back(server_.get());
    ref.own = shared_ ? nullptr : &client_;
    return ref;
}

BackendRef Place::inbound() const
{
    BackendRef ref;
    ref.address = listens_;
    ref.direction = Direction::inbound;
    ref.places = {&server_side()};
    ref.own = &server_side();
    return ref;
}

Fd Place::listen(const ListenOptions& options) const
{
    return server_side().inside([&] { return listen_on(listens_, family_, options); });
}

Fd Place::client_socket() const
{
    return client_.inside([&] { return tcp_socket(family_); });
}

int Place::connect(const Fd& fd) const
{
    return connect_to(fd, target_, family_);
}

Fd Place::connect() const
{
    Fd fd = client_socket();
    errno = connect(fd);
    must(errno == 0 ? 0 : -1, "connect to " + to_string(target_));
    return fd;
}

Fd Place::start_connecting() const
{
    Fd fd = client_socket();
    set_blocking(fd, false);
    const int error = connect(fd);
    if (error != 0 && error != EINPROGRESS)
        throw std::runtime_error("connect: " + std::string(std::strerror(error)));
    return fd;
}

Pair Place::establish(const Fd& listener) const
{
    Pair pair;
    pair.client = connect();
    pair.server = accept_from(listener);
    return pair;
}

void Place::lose_server_side()
{
    server_->vanish();
}

} // namespace slotscope::live
