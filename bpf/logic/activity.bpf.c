// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* What processes do with a connection between its beginning and its end: who has it, and who spoke last. */
#include "activity.h"
#include "connection.h"

#include "../core/connection_table.h"
#include "../core/control.h"
#include "backend.h"
#include "record.h"

__hidden int connection_connect(struct sock *sk)
{
	struct ss_connection *conn = connection_known(sk);

	if (!conn)
		return 0;
	record_owner(conn);
	record_addresses(conn, sk);
	return 0;
}

/* With TCP Fast Open a child is accepted, and read from, before its handshake is over. Needs the socket's lock. */
__hidden struct ss_connection *connection_open_early(struct sock *sk, u64 now_ns)
{
	struct record_start start = {
		.cookie = sock_cookie(sk),
		.now_ns = now_ns,
		.state = SS_CONNECTION_ESTABLISHED,
		.flags = SS_CONNECTION_HOLDS | SS_CONNECTION_WAS_UP | SS_CONNECTION_INBOUND,
		.activity = SS_ACTIVITY_ACCEPTED,
		.only_with_room = true,
	};

	if (sk->__sk_common.skc_state != TCP_SYN_RECV || !start.cookie)
		return NULL;
	start.backend = backend_of_inbound(sk);
	return record_open(sk, &start);
}

__hidden int connection_accepted(struct sock *sk)
{
	struct ss_connection *conn;

	if (!sock_is_tcp(sk))
		return 0;
	/*
	 * The child is not locked here, and it may be accepted a moment before its change to ESTABLISHED is reported
	 * on another CPU: then that event makes the record, and the first read or write names the process.
	 */
	conn = connection_known(sk);
	if (!conn)
		return 0;
	record_owner(conn);
	record_accepted(conn);
	return 0;
}

__hidden int connection_owned(struct sock *sk, u32 pid, u32 tid)
{
	struct ss_connection *conn;

	if (!sock_is_tcp(sk))
		return 0;
	conn = connection_known(sk);
	if (!conn || conn->pid)
		return 0;
	conn->pid = pid;
	conn->tid = tid;
	conn->activity |= SS_ACTIVITY_ACCEPTED; /* it has a file descriptor */
	return 0;
}
