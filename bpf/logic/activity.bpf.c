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

/* With TCP Fast Open a child is accepted, and read from, before its handshake is over. Needs the socket's lock. */
static __always_inline struct ss_connection *open_early(struct sock *sk, u64 now_ns)
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
	struct ss_backend *backend;
	u64 now_ns, wait_ns;
	u32 bucket;

	if (!sock_is_tcp(sk))
		return 0;
	/*
	 * The child is not locked here, and it may be accepted a moment before its change to ESTABLISHED is reported
	 * on another CPU: then that event makes the record, and the first read or write names the process.
	 */
	conn = find_known(sk);
	if (!conn)
		return 0;
	now_ns = bpf_ktime_get_ns();
	record_owner(conn);
	conn->activity |= SS_ACTIVITY_ACCEPTED;
	backend = backend_at(conn->backend);
	if (!backend || conn->flags & SS_CONNECTION_OLDER)
		return 0;
	wait_ns = now_ns > conn->opened_ns ? now_ns - conn->opened_ns : 0;
	bucket = ss_histogram_bucket(wait_ns);
	__sync_fetch_and_add(&backend->accepted, 1);
	__sync_fetch_and_add(&backend->accept_wait_sum_ns, wait_ns);
	if (bucket < SS_HISTOGRAM_BUCKETS)
		__sync_fetch_and_add(&backend->accept_wait[bucket], 1);
	return 0;
}

static __always_inline void note_user(struct ss_connection *conn)
{
	u64 id = bpf_get_current_pid_tgid();

	/* Written only when it changes: the line is then shared, not owned, by the CPUs of a busy connection. */
	if (conn->tid != (u32)id) {
		conn->pid = id >> 32;
		conn->tid = (u32)id;
	}
	if (!(conn->activity & SS_ACTIVITY_ACCEPTED))
		conn->activity |= SS_ACTIVITY_ACCEPTED;
}

static __always_inline void note_io(struct ss_connection *conn, u8 last)
{
	u8 both = SS_ACTIVITY_SENT_LAST | SS_ACTIVITY_RECEIVED_LAST;

	if ((conn->activity & both) != last)
		conn->activity = (conn->activity & ~both) | last;
	conn->last_ns = bpf_ktime_get_ns();
}

__hidden int connection_sent(struct sock *sk, u64 size)
{
	struct ss_connection *conn = find_known(sk);
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);

	if (!conn || !tp)
		return 0;
	note_user(conn);
	note_io(conn, SS_ACTIVITY_SENT_LAST);
	conn->bytes_sent = sock_bytes_given(sk, tp, !is_inbound(conn)) + size;
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
	if (sock_in_process_context(sk)) /* kernel TLS reads in softirq, in whichever process was interrupted */
		note_user(conn);
	note_io(conn, SS_ACTIVITY_RECEIVED_LAST);
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
	conn->activity |= SS_ACTIVITY_ACCEPTED; /* it has a file descriptor */
	return 0;
}
