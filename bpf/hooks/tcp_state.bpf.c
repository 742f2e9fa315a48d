// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Every change of state; the kernel stores the new state after the call. */
#include "../core/preemption.h"
#include "../logic/transition.h"

#include <bpf/bpf_tracing.h>

SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(tcp_state__tp_btf, struct sock *sk, int from, int to)
{
	return connection_state_changed(sk, from, to);
}

/* Attached after the first, so that it runs after it. Both are skipped only if each was preempted in turn. */
SEC("?tp_btf/inet_sock_set_state")
int BPF_PROG(tcp_state_again__tp_btf, struct sock *sk, int from, int to)
{
	if (!only_where_tracepoints_are_preempted() || connection_state_noted(sk, from, to))
		return 0;
	return connection_state_changed(sk, from, to);
}
