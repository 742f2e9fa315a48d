// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "record.h"

#include "../core/connection_table.h"
#include "../core/control.h"
#include "backend.h"
#include "failure.h"

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
static __always_inline void open_untracked(const struct record_start *start)
{
	struct ss_control *ctl = control_get();

	count_loss(SS_LOSS_CONNECTIONS_FULL);
	if (ctl)
		__sync_fetch_and_add(&ctl->untracked, 1);
	count_start(start, SS_BACKEND_OTHER);
}

__hidden struct ss_connection *record_open(struct sock *sk, const struct record_start *start)
{
	ss_place place = connection_claim(start->cookie);
	struct ss_connection *conn;
	struct ss_control *ctl;

	if (place < 0) {
		if (!start->only_with_room)
			open_untracked(start);
		return NULL;
	}
	conn = connection_at(place);
	if (!conn)
		return NULL;
	conn->opened_ns = start->now_ns;
	conn->last_io_ticks = 0;
	conn->bytes_sent = 0;
	conn->bytes_received = 0;
	conn->backend = start->backend;
	conn->pid = 0;
	conn->tid = 0;
	conn->netns = sock_netns(sk);
	conn->state = start->state;
	conn->flags = start->flags;
	conn->activity = start->activity;
	ctl = control_get();
	conn->audit = ctl ? (u8)ctl->audit : 0;
	record_addresses(conn, sk);
	/* Visible first, counted second: the holders at the moment of a limit hit include the one that hit it. */
	connection_publish(place, start->cookie);
	count_start(start, start->backend);
	return conn;
}

__hidden int record_leave_slot(struct ss_connection *conn)
{
	u64 now_ns;

	if (!(conn->flags & SS_CONNECTION_HOLDS))
		return 0;
	now_ns = bpf_ktime_get_ns(); /* a clock costs as much as a look-up: read only where it is needed */
	conn->flags &= ~SS_CONNECTION_HOLDS;
	conn->left_ns = now_ns;
	backend_leave(conn->backend, conn->opened_ns, now_ns);
	return 0;
}

__hidden int record_up(struct ss_connection *conn)
{
	struct ss_backend *backend = backend_at(conn->backend);

	if (conn->flags & SS_CONNECTION_WAS_UP)
		return 0;
	conn->flags |= SS_CONNECTION_WAS_UP;
	if (backend && !is_inbound(conn))
		__sync_fetch_and_add(&backend->up, 1);
	return 0;
}

__hidden int record_end(u64 cookie, u32 how)
{
	ss_place place = connection_release(cookie);
	struct ss_connection *conn;
	struct ss_backend *backend;

	if (place < 0)
		return 0;
	conn = connection_at(place);
	if (!conn)
		return 0;
	record_leave_slot(conn);
	backend = backend_at(conn->backend);
	if (backend)
		backend_count_end(backend, how);
	return connection_forget(place);
}
