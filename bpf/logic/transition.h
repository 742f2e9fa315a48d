/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a change of state means for a connection. Inlined into its hook, as all that it does at every opening and end:
 * a connection passes here five times on each side.
 */
#ifndef SLOTSCOPE_LOGIC_TRANSITION_H
#define SLOTSCOPE_LOGIC_TRANSITION_H

#include "../core/connection_table.h"
#include "../core/control.h"
#include "adopt.h"
#include "backend.h"
#include "connection.h"
#include "dialogue.h"
#include "failure.h"
#include "record.h"

static __always_inline int connection_connecting(struct sock *sk, u64 cookie)
{
	struct record_start start = {
		.cookie = cookie,
		.now_ns = bpf_ktime_get_ns(),
		.state = SS_CONNECTION_CONNECTING,
		.flags = SS_CONNECTION_HOLDS,
	};
	struct ss_connection *conn = connection_find(cookie);

	if (conn) { /* the end of what this socket did before was missed */
		count_repair(SS_REPAIR_MISSED_END);
		connection_end_late(cookie, SS_CLOSED);
	}
	start.backend = backend_of_outbound(sk);
	conn = record_open(sk, &start);
	if (conn)
		record_owner(conn);
	return 0;
}

/* What the SYN took along was handed over before there was a connection. */
static __always_inline void note_syn_data(struct sock *sk, const struct tcp_sock *tp, struct ss_connection *conn,
					  ss_place place)
{
	struct ss_dialogue *dialogue;

	/* Followed since a message that came before the SYN, when the numbers of the peer's stream were not known. */
	dialogue = conn->call_flags & SS_CALL_FOLLOWED ? dialogue_at(place) : NULL;
	if (dialogue)
		dialogue->taken_seq = tp->copied_seq;
	if (is_inbound(conn) || !BPF_CORE_READ_BITFIELD(tp, syn_data))
		return;
	conn->bytes_sent = sock_bytes_given(sk, tp, true);
	call_came_with_syn(conn);
}

static __always_inline int connection_came_up(struct sock *sk, u64 cookie, int from)
{
	struct record_start start = {
		.cookie = cookie,
		.state = SS_CONNECTION_ESTABLISHED,
		.flags = SS_CONNECTION_HOLDS | SS_CONNECTION_WAS_UP | SS_CONNECTION_INBOUND,
	};
	ss_place place = connection_place(cookie);
	struct ss_connection *conn = place >= 0 ? connection_at(place) : NULL;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (tp)
		note_unseen_calls(tp);
	if (conn) {
		conn->state = SS_CONNECTION_ESTABLISHED;
		record_up(conn);
		record_addresses(conn, sk); /* the local port was not chosen yet when the connect began */
		if (tp && from == TCP_SYN_SENT)
			note_syn_data(sk, tp, conn, place);
		return 0;
	}
	start.now_ns = bpf_ktime_get_ns();
	if (from == TCP_SYN_SENT)
		return connection_adopt_up(sk, cookie, start.now_ns);
	if (sock_has_owner(sk))
		start.activity = SS_ACTIVITY_ACCEPTED; /* TCP Fast Open: accepted before it was established */
	start.backend = backend_of_inbound(sk);
	record_open(sk, &start);
	return 0;
}

/* One side or both have sent their FIN. Keeping the slot depends on whether this side may still use it. */
static __always_inline void note_closing(struct sock *sk, struct ss_connection *conn, int to)
{
	if (sock_has_owner(sk))
		conn->activity |= SS_ACTIVITY_ACCEPTED;
	switch (to) {
	case TCP_CLOSE_WAIT:
		conn->state = SS_CONNECTION_PEER_CLOSED;
		return;
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
		/* close() shuts down both directions before the state changes, shutdown(SHUT_WR) only one */
		if (sk->sk_shutdown != SHUTDOWN_MASK) {
			conn->state = SS_CONNECTION_HALF_CLOSED;
			return;
		}
		break;
	}
	conn->state = SS_CONNECTION_CLOSING;
	record_leave_slot(conn);
}

static __always_inline int connection_closing(struct sock *sk, u64 cookie, int to)
{
	struct ss_connection *conn = connection_find(cookie);

	if (!conn)
		conn = connection_adopt(sk, cookie);
	if (!conn)
		return 0;
	if (conn->state == SS_CONNECTION_CONNECTING) { /* its SYN_SENT -> ESTABLISHED was missed */
		count_repair(SS_REPAIR_MISSED_STATE);
		record_up(conn);
	}
	note_closing(sk, conn, to);
	return 0;
}

