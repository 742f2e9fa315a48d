/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Beginning and ending the record of a connection, and the counts that go with it: always together. Inlined, because
 * each request of a client without keep-alive comes this way.
 */
#ifndef SLOTSCOPE_LOGIC_RECORD_H
#define SLOTSCOPE_LOGIC_RECORD_H

#include "../core/connection_table.h"
#include "../core/control.h"
#include "../core/maps.h"
#include "../core/sock.h"
#include "call.h"
#include "slots.h"

/* How a connection begins. */
struct record_start {
	u64 cookie;
	u64 now_ns;
	u32 backend;
	u8 state;
	u8 flags; /* HOLDS and WAS_UP decide what is counted */
	u8 activity;
	bool only_with_room; /* a later event opens it otherwise: not counted under `other` now */
};

/* The process that runs now uses the connection. */
static __always_inline void record_owner(struct ss_connection *conn)
{
	struct task_struct *task = bpf_get_current_task_btf();

	conn->pid = task->tgid;
	conn->tid = task->pid;
}

static __always_inline bool is_inbound(const struct ss_connection *conn)
{
	return conn->flags & SS_CONNECTION_INBOUND;
}

/*
 * After it has given its slot back a process may still drain what was queued (a lingering close): that begins no call, which
 * nobody would end.
 */
static __always_inline bool holds_slot(const struct ss_connection *conn)
{
	return conn->flags & SS_CONNECTION_HOLDS;
}

static __always_inline void record_addresses(struct ss_connection *conn, struct sock *sk)
{
	sock_local_ip(sk, conn->local_ip);
	sock_remote_ip(sk, conn->remote_ip);
	conn->local_port = sock_local_port(sk);
	conn->remote_port = sock_remote_port(sk);
}

/* Opened and not in use: found in its last states by a walk. */
static __always_inline void count_opened_without_slot(u32 index)
{
	struct ss_backend *backend = backend_at(index);

	if (backend)
		__sync_fetch_and_add(&backend->opened, 1);
}

static __always_inline void count_start(const struct record_start *start, u32 index)
{
	struct ss_backend *backend = backend_at(index);

	if (start->flags & SS_CONNECTION_HOLDS)
		backend_enter(index, start->now_ns, start->cookie);
	else
		count_opened_without_slot(index);
	if (!backend)
		return;
	if (!(start->flags & SS_CONNECTION_INBOUND) && (start->flags & SS_CONNECTION_WAS_UP))
		__sync_fetch_and_add(&backend->up, 1);
	if (start->flags & SS_CONNECTION_OLDER)
		__sync_fetch_and_add(&backend->older, 1);
}

/* No room for a record: the totals stay right under `other`, the detail is lost and said so. */
__hidden int record_open_untracked(const struct record_start *start);

/* Where the record of a new connection is to stand. NULL when the table is full: then it is counted under `other`. */
static __always_inline struct ss_connection *record_claim(const struct record_start *start, ss_place *place)
{
	*place = connection_claim(start->cookie);
	if (*place >= 0)
		return connection_at(*place);
	if (!start->only_with_room)
		record_open_untracked(start);
	return NULL;
}

/* All but its addresses. */
static __always_inline void record_fill(struct ss_connection *conn, const struct record_start *start, u32 netns)
{
	struct ss_control *ctl = control_get();

	conn->opened_ns = start->now_ns;
	conn->last_io_ticks = 0;
	conn->bytes_sent = 0;
	conn->bytes_received = 0;
	conn->backend = start->backend;
	conn->pid = 0;
	conn->tid = 0;
	conn->netns = netns;
	conn->state = start->state;
	conn->flags = start->flags;
	conn->activity = start->activity;
	conn->call_began_ns = 0;
	conn->call_state = SS_CALL_NONE;
	conn->call_flags = 0;
	conn->protocol = SS_PROTOCOL_UNKNOWN;
	conn->cookie_low = (u32)start->cookie;
	conn->http2_streams = 0;
	conn->http2 = 0;
	conn->call_stream = 0;
	conn->audit = ctl ? (u8)ctl->audit : 0;
}

