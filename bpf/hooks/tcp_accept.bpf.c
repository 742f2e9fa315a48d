// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A process accepts. inet_csk_accept changed its arguments in 6.10 (commit 92ef0fd55ac8); a program with the wrong
 * ones does not load, because what it takes for the result then has another type in the kernel's BTF. Without
 * trampolines the first I/O tells who has the connection (tcp_receive, tcp_send), not when it was accepted.
 */
#include "../logic/connection.h"

#include <bpf/bpf_tracing.h>

SEC("?fexit/inet_csk_accept")
int BPF_PROG(tcp_accept__fexit, struct sock *listener, void *arg, struct sock *accepted)
{
	return accepted ? connection_accepted(accepted) : 0;
}

/* Before 6.10. */
SEC("?fexit/inet_csk_accept")
int BPF_PROG(tcp_accept__fexit_4_args, struct sock *listener, int flags, int *err, bool kern, struct sock *accepted)
{
	return accepted ? connection_accepted(accepted) : 0;
}
