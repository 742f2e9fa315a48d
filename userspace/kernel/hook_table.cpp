// SPDX-License-Identifier: MIT
#include "kernel/hook_table.h"

namespace slotscope::kernel {
namespace {

constexpr HookVariant kState[] = {
    {"tp_btf/inet_sock_set_state", "tcp_state__tp_btf", "tcp_state_again__tp_btf", "", "inet_sock_set_state"},
};

constexpr HookVariant kEnd[] = {
    {"tp_btf/tcp_destroy_sock", "tcp_destroy__tp_btf", "", "", "tcp_destroy_sock"},
};

constexpr HookVariant kConnect[] = {
    {"fentry/tcp_connect", "tcp_connect__fentry", "", ""},
    {"tp_btf/inet_sock_set_state", "tcp_state__tp_btf", "",
     "the local port of a connection that is still connecting", "inet_sock_set_state"},
};

constexpr std::string_view kNoAcceptTime =
    "the time a connection waits to be accepted; its process is known from its first read or write";

constexpr std::string_view kNoEarlyWaiter =
    "the wait of connections that went to a task which already waited in accept() when the agent started";

constexpr HookVariant kAccept[] = {
    {"fentry/security_sock_graft", "tcp_accept__graft", "", ""},
    {"fexit/inet_csk_accept", "tcp_accept__fexit", "", kNoEarlyWaiter},
    {"fexit/inet_csk_accept (before 6.10)", "tcp_accept__fexit_4_args", "", kNoEarlyWaiter},
    {"first I/O: tp_btf/tcp_rcv_space_adjust", "tcp_receive__tp_btf", "", kNoAcceptTime,
     "tcp_rcv_space_adjust"},
};

constexpr HookVariant kSend[] = {
    {"tp_btf/tcp_sendmsg_locked", "tcp_send__tp_btf", "", "", "tcp_sendmsg_locked", "bpf_rdonly_cast"},
    {"fentry+fexit/tcp_sendmsg_locked", "tcp_sending__fentry", "tcp_page_sending__fentry", "", "", "",
     "tcp_sent__fexit"},
    {"fentry/tcp_sendmsg_locked", "tcp_send__fentry", "tcp_sendpage__fentry",
     "what is sent: calls are told by timing"},
    // Last, so that only tests choose it: what calls look like on kernels that show no bytes.
    {"tp_btf/tcp_sendmsg_locked, sizes only", "tcp_send_size__tp_btf", "",
     "what is sent: calls are told by timing", "tcp_sendmsg_locked"},
};

// Of use only together with a hook that sees what is sent: a framer needs both streams.
constexpr HookVariant kMessage[] = {
    {"tp_btf/skb_copy_datagram_iovec", "tcp_message__tp_btf", "", "", "skb_copy_datagram_iovec",
     "__traceiter_tcp_sendmsg_locked"},
    {"fentry/tcp_recvmsg", "tcp_reading__fentry", "tcp_splicing__fentry", "", "", "", "tcp_taken__tp_btf",
     "tcp_sending__fentry"},
};

constexpr HookVariant kReceive[] = {
    {"tp_btf/tcp_rcv_space_adjust", "tcp_receive__tp_btf", "", "", "tcp_rcv_space_adjust"},
};

constexpr HookVariant kUnixWalk[] = {
    {"iter/unix", "walk_unix", "", "", "", "bpf_iter_unix"},
};

constexpr HookVariant kUnixConnect[] = {
    {"fexit/unix_stream_connect", "unix_connect__fexit_failures", "", ""},
    {"fexit/unix_stream_connect (successes)", "unix_connect__fexit", "",
     "connects to Unix sockets that are refused, or find the backlog full"},
    {"first I/O: tp_btf/sock_send_length", "unix_send__tp_btf", "",
     "Unix connections before their first byte, until the next walk (ten a second); connects that fail",
     "sock_send_length"},
};

constexpr std::string_view kNoUnixAcceptTime = "the time a Unix connection waits to be accepted";

constexpr HookVariant kUnixAccept[] = {
    {"fentry/security_sock_graft", "unix_accept__graft", "", ""},
    {"fexit/unix_accept", "unix_accept__fexit", "", kNoEarlyWaiter},
    {"fexit/unix_accept (before 6.10)", "unix_accept__fexit_4_args", "", kNoEarlyWaiter},
    {"first I/O: tp_btf/sock_recv_length", "unix_receive__tp_btf", "", kNoUnixAcceptTime, "sock_recv_length"},
};

constexpr HookVariant kUnixEnd[] = {
    {"fentry/unix_release_sock", "unix_end__fentry", "", ""},
    {"end of file: tp_btf/sock_recv_length", "unix_receive__tp_btf", "",
     "ends of Unix connections whose other end nobody reads: they are found by the next walk (ten a second)",
     "sock_recv_length"},
};

constexpr HookVariant kUnixSend[] = {
    {"fexit/unix_stream_sendmsg", "unix_send__fexit", "", ""},
    {"tp_btf/sock_send_length", "unix_send__tp_btf", "", "", "sock_send_length"},
};

constexpr HookVariant kUnixReceive[] = {
    {"fexit/unix_stream_recvmsg", "unix_receive__fexit", "", ""},
    {"tp_btf/sock_recv_length", "unix_receive__tp_btf", "", "", "sock_recv_length"},
};

// On 6.12, which has bpf_dynptr_from_skb, too, its calls take more stack than a program may have.
constexpr HookVariant kUnixMessage[] = {
    {"tp_btf/skb_copy_datagram_iovec", "unix_message__tp_btf", "", "", "skb_copy_datagram_iovec",
     "__traceiter_tcp_sendmsg_locked"},
};

// A message is looked at before it is counted as received: tcp_receive takes for unseen what no other program
// has looked at.
constexpr HookSignal kTable[] = {
    {"state", true, "connections are not seen at all", kState},
    {"end", false, "a connection whose last change of state was skipped stays open until the next audit",
     kEnd},
    {"connect", false, "the local port of a connection that is still connecting", kConnect},
    {"accept", false, kNoAcceptTime, kAccept},
    {"send", false,
     "bytes sent, and whether an answer is outstanding (resets are told apart by the kernel's times)", kSend},
    {"message", false, "what is received: calls are told by timing", kMessage},
    {"receive", false,
     "bytes received, and the process of an accepted connection until the next walk over open files",
     kReceive},
    {"unix_walk", false, "Unix sockets", kUnixWalk},
    {"unix_connect", false, "Unix connections before the next walk; connects that fail", kUnixConnect},
    {"unix_accept", false, kNoUnixAcceptTime, kUnixAccept},
    {"unix_end", false, "ends of Unix connections before the next walk (ten a second)", kUnixEnd},
    {"unix_send", false, "bytes sent on Unix sockets, and calls there", kUnixSend},
    {"unix_receive", false, "bytes received on Unix sockets, and calls there", kUnixReceive},
    {"unix_message", false, "what passes on Unix sockets: calls are told by timing", kUnixMessage},
};

} // namespace

std::span<const HookSignal> hook_table()
{
    return kTable;
}

} // namespace slotscope::kernel
