// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "connection.h"

#include "../core/connection_table.h"
#include "../core/control.h"
#include "adopt.h"
#include "failure.h"
#include "record.h"

int connection_end_late(u64 cookie, u32 how)
{
	ss_place place = connection_place(cookie);
	struct ss_connection *conn = place >= 0 ? record_take_out(place, cookie) : NULL;

	if (conn)
		record_end(conn, place, cookie, how);
	return 0;
}

__hidden int connection_end_unknown(struct sock *sk, u64 cookie, int from)
{
	struct ss_connection *conn;

	if (from == TCP_SYN_RECV || from == TCP_CLOSE)
		return 0; /* never came up: an embryo of a listener, or nothing at all */
	conn = connection_adopt(sk, cookie);
	if (!conn)
		return connection_untracked_ended(sk, from);
	return connection_end_late(cookie, how_it_ended(sk, conn));
}

/* CLOSE has been reported before; this makes up for one that was not. */
__hidden int connection_destroyed(struct sock *sk)
{
	struct ss_connection *conn;
	u64 cookie;

	if (!sock_is_tcp(sk))
		return 0;
	cookie = sk->__sk_common.skc_cookie.counter;
	if (!cookie)
		return connection_unnoticed(sk);
	conn = connection_find(cookie);
	if (!conn)
		return 0;
	count_repair(SS_REPAIR_MISSED_END);
	if (conn->state == SS_CONNECTION_LISTENING)
		return listener_closed(cookie);
	return connection_end_late(cookie, how_it_ended(sk, conn));
}

__hidden int connection_vanished(u64 cookie)
{
	struct ss_connection *conn = connection_find(cookie);

	if (!conn)
		return 0;
	count_repair(SS_REPAIR_AUDIT_REMOVED);
	if (conn->state == SS_CONNECTION_LISTENING)
		listener_closed(cookie);
	else
		connection_end_late(cookie, SS_CLOSED);
	return 1;
}
