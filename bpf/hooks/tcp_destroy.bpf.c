// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* The end of a socket: fires exactly once, after its last change of state. */
#include "../logic/connection.h"

#include <bpf/bpf_tracing.h>

SEC("?tp_btf/tcp_destroy_sock")
int BPF_PROG(tcp_destroy__tp_btf, struct sock *sk)
{
	return connection_destroyed(sk);
}
