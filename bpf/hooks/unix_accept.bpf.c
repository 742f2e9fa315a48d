// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* A process accepts. Without trampolines the first I/O tells who has the connection, not when it was accepted. */
#include "../logic/unix.h"

#include <bpf/bpf_tracing.h>

/* As for TCP: entered after the wait for a connection, with the child. */
SEC("?fentry/security_sock_graft")
int BPF_PROG(unix_accept__graft, struct sock *accepted)
{
	return unix_accepted(accepted) & 0;
}

/* From 6.10 on (commit 92ef0fd55ac8). The two are told apart by what they take for the result's type. */
SEC("?fexit/unix_accept")
int BPF_PROG(unix_accept__fexit, struct socket *listener, struct socket *accepted, void *arg, int ret)
{
	return !ret && accepted->sk ? unix_accepted(accepted->sk) & 0 : 0;
}

SEC("?fexit/unix_accept")
int BPF_PROG(unix_accept__fexit_4_args, struct socket *listener, struct socket *accepted, int flags, bool kern, int ret)
{
	return !ret && accepted->sk ? unix_accepted(accepted->sk) & 0 : 0;
}
