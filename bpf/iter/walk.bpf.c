// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Sockets older than the agent, and audits. */
#include "../core/connection_table.h"
#include "../logic/connection.h"
#include "../logic/unix.h"

#include <bpf/bpf_tracing.h>

/* The kernel holds the socket's lock here (from 5.15: commit 04c7820b776f), so no event of it comes in between. */
SEC("iter/tcp")
int walk_tcp(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct tcp_sock *tp;

	if (!skc)
		return 0;
	tp = bpf_skc_to_tcp_sock(skc); /* NULL for TIME_WAIT and for request sockets */
	if (!tp)
		return 0;
	return connection_walked((struct sock *)tp) & 0;
}

/* The kernel holds the socket's lock here, which no send and no receive takes. Of the network namespace of its opener. */
SEC("?iter/unix")
int walk_unix(struct bpf_iter__unix *ctx)
{
	struct unix_sock *met = ctx->unix_sk;

	return met ? unix_walked(met) & 0 : 0;
}

SEC("iter/task_file")
int walk_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket || !socket->sk)
		return 0;
	if (sock_is_unix_stream(socket->sk))
		return unix_owned(socket->sk, task->tgid, task->pid) & 0;
	return connection_owned(socket->sk, task->tgid, task->pid) & 0;
}

/* The two clocks of the records at one moment. */
SEC("syscall")
int read_clocks(struct ss_clocks *clocks)
{
	clocks->now_ns = bpf_ktime_get_ns();
	clocks->now_ticks = bpf_jiffies64();
	return 0;
}

struct sweep_argument {
	u64 cookie;
};

SEC("syscall")
int sweep(struct sweep_argument *argument)
{
	return connection_vanished(argument->cookie);
}

SEC("syscall")
int sweep_unix(struct sweep_argument *argument)
{
	return unix_vanished(argument->cookie);
}
