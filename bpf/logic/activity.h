/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What processes do with a connection between its beginning and its end: who has it, and who spoke last. This is what
 * runs most often, once for each send and receive, so it is inlined into its hooks and calls as little as it can.
 */
#ifndef SLOTSCOPE_LOGIC_ACTIVITY_H
#define SLOTSCOPE_LOGIC_ACTIVITY_H

#include "../core/connection_table.h"
#include "../core/sock.h"
#include "record.h"

/* With TCP Fast Open: a child that is read from before its handshake is over. Needs the socket's lock. */
__hidden struct ss_connection *connection_open_early(struct sock *sk, u64 now_ns);

/* The record of a socket that has a cookie already, or NULL. */
static __always_inline struct ss_connection *connection_known(struct sock *sk)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;

	return cookie ? connection_find(cookie) : NULL;
}

static __always_inline void note_user(struct ss_connection *conn)
{
	struct task_struct *task = bpf_get_current_task_btf();

	/* Written only when it changes: the line is then shared, not owned, by the CPUs of a busy connection. */
	if (conn->tid != (u32)task->pid)
		record_owner(conn);
	if (!(conn->activity & SS_ACTIVITY_ACCEPTED))
		conn->activity |= SS_ACTIVITY_ACCEPTED;
}

static __always_inline void note_io(struct ss_connection *conn, u8 last)
{
	u8 both = SS_ACTIVITY_SENT_LAST | SS_ACTIVITY_RECEIVED_LAST;

	if ((conn->activity & both) != last)
		conn->activity = (conn->activity & ~both) | last;
	conn->last_io_ticks = bpf_jiffies64(); /* no call, unlike a clock; a tick is exact enough for "3 s ago" */
}

/* The caller, a process, sends `size` more bytes on the socket. Its lock may not be held yet. */
static __always_inline int connection_sent(struct sock *sk, u64 size)
{
	struct ss_connection *conn = connection_known(sk);
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (!conn || !tp)
		return 0;
	note_user(conn);
	note_io(conn, SS_ACTIVITY_SENT_LAST);
	conn->bytes_sent = sock_bytes_given(sk, tp, !is_inbound(conn)) + size;
	return 0;
}

/* The caller has taken bytes from the socket. */
static __always_inline int connection_received(struct sock *sk)
{
	struct ss_connection *conn = connection_known(sk);
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (!tp)
		return 0;
	if (!conn)
		conn = connection_open_early(sk, bpf_ktime_get_ns());
	if (!conn)
		return 0;
	if (sock_in_process_context(sk)) /* kernel TLS reads in softirq, in whichever process was interrupted */
		note_user(conn);
	note_io(conn, SS_ACTIVITY_RECEIVED_LAST);
	conn->bytes_received = sock_bytes_taken(sk, tp);
	return 0;
}

#endif
