// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Every change of state; the kernel stores the new state after the call. */
#include "../logic/connection.h"

#include <bpf/bpf_tracing.h>

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(tcp_state__tp_btf, struct sock *sk, int from, int to)
{
	return connection_state_changed(sk, from, to);
}