/*
 * The peer has ended it, and the process may still take what came before (an answer, and the reset after it), which no hook
 * sees then: how the call comes out is not known.
 */
static __always_inline void note_answer_unread(struct sock *sk, struct ss_connection *conn)
{
	struct tcp_sock *tp;

	if (!sk->sk_err || sk->sk_shutdown == SHUTDOWN_MASK)
		return;
	if (is_inbound(conn) || conn->http2 || conn->call_state == SS_CALL_NONE ||
	    conn->call_state == SS_CALL_ANSWERED || conn->call_flags & SS_CALL_UNTIL_CLOSE)
		return;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp || !sock_unread_bytes(sk, tp))
		return;
	conn->call_flags |= SS_CALL_UNTIL_CLOSE;
	conn->call_outcome = SS_CALL_UNKNOWN;
}

static __always_inline int connection_ended(struct sock *sk, u64 cookie, int from)
{
	ss_place place = connection_place(cookie);
	struct ss_connection *conn = place >= 0 ? connection_at(place) : NULL;

	if (!conn)
		return connection_end_unknown(sk, cookie, from);
	if (from != TCP_SYN_SENT && from != TCP_SYN_RECV && !(conn->flags & SS_CONNECTION_WAS_UP)) {
		count_repair(SS_REPAIR_MISSED_STATE);
		record_up(conn);
	}
	if (sock_has_owner(sk))
		conn->activity |= SS_ACTIVITY_ACCEPTED;
	note_answer_unread(sk, conn);
	conn = record_take_out(place, cookie);
	if (conn)
		record_end(conn, place, cookie, how_it_ended(sk, conn));
	return 0;
}

/* Changes that say nothing: the handshake of a child before it is over, and the peer's acknowledgement of our FIN. */
static __always_inline bool is_no_news(int from, int to)
{
	return to == TCP_SYN_RECV || (from == TCP_FIN_WAIT1 && to == TCP_FIN_WAIT2);
}

/*
 * Has this change been noted already, by a program that ran before? An end that finds no record counts as noted: if it
 * was not, the destruction of the socket tells.
 */
static __always_inline bool connection_state_noted(struct sock *sk, int from, int to)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;
	struct ss_control *ctl = control_get();
	struct ss_connection *conn;

	if (is_no_news(from, to))
		return true;
	conn = cookie ? connection_find(cookie) : NULL;
	if (!conn) /* while the table is full, most likely one that was counted under `other` */
		return to == TCP_CLOSE || !ctl || ctl->untracked;
	switch (to) {
	case TCP_SYN_SENT:
		return conn->state == SS_CONNECTION_CONNECTING;
	case TCP_ESTABLISHED:
		return conn->state == SS_CONNECTION_ESTABLISHED;
	case TCP_LISTEN:
		return conn->state == SS_CONNECTION_LISTENING;
	case TCP_CLOSE:
		return false;
	case TCP_CLOSE_WAIT:
		return conn->state == SS_CONNECTION_PEER_CLOSED;
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
		return conn->state == SS_CONNECTION_HALF_CLOSED || conn->state == SS_CONNECTION_CLOSING;
	default:
		return conn->state == SS_CONNECTION_CLOSING;
	}
}

/* Every change of state of a TCP socket, before the kernel stores the new one. */
static __always_inline int connection_state_changed(struct sock *sk, int from, int to)
{
	u64 cookie;

	if (is_no_news(from, to) || !sock_is_tcp(sk))
		return 0;
	cookie = sock_cookie(sk);
	if (!cookie) {
		count_loss(SS_LOSS_COOKIE_REFUSED);
		return 0;
	}
	switch (to) {
	case TCP_SYN_SENT:
		return connection_connecting(sk, cookie);
	case TCP_ESTABLISHED:
		return connection_came_up(sk, cookie, from);
	case TCP_LISTEN:
		return listener_opened(sk, cookie);
	case TCP_CLOSE:
		if (from == TCP_LISTEN)
			return listener_closed(cookie);
		return connection_ended(sk, cookie, from);
	default:
		return connection_closing(sk, cookie, to);
	}
}

#endif
