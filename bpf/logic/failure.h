/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Why a connection ended, from what the kernel says at its change to CLOSE. */
#ifndef SLOTSCOPE_LOGIC_FAILURE_H
#define SLOTSCOPE_LOGIC_FAILURE_H

#include "../core/maps.h"
#include "../core/sock.h"
#include "backend.h"
#include "record.h"

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
	 * No error on the socket: either the caller gave up, which shuts the socket down (close) or finds a SYN on its
	 * way (a disconnect by AF_UNSPEC), or connect() itself failed before it made one: EADDRNOTAVAIL
	 * (inet_hash_connect), because no local port was left or the bound one leads there already.
	 */
	tp = bpf_skc_to_tcp_sock(sk);
	if (tp && !tp->packets_out && sk->sk_shutdown != SHUTDOWN_MASK)
		return SS_FAILED_NO_PORT;
	return SS_FAILED_ABORTED;
}

/*
 * Somebody waits for an answer, or for the rest of it: nobody does once this side has closed. Where the protocol does not
 * tell, it is taken from who spoke last: on the side that connected, a request went out and nothing came back; on the
 * side that accepted, one came in and nothing went out. Without any I/O seen by a hook (it was before the agent),
 * the byte counts and the kernel's own times of the last segments tell; a tie of those, in timer ticks, is no call.
 */
static __always_inline bool call_outstanding(struct sock *sk, const struct ss_connection *conn)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	bool outbound = !is_inbound(conn);
	u64 given, came;
	u32 unread;

	if (!tp || conn->state == SS_CONNECTION_CLOSING)
		return false;
	unread = sock_unread_bytes(sk, tp);
	if (call_ends_are_told(conn))
		return outbound ? call_is_outstanding(conn) && !unread : call_is_outstanding(conn) || unread;
	if (conn->activity & (SS_ACTIVITY_SENT_LAST | SS_ACTIVITY_RECEIVED_LAST)) {
		if (outbound)
			return (conn->activity & SS_ACTIVITY_SENT_LAST) && !unread;
		return (conn->activity & SS_ACTIVITY_RECEIVED_LAST) || unread;
	}
	given = sock_bytes_given(sk, tp, outbound);
	came = sock_bytes_taken(sk, tp) + unread;
	if (outbound)
		return given && !unread && (!came || sock_sent_after(tp) > 0);
	return came && (unread || !given || sock_sent_after(tp) < 0);
}

/* A connection that was up. */
static __always_inline u32 established_failure(struct sock *sk, const struct ss_connection *conn)
{
	int error = sk->sk_err;

	if ((error == ECONNRESET || error == EPIPE) && call_outstanding(sk, conn))
		return SS_FAILED_RESET;
	/*
	 * Its listener was closed before anybody accepted it: then this side has sent no FIN. (A subflow of MPTCP is
	 * never seen in anybody's hands, but it says goodbye.)
	 */
	if (is_inbound(conn) && !(conn->activity & SS_ACTIVITY_ACCEPTED) && !error &&
	    (conn->state == SS_CONNECTION_ESTABLISHED || conn->state == SS_CONNECTION_PEER_CLOSED))
		return SS_FAILED_ABORTED;
	return SS_CLOSED;
}

static __always_inline u32 how_it_ended(struct sock *sk, const struct ss_connection *conn)
{
	return conn->flags & SS_CONNECTION_WAS_UP ? established_failure(sk, conn) : connect_failure(sk);
}

#endif
