/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Why a connection ended, from what the kernel says at its change to CLOSE. */
#ifndef SLOTSCOPE_LOGIC_FAILURE_H
#define SLOTSCOPE_LOGIC_FAILURE_H

#include "../core/maps.h"
#include "../core/sock.h"
#include "backend.h"

/* A connect that never came to be. */
static __always_inline u32 connect_failure(struct sock *sk)
{
	struct tcp_sock *tp;

	switch (sk->sk_err) {
	case ECONNREFUSED:
		return SS_FAILED_REFUSED;
	case ETIMEDOUT:
		return SS_FAILED_TIMED_OUT;
	case ECONNRESET:
	case EPIPE:
		return SS_FAILED_RESET_CONNECTING;
	case EHOSTUNREACH:
	case ENETUNREACH:
		return SS_FAILED_UNREACHABLE;
	case 0:
		break;
	default:
		return SS_FAILED_OTHER;
	}
	/*
	 * No error on the socket: either the caller gave up, or connect() itself failed before the first
	 * sequence number was chosen, which is what EADDRNOTAVAIL looks like (inet_hash_connect).
	 */
	tp = bpf_skc_to_tcp_sock(sk);
	if (!sock_local_port(sk) && tp && !tp->write_seq)
		return SS_FAILED_NO_PORT;
	return SS_FAILED_ABORTED;
}

/*
 * Somebody waits for an answer: on the side that connected, a request went out and nothing came back; on the
 * side that accepted, one came in and nothing went out. Without any I/O seen by a hook (it was before the agent),
 * the byte counts and the kernel's own times of the last segments tell; a tie of those, in timer ticks, is no call.
 */
static __always_inline bool call_outstanding(struct sock *sk, const struct ss_connection *conn)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	bool outbound = conn->direction == SS_OUTBOUND;
	u64 given, came;
	u32 unread;
	s32 sent_after;

	if (!tp)
		return false;
	unread = sock_unread_bytes(sk, tp);
	if (conn->flags & (SS_CONNECTION_SENT_LAST | SS_CONNECTION_RECEIVED_LAST)) {
		if (outbound)
			return (conn->flags & SS_CONNECTION_SENT_LAST) && !unread;
		return (conn->flags & SS_CONNECTION_RECEIVED_LAST) || unread;
	}
	given = sock_bytes_given(sk, tp, outbound);
	came = sock_bytes_taken(sk, tp) + unread;
	sent_after = (s32)(tp->lsndtime - tp->inet_conn.icsk_ack.lrcvtime);
	if (outbound)
		return given && !unread && (!came || sent_after > 0);
	return came && (unread || !given || sent_after < 0);
}

/* A connection that was up. */
static __always_inline u32 established_failure(struct sock *sk, const struct ss_connection *conn)
{
	int error = sk->sk_err;

	if ((error == ECONNRESET || error == EPIPE) && call_outstanding(sk, conn))
		return SS_FAILED_RESET;
	if (conn->direction == SS_INBOUND && !(conn->flags & SS_CONNECTION_ACCEPTED) && !error)
		return SS_FAILED_ABORTED; /* its listener was closed before anybody accepted it */
	return SS_CLOSED;
}

#endif
