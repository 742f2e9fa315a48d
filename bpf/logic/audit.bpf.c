// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "audit.h"

#include "../core/control.h"
#include "backend.h"
#include "http2.h"
#include "record.h"

/* Takes a slot of a limit that counts calls. */
static __always_inline bool has_call(const struct ss_connection *conn)
{
	return conn->call_state != SS_CALL_NONE && conn->call_state != SS_CALL_ANSWERED;
}

static __always_inline void leave_old_backend(struct ss_connection *conn, struct ss_backend *old, u64 now_ns)
{
	if (conn->flags & SS_CONNECTION_HOLDS) {
		/* not backend_leave: the hold is not over, so it is no hold time yet */
		__sync_fetch_and_add(&old->in_use, -1ULL);
		__sync_fetch_and_add(&old->left_sum_ns, now_ns);
	}
	if (conn->http2) {
		http2_leaves_backend(conn, now_ns);
	} else if (has_call(conn)) {
		call_leave(conn, now_ns);
		count_outcome(conn, SS_CALL_UNKNOWN); /* as the connection counts as closed there */
	}
	__sync_fetch_and_add(&old->closed, 1);
	if (!is_inbound(conn) && !(conn->flags & SS_CONNECTION_WAS_UP))
		__sync_fetch_and_add(&old->up, 1); /* no longer one of its connecting ones */
}

static __always_inline void enter_new_backend(struct ss_connection *conn, u32 index, struct ss_backend *backend,
					      u64 now_ns)
{
	if (conn->flags & SS_CONNECTION_HOLDS)
		backend_enter(index, now_ns, 0);
	else
		__sync_fetch_and_add(&backend->opened, 1);
	if (!is_inbound(conn) && (conn->flags & SS_CONNECTION_WAS_UP))
		__sync_fetch_and_add(&backend->up, 1);
}

int connection_moves(struct ss_connection *conn, u32 index)
{
	u64 now_ns = bpf_ktime_get_ns();
	struct ss_backend *old, *backend;

	if (!conn || index == conn->backend || index == SS_BACKEND_OTHER)
		return 0;
	old = backend_at(conn->backend);
	backend = backend_at(index);
	if (!old || !backend)
		return 0;
	if (conn->state == SS_CONNECTION_LISTENING) {
		__sync_fetch_and_add(&old->listeners, -1U);
		__sync_fetch_and_add(&backend->listeners, 1);
	} else {
		leave_old_backend(conn, old, now_ns);
		enter_new_backend(conn, index, backend, now_ns);
		count_repair(SS_REPAIR_REGROUPED);
	}
	conn->backend = index;
	if (conn->http2)
		http2_enters_backend(conn, now_ns);
	else if (has_call(conn))
		call_enter(conn, now_ns);
	return 0;
}

/* A changed configuration has put the address into another backend. */
static __always_inline void regroup(struct sock *sk, struct ss_connection *conn)
{
	if (conn->state == SS_CONNECTION_LISTENING)
		connection_moves(conn, backend_of_listener(sk));
	else if (!is_inbound(conn))
		connection_moves(conn, backend_of_outbound(sk));
	else
		connection_moves(conn, backend_of_inbound(sk));
}

__hidden int connection_checked(struct sock *sk, struct ss_connection *conn)
{
	struct ss_control *ctl = control_get();
	u8 state = sk->__sk_common.skc_state;

	if (ctl && ctl->regroup)
		regroup(sk, conn);
	if (conn->state == SS_CONNECTION_LISTENING)
		return 0;
	if (sock_has_owner(sk) && !(conn->activity & SS_ACTIVITY_ACCEPTED))
		conn->activity |= SS_ACTIVITY_ACCEPTED;
	if (conn->state == SS_CONNECTION_CONNECTING && state != TCP_SYN_SENT) {
		count_repair(SS_REPAIR_MISSED_STATE);
		conn->state = SS_CONNECTION_ESTABLISHED;
		record_up(conn);
	}
	/* Closed while half-closed, and nobody has told: the slot is free. */
	if ((conn->flags & SS_CONNECTION_HOLDS) && !sock_has_owner(sk) &&
	    (state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_LAST_ACK || state == TCP_CLOSING)) {
		conn->state = SS_CONNECTION_CLOSING;
		record_leave_slot(conn);
	}
	return 0;
}
