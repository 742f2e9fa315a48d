// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* What passes on a Unix connection, and its end. */
#include "unix.h"

#include "../core/connection_table.h"
#include "../core/control.h"
#include "activity.h"
#include "adopt.h"
#include "connection.h"
#include "record.h"

static __always_inline bool is_unix(const struct ss_connection *conn)
{
	return conn->flags & SS_CONNECTION_UNIX;
}

/* An inbound end that nobody has accepted was given up with its listener. */
static __always_inline u32 how_it_ends(const struct ss_connection *conn)
{
	return is_inbound(conn) && !(conn->activity & SS_ACTIVITY_ACCEPTED) ? SS_FAILED_ABORTED : SS_CLOSED;
}

static __always_inline void end_of(u64 cookie)
{
	const struct ss_connection *conn = connection_find(cookie);

	if (conn && is_unix(conn))
		connection_end_late(cookie, how_it_ends(conn));
}

/* Its request has come, and nothing of its answer has gone: who serves it is at work, whoever may have left. */
static __always_inline bool is_at_work(const struct ss_connection *conn)
{
	return is_inbound(conn) && (conn->call_state == SS_CALL_REQUEST || conn->call_state == SS_CALL_WAITING);
}

/*
 * The other end is closed. Where no hook sees ends, that is how its end is known; and what is still to come at this end is
 * its own, once its process has read all there is. Should it stay open after all, a walk finds it.
 */
static __always_inline void note_closed_peer(struct sock *sk, struct ss_connection *conn, bool end_of_file)
{
	struct unix_sock *own = bpf_skc_to_unix_sock(sk);
	struct sock *peer = own ? own->peer : NULL;
	struct ss_control *ctl = control_get();

	if (!peer || !ctl || !sock_is_dead(peer))
		return;
	if (conn->state == SS_CONNECTION_ESTABLISHED)
		conn->state = SS_CONNECTION_PEER_CLOSED;
	if (peer->__sk_common.skc_cookie.counter)
		end_of(peer->__sk_common.skc_cookie.counter);
	if (ctl->unix_ends_seen)
		return;
	if (is_at_work(conn) || (!end_of_file && (sk->sk_receive_queue.qlen || conn->call_state != SS_CALL_NONE)))
		return;
	conn->state = SS_CONNECTION_CLOSING;
	record_leave_slot(conn);
}

static __always_inline struct ss_connection *unix_known(struct sock *sk)
{
	struct ss_connection *conn = connection_known(sk);

	return conn && is_unix(conn) ? conn : NULL;
}

const volatile __u32 ss_unix_messages = 0;

static __always_inline bool is_timed(const struct ss_connection *conn)
{
	return !ss_unix_messages || conn->protocol == SS_PROTOCOL_TIMING;
}

/*
 * The client's request is on its way, and nobody has looked at it: its call begins, whatever it will turn out to be. That a
 * server answers is seen when the client takes it.
 */
static __always_inline void note_sent(struct ss_connection *conn, ss_place place)
{
	if (is_timed(conn))
		dialogue_timed(place, is_inbound(conn) ? SIDE_RESPONSE : SIDE_REQUEST);
	else if (!is_inbound(conn) && conn->call_state == SS_CALL_NONE)
		call_begins(conn, SS_CALL_REQUEST, bpf_ktime_get_ns());
}

static __always_inline void pass_unseen(ss_place place, u32 unseen, u32 side)
{
	struct ss_connection *conn = connection_at(place);

	dialogue_unseen(place, unseen, side);
	/* No longer understood: then any answer is one. */
	if (conn && conn->protocol == SS_PROTOCOL_TIMING && side == SIDE_RESPONSE)
		dialogue_timed(place, side);
}

/* Bytes that were taken and not looked at (of a sender that is closed, or by splice) are unseen at both ends. */
static __always_inline void note_unseen(struct sock *sk, struct ss_connection *conn, ss_place place)
{
	struct unix_sock *own = bpf_skc_to_unix_sock(sk);
	u32 side = is_inbound(conn) ? SIDE_REQUEST : SIDE_RESPONSE;
	struct ss_dialogue *dialogue = dialogue_at(place);
	struct sock *peer = own ? own->peer : NULL;
	u64 other = peer ? peer->__sk_common.skc_cookie.counter : 0;
	s32 unseen;

	if (!dialogue)
		return;
	unseen = (s32)((u32)conn->bytes_received - dialogue->taken_seq);
	if (unseen <= 0)
		return;
	dialogue->taken_seq = (u32)conn->bytes_received;
	/* What a client has left behind that is gone (php-fpm takes the end of a request after its answer) is no request. */
	if (side == SIDE_REQUEST && conn->protocol > SS_PROTOCOL_TIMING && peer && sock_is_dead(peer))
		return;
	pass_unseen(place, unseen, side);
	place = other ? connection_place(other) : -1;
	if (place >= 0)
		pass_unseen(place, unseen, side);
}

