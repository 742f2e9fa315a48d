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

/* Bytes that the peer has sent and the application has not taken; the peer's FIN is none. */
static __always_inline u32 unread_bytes(const struct tcp_sock *tp, u8 shutdown)
{
	u32 unread = tp->rcv_nxt - tp->copied_seq;

	return unread && (shutdown & RCV_SHUTDOWN) ? unread - 1 : unread;
}

/*
 * Somebody waits for an answer: on the side that connected, a request went out and nothing came back; on the
 * side that accepted, one came in and nothing went out. For connections without any I/O seen by a hook, the
 * kernel's own times of the last segments tell (in timer ticks: a tie is no call).
 */
static __always_inline bool call_outstanding(struct sock *sk, const struct ss_connection *conn)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	u32 unread;
	s32 sent_after;

	if (!tp)
		return false;
	unread = unread_bytes(tp, sk->sk_shutdown);
	if (conn->flags & (SS_CONNECTION_SENT_LAST | SS_CONNECTION_RECEIVED_LAST)) {
		if (conn->direction == SS_OUTBOUND)
			return (conn->flags & SS_CONNECTION_SENT_LAST) && !unread;
		return (conn->flags & SS_CONNECTION_RECEIVED_LAST) || unread;
	}
	if (conn->direction == SS_INBOUND && unread)
		return true;
	sent_after = (s32)(tp->lsndtime - tp->inet_conn.icsk_ack.lrcvtime);
	return conn->direction == SS_OUTBOUND ? sent_after > 0 : sent_after < 0;
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
