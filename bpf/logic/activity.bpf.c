// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* What processes do with a connection between its beginning and its end: who has it, and who spoke last. */
#include "connection.h"

#include "../core/connection_table.h"
#include "../core/control.h"
#include "backend.h"
#include "record.h"

static __always_inline struct ss_connection *find_known(struct sock *sk)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;

	return cookie ? connection_find(cookie) : NULL;
}

__hidden int connection_connect(struct sock *sk)
{
	struct ss_connection *conn = find_known(sk);

	if (!conn)
		return 0;
	record_owner(conn);
	record_addresses(conn, sk);
	return 0;
}

/* With TCP Fast Open a child is accepted, and used, before its handshake is over. */
static __always_inline struct ss_connection *open_early(struct sock *sk, u64 now_ns)
{
	struct record_start start = {
		.cookie = sock_cookie(sk),
		.now_ns = now_ns,
		.direction = SS_INBOUND,
		.state = SS_CONNECTION_ESTABLISHED,
		.flags = SS_CONNECTION_HOLDS | SS_CONNECTION_WAS_UP | SS_CONNECTION_ACCEPTED,
	};

	if (sk->__sk_common.skc_state != TCP_SYN_RECV || !start.cookie)
		return NULL;
	start.backend = backend_of_inbound(sk);
	return record_open(sk, &start);
}

__hidden int connection_accepted(struct sock *sk)
{
	struct ss_connection *conn;
	struct ss_backend *backend;
	u64 now_ns, wait_ns;
	u32 bucket;

	if (!sock_is_tcp(sk))
		return 0;
	now_ns = bpf_ktime_get_ns();
	conn = find_known(sk);
	if (!conn)
		conn = open_early(sk, now_ns);
	if (!conn)
		return 0;
	record_owner(conn);
	conn->flags |= SS_CONNECTION_ACCEPTED;
	backend = backend_at(conn->backend);
	if (!backend || conn->flags & SS_CONNECTION_OLDER)
		return 0;
	wait_ns = now_ns - conn->opened_ns;
	bucket = ss_histogram_bucket(wait_ns);
	__sync_fetch_and_add(&backend->accepted, 1);
	__sync_fetch_and_add(&backend->accept_wait_sum_ns, wait_ns);
	if (bucket < SS_HISTOGRAM_BUCKETS)
		__sync_fetch_and_add(&backend->accept_wait[bucket], 1);
	return 0;
}

static __always_inline void note_user(struct sock *sk, struct ss_connection *conn)
{
	u64 id;

	if (!sock_in_process_context(sk))
		return;
	id = bpf_get_current_pid_tgid();
	/* Written only when it changes: the line is then shared, not owned, by the CPUs of a busy connection. */
	if (conn->tid != (u32)id) {
		conn->pid = id >> 32;
		conn->tid = (u32)id;
	}
	if (!(conn->flags & SS_CONNECTION_ACCEPTED))
		conn->flags |= SS_CONNECTION_ACCEPTED;
}

static __always_inline void note_io(struct ss_connection *conn, u8 last)
{
	u8 both = SS_CONNECTION_SENT_LAST | SS_CONNECTION_RECEIVED_LAST;

	if ((conn->flags & both) != last)
		conn->flags = (conn->flags & ~both) | last;
	conn->last_ns = bpf_ktime_get_ns();
}

__hidden int connection_sent(struct sock *sk, u64 size)
{
	struct ss_connection *conn = find_known(sk);
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (!conn || !tp)
		return 0;
	note_user(sk, conn);
	note_io(conn, SS_CONNECTION_SENT_LAST);
	conn->bytes_sent = sock_bytes_given(sk, tp, conn->direction == SS_OUTBOUND) + size;
	return 0;
}

__hidden int connection_received(struct sock *sk)
{
	struct ss_connection *conn = find_known(sk);
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (!tp)
		return 0;
	if (!conn)
		conn = open_early(sk, bpf_ktime_get_ns());
	if (!conn)
		return 0;
	note_user(sk, conn);
	note_io(conn, SS_CONNECTION_RECEIVED_LAST);
	conn->bytes_received = sock_bytes_taken(sk, tp);
	return 0;
}

__hidden int connection_owned(struct sock *sk, u32 pid, u32 tid)
{
	struct ss_connection *conn;

	if (!sock_is_tcp(sk))
		return 0;
	conn = find_known(sk);
	if (!conn || conn->pid)
		return 0;
	conn->pid = pid;
	conn->tid = tid;
	conn->flags |= SS_CONNECTION_ACCEPTED; /* it has a file descriptor */
	return 0;
}
