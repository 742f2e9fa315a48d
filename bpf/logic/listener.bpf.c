// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Listeners: they name the inbound backends. Each has a record in the connection table, so that one that is met
 * twice (by its hook and by a walk) is counted once.
 */
#include "adopt.h"

#include "../core/connection_table.h"
#include "../core/control.h"
#include "../core/hints.h"
#include "backend.h"
#include "record.h"

__hidden int listener_opened(struct sock *sk, u64 cookie)
{
	struct ss_connection *conn;
	struct ss_backend *backend;
	struct ss_control *ctl;
	ss_place place;

	if (connection_find(cookie))
		return 0;
	if (!sock_local_port(sk)) {
		/* listen() without bind(): the port is chosen after this event. A walk will find it. */
		ctl = control_get();
		if (ctl)
			ctl->walk_wanted = 1;
		return 0;
	}
	place = connection_claim(cookie);
	if (place < 0) {
		count_loss(SS_LOSS_LISTENERS_FULL);
		return 0;
	}
	conn = connection_at(place);
	if (!conn)
		return 0;
	__builtin_memset(conn, 0, sizeof(*conn));
	conn->opened_ns = bpf_ktime_get_ns();
	conn->netns = sock_netns(sk);
	conn->state = SS_CONNECTION_LISTENING;
	conn->flags = SS_CONNECTION_INBOUND;
	record_addresses(conn, sk);
	conn->backend = backend_of_listener(sk);
	backend = backend_at(conn->backend);
	if (backend)
		__sync_fetch_and_add(&backend->listeners, 1);
	hints_void(); /* a wildcard counts from its first listener to its last */
	return connection_publish(place, cookie);
}

__hidden int listener_closed(u64 cookie)
{
	ss_place place = connection_place(cookie);
	struct ss_connection *conn;
	struct ss_backend *backend;

	if (place < 0 || !connection_release(place, cookie))
		return 0;
	conn = connection_at(place);
	if (!conn)
		return 0;
	backend = backend_at(conn->backend);
	if (backend)
		__sync_fetch_and_add(&backend->listeners, -1U);
	hints_void();
	return connection_forget(place, cookie);
}