/* Its bytes were shown to the framers as they were copied; or they are told by timing. */
static __always_inline void note_received(struct sock *sk, struct ss_connection *conn, ss_place place, int ret)
{
	struct ss_dialogue *dialogue = dialogue_at(place);

	note_io(conn, SS_ACTIVITY_RECEIVED_LAST);
	if (ss_unix_messages && dialogue)
		unix_follow(conn, dialogue);
	conn->bytes_received += ret;
	if (ss_unix_messages)
		note_unseen(sk, conn, place);
	if (is_timed(conn))
		dialogue_timed(place, is_inbound(conn) ? SIDE_REQUEST : SIDE_RESPONSE);
}

/* The next receive begins where this one has ended: what was copied by MSG_PEEK is copied again. */
static __always_inline void stands_at(ss_place place, const struct ss_connection *conn)
{
	struct ss_dialogue *dialogue = dialogue_at(place);

	if (dialogue)
		dialogue->sent_seq = (u32)conn->bytes_received;
}

/* Of a call whose messages are seen the beginning was seen when the server took it, and perhaps its end since. */
static __always_inline void sent_late(struct ss_connection *conn, ss_place place, u32 bytes)
{
	conn->bytes_sent += bytes;
	if (is_timed(conn))
		note_sent(conn, place);
}

/* Nobody may have the record alone now: whoever is next to do so takes note of this. */
static __always_inline void leave_to_next(const struct sock *sk, u32 sent, u32 taken)
{
	ss_place place = connection_place(sk->__sk_common.skc_cookie.counter);
	struct ss_dialogue *dialogue = place >= 0 ? dialogue_at(place) : NULL;

	if (!dialogue)
		return;
	if (sent)
		__sync_fetch_and_add(&dialogue->late_sent, sent);
	if (taken)
		__sync_fetch_and_add(&dialogue->late_taken, taken);
}

/* Takes note of what was left so. A client sends first, a server takes first. Inlined: calls go no deeper than 8. */
static __always_inline int catch_up(struct sock *sk, struct ss_connection *conn, ss_place place)
{
	struct ss_dialogue *dialogue = dialogue_at(place);
	u32 sent, taken;

	if (!dialogue || !(dialogue->late_sent | dialogue->late_taken))
		return 0;
	sent = __sync_lock_test_and_set(&dialogue->late_sent, 0);
	taken = __sync_lock_test_and_set(&dialogue->late_taken, 0);
	if (sent && !is_inbound(conn))
		sent_late(conn, place, sent);
	if (taken)
		note_received(sk, conn, place, taken);
	if (sent && is_inbound(conn))
		sent_late(conn, place, sent);
	return 0;
}

__hidden int unix_sent(struct sock *sk, int ret)
{
	struct ss_connection *conn = unix_known(sk);
	ss_place place;
	u32 lock;

	if (!conn)
		return 0;
	note_user(conn);
	if (ret <= 0)
		return 0;
	lock = unix_lock(unix_client_of(conn), SS_UNIX_LOOKS);
	if (!lock) {
		leave_to_next(sk, ret, 0);
		return 0;
	}
	place = connection_place(sk->__sk_common.skc_cookie.counter);
	if (place >= 0 && holds_slot(conn)) {
		catch_up(sk, conn, place);
		note_io(conn, SS_ACTIVITY_SENT_LAST);
		conn->bytes_sent += ret;
		note_sent(conn, place);
	}
	unix_unlock(lock);
	return 0;
}

/* include/linux/socket.h */
#define MSG_PEEK 2

__hidden int unix_received(struct sock *sk, int ret, int flags)
{
	struct ss_connection *conn = unix_known(sk);
	ss_place place;
	u32 lock;

	if (!conn)
		return 0;
	note_user(conn);
	if (ret < 0)
		return 0;
	lock = unix_lock(unix_client_of(conn), SS_UNIX_LOOKS);
	if (!lock) {
		leave_to_next(sk, 0, flags & MSG_PEEK ? 0 : ret);
		return 0;
	}
	place = connection_place(sk->__sk_common.skc_cookie.counter);
	if (place >= 0 && holds_slot(conn)) {
		catch_up(sk, conn, place);
		if (ret > 0 && !(flags & MSG_PEEK))
			note_received(sk, conn, place, ret);
		stands_at(place, conn);
		if (!(flags & MSG_PEEK))
			note_closed_peer(sk, conn, ret == 0 && sk->sk_shutdown & RCV_SHUTDOWN);
	}
	unix_unlock(lock);
	return 0;
}

__hidden int unix_released(struct sock *sk)
{
	struct ss_connection *conn;
	u64 cookie;
	u32 lock;

	if (!sock_is_unix_stream(sk))
		return 0;
	cookie = sk->__sk_common.skc_cookie.counter;
	conn = unix_known(sk);
	if (!conn)
		return 0;
	if (conn->state == SS_CONNECTION_LISTENING)
		return listener_closed(cookie);
	lock = unix_lock(unix_client_of(conn), SS_UNIX_LOOKS_BYTES);
	if (!lock)
		return 0; /* seen when the other end reads that, or by a walk */
	end_of(cookie);
	unix_unlock(lock);
	return 0;
}
