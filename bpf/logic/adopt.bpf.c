// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "adopt.h"

#include "../core/connection_table.h"
#include "../core/control.h"
#include "audit.h"
#include "backend.h"
#include "call.h"
#include "connection.h"
#include "failure.h"
#include "record.h"

/*
 * Which side of it this host is. A child inherits the backlog of its listener when it is cloned (sk_clone_lock), and
 * nothing but listen() sets one: so the direction is known even when the listener has long gone. Only a listener with
 * a backlog of 0 leaves it open. Then a socket that connected shows a port that connect() chose (its bind bucket says
 * fastreuse -1: inet_hash_connect) or that its owner bound (SOCK_BINDPORT_LOCK, which a clone loses); and of what is
 * left (bind to port 0, then connect) there is no listener.
 */
static __always_inline bool came_in(struct sock *sk, const struct tcp_sock *tp)
{
	struct inet_bind_bucket *bucket = tp->inet_conn.icsk_bind_hash;

	if (sk->__sk_common.skc_state == TCP_SYN_SENT)
		return false;
	if (sk->sk_max_ack_backlog)
		return true;
	if (BPF_CORE_READ_BITFIELD(sk, sk_userlocks) & SOCK_BINDPORT_LOCK)
		return false;
	if (!bucket || bucket->fastreuse < 0)
		return false;
	return backend_has_listener(sk);
}

static __always_inline void start_from_state(struct record_start *start, struct sock *sk)
{
	u8 state = sk->__sk_common.skc_state;
	bool usable = sock_has_owner(sk) && sk->sk_shutdown != SHUTDOWN_MASK;

	if (sock_has_owner(sk))
		start->activity = SS_ACTIVITY_ACCEPTED;
	switch (state) {
	case TCP_SYN_SENT:
		start->state = SS_CONNECTION_CONNECTING;
		start->flags |= SS_CONNECTION_HOLDS;
		return;
	case TCP_ESTABLISHED:
		start->state = SS_CONNECTION_ESTABLISHED;
		start->flags |= SS_CONNECTION_HOLDS | SS_CONNECTION_WAS_UP;
		return;
	case TCP_CLOSE_WAIT:
		start->state = SS_CONNECTION_PEER_CLOSED;
		start->flags |= SS_CONNECTION_HOLDS | SS_CONNECTION_WAS_UP;
		return;
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
		start->state = usable ? SS_CONNECTION_HALF_CLOSED : SS_CONNECTION_CLOSING;
		start->flags |= SS_CONNECTION_WAS_UP | (usable ? SS_CONNECTION_HOLDS : 0);
		return;
	default:
		start->state = SS_CONNECTION_CLOSING;
		start->flags |= SS_CONNECTION_WAS_UP;
	}
}

/*
 * What the kernel's own times tell of the past: who spoke last, and when; and a request that is not answered yet holds a
 * slot from now on. Bytes that nobody has taken are no request yet: it is seen when they are.
 */
static __always_inline void resume(struct ss_connection *conn, const struct sock *sk, const struct tcp_sock *tp)
{
	struct ss_control *ctl = control_get();
	s32 sent_after = !conn->bytes_received ? 1 : !conn->bytes_sent ? -1 : sock_sent_after(tp);
	u64 now_ticks = bpf_jiffies64();
	u32 ago_ticks;

	if (!ctl || !sent_after || !(conn->bytes_sent | conn->bytes_received))
		return;
	conn->activity |= sent_after > 0 ? SS_ACTIVITY_SENT_LAST : SS_ACTIVITY_RECEIVED_LAST;
	ago_ticks = (u32)now_ticks - (sent_after > 0 ? tp->lsndtime : tp->inet_conn.icsk_ack.lrcvtime);
	conn->last_io_ticks = now_ticks - ago_ticks;
	if (is_inbound(conn) == (sent_after < 0) && !sock_unread_bytes(sk, tp))
		call_joins(conn, ago_ticks * ctl->tick_ns, bpf_ktime_get_ns());
}

/* Adds a record for a connection of which only the present state is known. */
static __always_inline struct ss_connection *add_from_state(struct sock *sk, u64 cookie, u64 now_ns, u8 flags)
{
	struct record_start start = {.cookie = cookie, .now_ns = now_ns, .flags = flags};
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct ss_connection *conn;
	bool inbound;

	if (!tp)
		return NULL;
	inbound = came_in(sk, tp);
	if (inbound)
		start.flags |= SS_CONNECTION_INBOUND;
	start_from_state(&start, sk);
	start.backend = inbound ? backend_of_inbound(sk) : backend_of_outbound(sk);
	conn = record_open(sk, &start);
	if (conn) {
		conn->bytes_received = sock_bytes_taken(sk, tp);
		conn->bytes_sent = sock_bytes_given(sk, tp, !inbound);
		if (start.state == SS_CONNECTION_ESTABLISHED)
			resume(conn, sk, tp);
		if (start.flags & SS_CONNECTION_WAS_UP)
			note_unseen_calls(tp);
	}
	return conn;
}

