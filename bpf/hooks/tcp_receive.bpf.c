// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Bytes are taken by the application: recv, read, splice. */
#include "../logic/activity.h"

#include <bpf/bpf_tracing.h>

SEC("?tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(tcp_receive__tp_btf, struct sock *sk)
{
	return connection_received(sk);
}
