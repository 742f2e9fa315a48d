// SPDX-License-Identifier: MIT
#include "harness/place.h"

#include "harness/check.h"

#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <unistd.h>

namespace slotscope::live {
namespace {

// Test processes run side by side under agents that see all of them and remember what is gone: what tells one
// test from another must differ over all of the machine. So the number stands in a file, whose four bytes
// stay behind.
std::uint32_t next_number()
{
    const std::string path = std::filesystem::temp_directory_path() / "slotscope-test-number";
    const Fd file(
        must(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600), "open " + path));
    must(::flock(file.get(), LOCK_EX), "lock " + path);
    std::uint32_t number = 0;
    must(static_cast<int>(::pread(file.get(), &number, sizeof(number), 0)), "read " + path);
    const std::uint32_t next = number + 1;
    must(static_cast<int>(::pwrite(file.get(), &next, sizeof(next), 0)), "write " + path);
    return number;
}

// A side that closes alone is done with its socket when the kernel turns it into a TIME_WAIT's small one:
// mostly at once, but after tcp_fin_timeout where the peer's acknowledgement happens to find the socket
// locked. Above 60 s it is always what is above them, later.
void settle_fin_wait2(const Namespace& side)
{
    side.sysctl("ipv4/tcp_fin_timeout", "61");
}

} // namespace

std::string to_string(Path path)
{
    constexpr const char* kNames[] = {"loopback4", "loopback6", "veth4", "veth6", "mapped"};
    return kNames[static_cast<int>(path)];
}

std::uint16_t next_port()
{
    constexpr std::uint16_t kFirst = 20'000;
    constexpr std::uint16_t kCount = 12'000;
    return static_cast<std::uint16_t>(kFirst + next_number() % kCount);
}

Place::Place(Path path)
{
    const std::uint16_t port = next_port();
    settle_fin_wait2(client_);
    if (path == Path::loopback4 || path == Path::loopback6) {
        family_ = path == Path::loopback4 ? Family::ip4 : Family::ip6;
        target_ = address(path == Path::loopback4 ? "127.0.0.1" : "::1", port);
        listens_ = target_;
        return;
    }
    server_ = std::make_unique<Namespace>();
    settle_fin_wait2(*server_);
    link_ = std::make_unique<Link>(client_, *server_, next_number());
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
