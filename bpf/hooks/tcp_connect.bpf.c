// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A connect sends its SYN. The state hook has seen it begin already; here the local port is known. Without
 * trampolines that port is known once the connection is up.
 */
#include "../logic/connection.h"

#include <bpf/bpf_tracing.h>

SEC("?fentry/tcp_connect")
int BPF_PROG(tcp_connect__fentry, struct sock *sk)
{
	return connection_connect(sk);
}
