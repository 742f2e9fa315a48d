// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Unix sockets that a walk meets, or does not meet any more. */
#include "unix.h"

#include "../core/connection_table.h"
#include "../core/control.h"
#include "adopt.h"
#include "audit.h"
#include "backend.h"
#include "connection.h"
#include "record.h"
#include "unix_find.h"

static __noinline u32 backend_of_unix(const struct unix_sock *named, u8 direction)
{
	struct ss_backend_key key SS_HINT_KEY = {};

	if (!unix_key(named, &key))
		return SS_BACKEND_OTHER;
	key.direction = direction;
	return backend_of_exact_key(&key, key.netns, sock_netns(&named->sk));
}

/* A listener that is met for the first time. */
static __noinline int listens(struct unix_sock *met, u64 cookie)
{
	struct ss_backend_key key SS_HINT_KEY = {};
	struct ss_control *ctl = control_get();
	struct ss_connection *conn;
	struct ss_backend *backend;
	ss_place place;

	if (unix_peer_pid(&met->sk) == ss_own_pid || !unix_key(met, &key))
		return 0;
	key.direction = SS_INBOUND;
	place = connection_claim(cookie);
	conn = place >= 0 ? connection_at(place) : NULL;
	if (!conn) {
		count_loss(SS_LOSS_LISTENERS_FULL);
		return 0;
	}
	__builtin_memset(conn, 0, sizeof(*conn));
	conn->opened_ns = bpf_ktime_get_ns();
	conn->netns = sock_netns(&met->sk);
	conn->state = SS_CONNECTION_LISTENING;
	conn->flags = SS_CONNECTION_INBOUND | SS_CONNECTION_UNIX;
	conn->audit = ctl ? (u8)ctl->unix_audit : 0;
	__builtin_memcpy(conn->local_ip, key.ip, sizeof(key.ip));
	conn->backend = backend_of_exact_key(&key, key.netns, conn->netns);
	backend = backend_at(conn->backend);
	if (backend)
		__sync_fetch_and_add(&backend->listeners, 1);
	connection_publish(place, cookie);
	unix_record_made();
	return 0;
}

/* It was taken for closed when its process had read the end of file, and is not. */
static __always_inline void take_slot_again(struct ss_connection *conn)
{
	struct ss_backend *backend = backend_at(conn->backend);
	u64 left_ns = conn->left_ns;

	if (!backend)
		return;
	count_repair(SS_REPAIR_UNIX_FOUND_OPEN);
	__sync_fetch_and_add(&backend->in_use, 1);
	__sync_fetch_and_add(&backend->entered_sum_ns, left_ns);
	conn->last_io_ticks = bpf_jiffies64();
	conn->state = SS_CONNECTION_PEER_CLOSED;
	conn->flags |= SS_CONNECTION_HOLDS;
}

/* A process that means to close has done so by then. */
#define SURELY_OPEN_NS 500000000ULL

/* Its record, while nobody else changes it: who does may have ended it, and another connection has the place. */
static __always_inline void moves_alone(const struct unix_sock *met, const struct sock *client, u32 index)
{
	u32 lock = unix_lock(client->__sk_common.skc_cookie.counter, SS_UNIX_LOOKS_BYTES);

	if (!lock)
		return;
	connection_moves(connection_find(met->sk.__sk_common.skc_cookie.counter), index);
	unix_unlock(lock);
}

static __always_inline void regroup(const struct unix_sock *met, struct ss_connection *conn)
{
	struct unix_ends ends;

	if (conn->state == SS_CONNECTION_LISTENING)
		connection_moves(conn, backend_of_unix(met, SS_INBOUND));
	else if (unix_find_ends((struct sock *)met, &ends))
		moves_alone(met, ends.client, backend_of_unix(ends.named, is_inbound(conn) ? SS_INBOUND : SS_OUTBOUND));
}

static __always_inline void check(struct unix_sock *met, struct ss_connection *conn)
{
	struct ss_control *ctl = control_get();
	u32 lock;

	if (!ctl)
		return;
	conn->audit = (u8)ctl->unix_audit;
	if (ctl->regroup)
		regroup(met, conn);
	if (conn->state == SS_CONNECTION_LISTENING)
		return;
	if (sock_has_owner(&met->sk) && !(conn->activity & SS_ACTIVITY_ACCEPTED))
		conn->activity |= SS_ACTIVITY_ACCEPTED;
	if (conn->flags & SS_CONNECTION_HOLDS || bpf_ktime_get_ns() < conn->left_ns + SURELY_OPEN_NS)
		return;
	lock = unix_lock(unix_client_of(conn), SS_UNIX_LOOKS);
	if (!lock)
		return;
	conn = connection_find(met->sk.__sk_common.skc_cookie.counter);
	if (conn && !holds_slot(conn))
		take_slot_again(conn);
	unix_unlock(lock);
}

__hidden int unix_walked(struct unix_sock *met)
{
	struct sock *sk = (struct sock *)met;
	struct ss_control *ctl = control_get();
	u8 state = sk->__sk_common.skc_state;
	struct ss_connection *conn;
	u64 cookie;

	if (!ctl || !sock_is_unix_stream(sk) || (state != TCP_LISTEN && state != TCP_ESTABLISHED) || sock_is_dead(sk))
		return 0;
	cookie = sk->__sk_common.skc_cookie.counter;
	conn = cookie ? connection_find(cookie) : NULL;
	if (conn) {
		__sync_fetch_and_add(&ctl->unix_walked, 1);
		check(met, conn);
		return 0;
	}
	if (state == TCP_LISTEN) {
		cookie = sock_cookie(sk);
		return cookie ? listens(met, cookie) : 0;
	}
	if (unix_open_both(sk, SS_CONNECTION_OLDER) && ctl->walk == SS_WALK_DONE && ctl->unix_ends_seen)
		count_repair(SS_REPAIR_AUDIT_ADDED);
	return 0;
}

__hidden int unix_vanished(u64 cookie)
{
	struct ss_connection *conn = connection_find(cookie);

	if (!conn || !(conn->flags & SS_CONNECTION_UNIX))
		return 0;
	if (conn->state == SS_CONNECTION_LISTENING) {
		listener_closed(cookie);
		return 1;
	}
	if (conn->flags & SS_CONNECTION_HOLDS)
		count_repair(SS_REPAIR_UNIX_FOUND_CLOSED);
	connection_end_late(cookie, is_inbound(conn) && !(conn->activity & SS_ACTIVITY_ACCEPTED) ? SS_FAILED_ABORTED
												 : SS_CLOSED);
	return 1;
}
