// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A process accepts. Without trampolines the first I/O tells who has the connection (tcp_receive, tcp_send), not when it
 * was accepted.
 */
#include "../logic/connection.h"

#include <bpf/bpf_tracing.h>

/*
 * accept() gives the child its file (sock_graft). This is entered after the wait for a connection, so that it is also
 * seen of a task that already waited when the program was attached: an fexit of the call that waits does not run for
 * it. The kernel has the function where it is built with CONFIG_SECURITY_NETWORK.
 */
SEC("?fentry/security_sock_graft")
int BPF_PROG(tcp_accept__graft, struct sock *accepted)
{
	return connection_accepted(accepted);
}

/*
 * inet_csk_accept changed its arguments in 6.10 (commit 92ef0fd55ac8); a program with the wrong ones does not load,
 * because what it takes for the result then has another type in the kernel's BTF.
 */
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
