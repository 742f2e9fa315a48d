// SPDX-License-Identifier: MIT
#include "enrich/socket_queues.h"

#include "enrich/netns.h"
#include "model/unix_path.h"

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

namespace slotscope::enrich {
namespace {

struct Request {
    nlmsghdr header{};
    inet_diag_req_v2 query{};
};

constexpr std::uint32_t kEveryState = 0xFFF;

Fd open_channel()
{
    Fd channel(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    // The kernel answers within the call of send; this is for one that does not.
    const timeval patience{0, 20'000};
    if (channel)
        ::setsockopt(channel.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    return channel;
}

// A netlink socket belongs to the namespace that it was made in.
Fd open_channel_inside(const Fd& target)
{
    const Fd home(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!home || ::setns(target.get(), CLONE_NEWNET) != 0)
        return {};
    Fd channel = open_channel();
    if (::setns(home.get(), CLONE_NEWNET) != 0)
        return {};
    return channel;
}

void set_address(const Address& address, bool ipv4, __be32 (&words)[4], __be16& port)
{
    if (ipv4)
        std::memcpy(words, address.ip.data() + 12, 4);
    else
        std::memcpy(words, address.ip.data(), 16);
    port = htons(address.port);
}

Request request_for(const Connection& connection, std::uint32_t sequence)
{
    const bool ipv4 = connection.local.is_ipv4();
    Request request;
    request.header.nlmsg_len = sizeof(request);
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST;
    request.header.nlmsg_seq = sequence;
    request.query.sdiag_family = ipv4 ? AF_INET : AF_INET6;
    request.query.sdiag_protocol = IPPROTO_TCP;
    request.query.idiag_states = kEveryState;
    set_address(connection.local, ipv4, request.query.id.idiag_src, request.query.id.idiag_sport);
    set_address(connection.remote, ipv4, request.query.id.idiag_dst, request.query.id.idiag_dport);
    request.query.id.idiag_cookie[0] = static_cast<std::uint32_t>(connection.cookie);
    request.query.id.idiag_cookie[1] = static_cast<std::uint32_t>(connection.cookie >> 32U);
    return request;
}

// The answer to the request of this number; what is left of older ones is passed over.
std::optional<SocketQueues> answer(const Fd& channel, std::uint32_t sequence)
{
    alignas(nlmsghdr) std::array<char, 4096> buffer{};
    for (int tries = 0; tries < 4; ++tries) {
        const ssize_t size = ::recv(channel.get(), buffer.data(), buffer.size(), 0);
        if (size < static_cast<ssize_t>(sizeof(nlmsghdr)))
            return std::nullopt;
        nlmsghdr header{};
        std::memcpy(&header, buffer.data(), sizeof(header));
        if (header.nlmsg_seq != sequence)
            continue;
        inet_diag_msg message{};
        if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
            static_cast<std::size_t>(size) < NLMSG_HDRLEN + sizeof(message))
            return std::nullopt; // an error: the socket has gone
        std::memcpy(&message, buffer.data() + NLMSG_HDRLEN, sizeof(message));
        return SocketQueues{message.idiag_rqueue, message.idiag_wqueue};
    }
    return std::nullopt;
}

} // namespace

const Fd* SocketQueueReader::channel(const Connection& connection)
{
    if (const auto known = channels_.find(connection.netns); known != channels_.end())
        return &known->second;
    Fd channel;
    if (connection.netns == own_netns_ || connection.netns == 0) {
        channel = open_channel();
    } else {
        const std::string path = proc_ + "/" + std::to_string(connection.pid) + "/ns/net";
        if (const auto target = open_namespace({connection.netns, path}))
            channel = open_channel_inside(*target);
    }
    if (!channel)
        return nullptr;
    if (channels_.size() >= kMostNamespaces)
        channels_.clear(); // also lets go of namespaces that nobody else holds any more
    return &channels_.emplace(connection.netns, std::move(channel)).first->second;
}

std::optional<SocketQueues> SocketQueueReader::look(const Connection& connection)
{
    if (is_unix(connection.local))
        return std::nullopt; // they have no queues of TCP's
    const Fd* const there = channel(connection);
    if (!there)
        return std::nullopt;
    const Request request = request_for(connection, ++sequence_);
    if (::send(there->get(), &request, sizeof(request), 0) != static_cast<ssize_t>(sizeof(request)))
        return std::nullopt;
    return answer(*there, sequence_);
}

} // namespace slotscope::enrich