/* Visible first, counted second: the holders at the moment of a limit hit include the one that hit it. */
static __always_inline void record_begin(const struct record_start *start, ss_place place)
{
	connection_publish(place, start->cookie);
	count_start(start, start->backend);
}

/* Adds the record and counts the opening. NULL when the table is full: then it is counted under `other`. */
static __always_inline struct ss_connection *record_open(struct sock *sk, const struct record_start *start)
{
	ss_place place;
	struct ss_connection *conn = record_claim(start, &place);

	if (!conn)
		return NULL;
	record_fill(conn, start, sock_netns(sk));
	record_addresses(conn, sk);
	record_begin(start, place);
	return conn;
}

/* The connection gives its slot back; it may stay open for a while. */
static __always_inline void record_leave_slot(struct ss_connection *conn)
{
	u64 now_ns;

	if (!holds_slot(conn))
		return;
	now_ns = bpf_ktime_get_ns(); /* a clock costs as much as a look-up: read only where it is needed */
	conn->flags &= ~SS_CONNECTION_HOLDS;
	conn->left_ns = now_ns;
	if (conn->call_state != SS_CALL_NONE || conn->http2)
		call_cut_off(conn, now_ns);
	backend_leave(conn->backend, conn->opened_ns, now_ns);
}

/* A connection that is up, of MPTCP: no hook sees what passes on it. */
static __always_inline void note_unseen_calls(const struct tcp_sock *tp)
{
	if (sock_is_mptcp(tp))
		count_loss(SS_LOSS_MPTCP_CALLS);
}

/* A connecting connection is up. */
static __always_inline void record_up(struct ss_connection *conn)
{
	struct ss_backend *backend = backend_at(conn->backend);

	if (conn->flags & SS_CONNECTION_WAS_UP)
		return;
	conn->flags |= SS_CONNECTION_WAS_UP;
	if (backend && !is_inbound(conn))
		__sync_fetch_and_add(&backend->up, 1);
}

/* A process has the inbound connection from now on: counts how long it has waited for that. */
static __always_inline void record_accepted(struct ss_connection *conn)
{
	struct ss_backend *backend = backend_at(conn->backend);
	u64 now_ns = bpf_ktime_get_ns();
	u64 wait_ns = now_ns > conn->opened_ns ? now_ns - conn->opened_ns : 0;

	conn->activity |= SS_ACTIVITY_ACCEPTED;
	if (!backend || conn->flags & SS_CONNECTION_OLDER)
		return;
	__sync_fetch_and_add(&backend->accepted, 1);
	__sync_fetch_and_add(&backend->accept_wait_sum_ns, wait_ns);
	count_duration(backend->accept_wait, wait_ns);
}

/*
 * A connection ends in two steps. This one takes it out of the table's sight and gives back its slot; NULL where somebody
 * else just did. How it ended is judged in between: of the many answers the verifier would follow each through all of this.
 */
static __always_inline struct ss_connection *record_take_out(ss_place place, u64 cookie)
{
	struct ss_connection *conn;

	if (!connection_release(place, cookie))
		return NULL;
	conn = connection_at(place);
	if (!conn)
		return NULL;
	record_leave_slot(conn);
	if (conn->call_state != SS_CALL_NONE || conn->http2) /* begun without a slot: it must not count for good */
		call_cut_off(conn, bpf_ktime_get_ns());
	return conn;
}

/* Counts the end as `how` (an enum ss_failure, or SS_CLOSED) and frees the record. */
static __always_inline void record_end(struct ss_connection *conn, ss_place place, u64 cookie, u32 how)
{
	struct ss_backend *backend = backend_at(conn->backend);

	if (backend)
		backend_count_end(backend, how);
	connection_forget(place, cookie);
}

#endif