__hidden struct ss_connection *connection_adopt(struct sock *sk, u64 cookie)
{
	struct ss_control *ctl = control_get();

	if (!ctl || ctl->walk != SS_WALK_DONE || ctl->untracked)
		return NULL;
	count_repair(SS_REPAIR_MISSED_OPEN);
	return add_from_state(sk, cookie, bpf_ktime_get_ns(), SS_CONNECTION_OLDER);
}

__hidden int connection_adopt_up(struct sock *sk, u64 cookie, u64 now_ns)
{
	struct ss_control *ctl = control_get();
	struct ss_backend *other = backend_at(SS_BACKEND_OTHER);
	struct ss_connection *conn;

	if (!ctl || !other)
		return 0;
	if (ctl->walk == SS_WALK_DONE && ctl->untracked) {
		__sync_fetch_and_add(&other->up, 1);
		return 0;
	}
	if (ctl->walk == SS_WALK_DONE)
		count_repair(SS_REPAIR_MISSED_OPEN);
	conn = add_from_state(sk, cookie, now_ns, SS_CONNECTION_OLDER);
	if (!conn)
		return 0;
	conn->state = SS_CONNECTION_ESTABLISHED;
	record_up(conn);
	return 0;
}

__hidden int connection_unnoticed(struct sock *sk)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct ss_control *ctl = control_get();
	u64 cookie;

	/* Never up (no round trip was measured), or at its end before the first walk: that was not to be counted. */
	if (!ctl || !tp || ctl->walk != SS_WALK_DONE || ctl->untracked || !sk->__sk_common.skc_dport || !tp->srtt_us ||
	    tp->tcp_mstamp * 1000 <= ctl->walk_done_ns)
		return 0;
	cookie = sock_cookie(sk);
	if (!cookie)
		return 0;
	count_repair(SS_REPAIR_MISSED_WHOLE);
	if (add_from_state(sk, cookie, bpf_ktime_get_ns(), SS_CONNECTION_OLDER))
		connection_end_late(cookie, SS_CLOSED);
	return 0;
}

/* One fewer of those that have no record, unless there is none. */
static __always_inline bool take_untracked(struct ss_control *ctl)
{
	u64 count = ctl->untracked;

	for (int attempt = 0; attempt < 8 && count; attempt++) {
		u64 before = __sync_val_compare_and_swap(&ctl->untracked, count, count - 1);

		if (before == count)
			return true;
		count = before;
	}
	return false;
}

__hidden int connection_untracked_ended(struct sock *sk, int from)
{
	struct ss_control *ctl = control_get();
	struct ss_backend *other = backend_at(SS_BACKEND_OTHER);
	u64 now_ns = bpf_ktime_get_ns();

	if (!ctl || !other || ctl->walk != SS_WALK_DONE || !take_untracked(ctl))
		return 0;
	/* Its opening time is not known: its slot-seconds come out right, its hold time is left out. */
	__sync_fetch_and_add(&other->in_use, -1ULL);
	__sync_fetch_and_add(&other->left_sum_ns, now_ns);
	backend_count_end(other, from == TCP_SYN_SENT ? connect_failure(sk) : SS_CLOSED);
	return 0;
}

__hidden int connection_walked(struct sock *sk)
{
	struct ss_control *ctl = control_get();
	u8 state = sk->__sk_common.skc_state;
	struct ss_connection *conn;
	u64 cookie;
	bool starting;

	if (!ctl || state == TCP_CLOSE || state == TCP_SYN_RECV || state == TCP_TIME_WAIT || state == TCP_NEW_SYN_RECV)
		return 0;
	cookie = sock_cookie(sk);
	if (!cookie)
		return 0;
	__sync_fetch_and_add(&ctl->walked, 1);
	conn = connection_find(cookie);
	if (conn) {
		conn->audit = (u8)ctl->audit;
		return connection_checked(sk, conn);
	}
	if (state == TCP_LISTEN)
		return listener_opened(sk, cookie);
	starting = ctl->walk == SS_WALK_START;
	if (!starting && ctl->untracked) { /* most likely one that is counted under `other` */
		__sync_fetch_and_add(&ctl->met_untracked, 1);
		return 0;
	}
	if (!starting)
		count_repair(SS_REPAIR_AUDIT_ADDED);
	add_from_state(sk, cookie, bpf_ktime_get_ns(), SS_CONNECTION_OLDER);
	return 0;
}
