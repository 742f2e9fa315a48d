// SPDX-License-Identifier: MIT
#include "harness/truth.h"

#include "harness/check.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace slotscope::live {
namespace {

// inet_diag_msg::idiag_timer of a TIME_WAIT (or FIN_WAIT2) minisocket; net/ipv4/inet_diag.c,
// inet_twsk_diag_fill().
constexpr int kTimerOfTimeWait = 3;

Address from_wire(const __be32* ip, __be16 port, int family)
{
    Address result;
    result.port = ntohs(port);
    if (family == AF_INET6) {
        std::memcpy(result.ip.data(), ip, 16);
        return result;
    }
    result.ip[10] = result.ip[11] = 0xff;
    std::memcpy(result.ip.data() + 12, ip, 4);
    return result;
}

KernelSocket decode(const inet_diag_msg& message)
{
    KernelSocket found;
    found.state = message.idiag_state;
    found.local = from_wire(message.id.idiag_src, message.id.idiag_sport, message.idiag_family);
    found.remote = from_wire(message.id.idiag_dst, message.id.idiag_dport, message.idiag_family);
    found.full = message.idiag_timer != kTimerOfTimeWait && message.idiag_state != TCP_TIME_WAIT;
    return found;
}

void ask(const Fd& netlink, std::uint8_t family)
{
    struct {
        nlmsghdr header;
        inet_diag_req_v2 request;
    } message{};
    message.header.nlmsg_len = sizeof(message);
    message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message.request.sdiag_family = family;
    message.request.sdiag_protocol = IPPROTO_TCP;
    message.request.idiag_states = ~0U;
    must(static_cast<int>(::send(netlink.get(), &message, sizeof(message), 0)),
         "ask for the kernel's sockets");
}

// False at the end of the list.
bool read_part(const Fd& netlink, std::vector<KernelSocket>& sockets)
{
    alignas(nlmsghdr) std::array<char, 65536> buffer;
    int size = must(static_cast<int>(::recv(netlink.get(), buffer.data(), buffer.size(), 0)), "read sockets");
    const auto* header = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (; NLMSG_OK(header, static_cast<unsigned>(size)); header = NLMSG_NEXT(header, size)) {
        if (header->nlmsg_type == NLMSG_DONE)
            return false;
        if (header->nlmsg_type == NLMSG_ERROR)
            throw std::runtime_error("the kernel refuses to list its sockets");
        sockets.push_back(decode(*static_cast<const inet_diag_msg*>(NLMSG_DATA(header))));
    }
    return true;
}

bool same_family(const KernelSocket& socket, const Address& listener)
{
    // A dual-stack listener on [::] takes IPv4 connections too; the port tells listeners apart in these
    // tests.
    return !listener.is_ipv4() || socket.local.is_ipv4();
}

} // namespace

std::vector<KernelSocket> kernel_sockets(const Namespace& where)
{
    const Inside here(where.fd());
    const Fd netlink(must(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG), "netlink"));
    std::vector<KernelSocket> sockets;
    for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
        ask(netlink, family);
        while (read_part(netlink, sockets)) {
        }
    }
    return sockets;
}

std::size_t kernel_open(const Namespace& where, const Address& address, Direction direction)
{
    const auto sockets = kernel_sockets(where);
    return static_cast<std::size_t>(std::ranges::count_if(sockets, [&](const KernelSocket& socket) {
        if (!socket.full || socket.state == TCP_LISTEN || socket.state == TCP_CLOSE)
            return false;
        if (direction == Direction::outbound)
            return socket.remote == address;
        return socket.state != TCP_SYN_RECV && socket.local.port == address.port &&
               same_family(socket, address) && (address.is_wildcard() || socket.local == address);
    }));
}

} // namespace slotscope::live
