// SPDX-License-Identifier: MIT
/* Programs that do nothing, at the places where the agent's run: what they cost is the kernel's share of the
 * price. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define EMPTY(name, section)                                                                                 \
    SEC("?" section)                                                                                         \
    int name(void* context)                                                                                  \
    {                                                                                                        \
        (void)context;                                                                                       \
        return 0;                                                                                            \
    }

EMPTY(empty_tcp_state, "tp_btf/inet_sock_set_state")
EMPTY(empty_tcp_destroy, "tp_btf/tcp_destroy_sock")
EMPTY(empty_tcp_receive, "tp_btf/tcp_rcv_space_adjust")
EMPTY(empty_tcp_send, "tp_btf/tcp_sendmsg_locked")
EMPTY(empty_tcp_connect, "fentry/tcp_connect")
EMPTY(empty_tcp_accept, "fexit/inet_csk_accept")

char LICENSE[] SEC("license") = "GPL";
