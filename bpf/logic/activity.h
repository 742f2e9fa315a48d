/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What processes do with a connection between its beginning and its end: who has it, and who spoke last. This is what
 * runs most often, once for each send and receive, so it is inlined into its hooks and calls as little as it can.
 */
#ifndef SLOTSCOPE_LOGIC_ACTIVITY_H
#define SLOTSCOPE_LOGIC_ACTIVITY_H

#include "../core/connection_table.h"
#include "../core/sock.h"
#include "dialogue.h"
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

/* The caller, a process, sends `size` more bytes on the socket. */
static __always_inline void connection_sends(struct ss_connection *conn, const struct sock *sk,
					     const struct tcp_sock *tp, u64 size)
{
	note_user(conn);
	note_io(conn, SS_ACTIVITY_SENT_LAST);
	conn->bytes_sent = sock_bytes_given(sk, tp, !is_inbound(conn)) + size;
}

/* … where its bytes cannot be looked at. */
static __always_inline int connection_sent(struct sock *sk, u64 size)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;
	ss_place place = cookie ? connection_place(cookie) : -1;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct ss_connection *conn;

	if (place < 0 || !tp)
		return 0;
	conn = connection_at(place);
	if (!conn || !holds_slot(conn))
		return 0;
	connection_sends(conn, sk, tp, size);
	dialogue_unseen(place, size, is_inbound(conn) ? SIDE_RESPONSE : SIDE_REQUEST);
	return 0;
}

/* Bytes that were taken without a look at them: all of them where no hook can look, else those of splice. */
static __always_inline void note_taken(struct ss_connection *conn, ss_place place, const struct sock *sk,
				       const struct tcp_sock *tp)
{
	struct ss_dialogue *dialogue = dialogue_at(place);
	s32 unseen;

	if (!dialogue)
		return;
	if (!(conn->call_flags & SS_CALL_FOLLOWED)) {
		follow(conn, dialogue, tp);
		dialogue_timed(place, is_inbound(conn) ? SIDE_REQUEST : SIDE_RESPONSE);
		return;
	}
	unseen = (s32)(tp->copied_seq - dialogue->taken_seq);
	if (unseen <= 0)
		return;
	dialogue->taken_seq = tp->copied_seq;
	if (unseen == 1 && sock_fin_received(sk))
		return; /* the peer's FIN */
	dialogue_unseen(place, unseen, is_inbound(conn) ? SIDE_REQUEST : SIDE_RESPONSE);
}

/* The caller has taken bytes from the socket. */
static __always_inline int connection_received(struct sock *sk)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;
	ss_place place = cookie ? connection_place(cookie) : -1;
	struct ss_connection *conn = place >= 0 ? connection_at(place) : NULL;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (!tp)
		return 0;
	if (!conn) {
		connection_open_early(sk, bpf_ktime_get_ns());
		place = sock_cookie(sk) ? connection_place(sock_cookie(sk)) : -1;
		conn = place >= 0 ? connection_at(place) : NULL;
	}
	if (!conn || !holds_slot(conn))
		return 0;
	if (sock_in_process_context(sk)) /* kernel TLS reads in softirq, in whichever process was interrupted */
		note_user(conn);
	note_io(conn, SS_ACTIVITY_RECEIVED_LAST);
	conn->bytes_received = sock_bytes_taken(sk, tp);
	note_taken(conn, place, sk, tp);
	return 0;
}

#endif
