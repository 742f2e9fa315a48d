/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Messages where they stand in a process's memory: for kernels whose tracepoints do not show them (before 6.16). What is
 * handed over is looked at when the kernel is asked to take it, as far as there is room for it, and the rest once it was
 * taken; what is taken, once it was copied. All of it but user_message_reading runs under the socket's lock.
 */
#ifndef SLOTSCOPE_LOGIC_USER_MESSAGE_H
#define SLOTSCOPE_LOGIC_USER_MESSAGE_H

#include "activity.h"

/* include/linux/socket.h: what is received is thrown away, not copied. */
#define MSG_TRUNC 0x20

enum user_stream {
	STREAM_SENT = 0,
	STREAM_TAKEN = 1,
};

/*
 * Not static: verified once. Looks at the first `count` bytes of the message that user_messages has, as far as they were
 * not looked at before.
 */
int user_message_look(long place, u64 cookie, u32 stream, u32 count);

static __always_inline struct ss_user_message *user_message_at(ss_place place, u32 stream)
{
	u32 number = (u32)((u64)place / SS_WAYS);
	struct ss_user_messages *bucket = bpf_map_lookup_elem(&user_messages, &number);
	u64 way;

	if (!bucket)
		return NULL;
	barrier_var(bucket);
	way = bounded(place, SS_WAYS - 1);
	return stream == STREAM_SENT ? &bucket->way[way].sent : &bucket->way[way].taken;
}

static __always_inline u64 segments_of(const struct iov_iter *iter)
{
	const struct iov_iter___named_iov *named = (const void *)iter;
	u64 segments;

	if (bpf_core_field_exists(named->iov)) {
		segments = (u64)named->iov;
		barrier_var(segments); /* or the compiler makes one load of the two, from an offset that it chooses */
		return segments;
	}
	return (u64)iter->__iov;
}

/* The message begins at `seq` of the stream; before anything of it was copied. */
static __always_inline void user_message_stands(struct ss_user_message *message, const struct iov_iter *iter, u32 seq)
{
	u8 type = iter->iter_type;

	message->base = 0;
	message->segments = 0;
	message->cut = iter->iov_offset;
	message->seq = seq;
	message->tid = bpf_get_current_task_btf()->pid;
	if (bpf_core_enum_value_exists(enum iter_type, ITER_UBUF) &&
	    type == bpf_core_enum_value(enum iter_type, ITER_UBUF))
		message->base = (u64)iter->ubuf;
	else if (type == bpf_core_enum_value(enum iter_type, ITER_IOVEC))
		message->segments = segments_of(iter);
}

static __always_inline bool user_message_is_mine(const struct ss_user_message *message)
{
	return message->tid == (u32)bpf_get_current_task_btf()->pid;
}

/* What the kernel takes at once: for what is beyond it, it waits or refuses. */
static __always_inline u32 room_for(const struct sock *sk, u64 size)
{
	s32 room = sk->sk_sndbuf - sk->sk_wmem_queued;

	if (room <= 0)
		return 0;
	return (u64)room < size ? (u32)room : (u32)size;
}

/* The kernel is asked to take `size` bytes. */
static __always_inline int user_message_sending(struct sock *sk, const struct msghdr *msg, u64 size)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;
	ss_place place = cookie ? connection_place(cookie) : -1;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct ss_user_message *message;
	struct ss_dialogue *dialogue;
	struct ss_connection *conn;
	u32 count;

	if (place < 0 || !tp)
		return 0;
	conn = connection_at(place);
	dialogue = dialogue_at(place);
	message = user_message_at(place, STREAM_SENT);
	if (!conn || !dialogue || !message)
		return 0;
	connection_sends(conn, sk, tp, size);
	if (!(conn->call_flags & SS_CALL_FOLLOWED))
		follow(conn, dialogue, tp);
	user_message_stands(message, &msg->msg_iter, tp->write_seq);
	count = room_for(sk, size);
	if (count)
		user_message_look(place, cookie, STREAM_SENT, count);
	return 0;
}

/* It has taken what it takes. */
static __always_inline int user_message_sent(struct sock *sk)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;
	ss_place place = cookie ? connection_place(cookie) : -1;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct ss_user_message *message;
	struct ss_dialogue *dialogue;

	if (place < 0 || !tp)
		return 0;
	dialogue = dialogue_at(place);
	if (!dialogue || (s32)(tp->write_seq - dialogue->sent_seq) <= 0)
		return 0;
	message = user_message_at(place, STREAM_SENT);
	if (message && user_message_is_mine(message))
		user_message_look(place, cookie, STREAM_SENT, tp->write_seq - message->seq);
	return 0;
}

/* sendfile and splice hand over a page of `size` bytes, which cannot be looked at. */
static __always_inline int user_page_sending(struct sock *sk, u64 size)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;
	ss_place place = cookie ? connection_place(cookie) : -1;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct ss_dialogue *dialogue;
	struct ss_connection *conn;
	s32 unseen;

	if (place < 0 || !tp)
		return 0;
	conn = connection_at(place);
	dialogue = dialogue_at(place);
	if (!conn || !dialogue)
		return 0;
	connection_sends(conn, sk, tp, size);
	if (!(conn->call_flags & SS_CALL_FOLLOWED))
		follow(conn, dialogue, tp);
	unseen = (s32)(tp->write_seq + (u32)size - dialogue->sent_seq);
	if (unseen <= 0)
		return 0; /* handed over again: it was refused before */
	dialogue->sent_seq += unseen;
	dialogue_unseen(place, unseen, is_inbound(conn) ? SIDE_RESPONSE : SIDE_REQUEST);
	return 0;
}

/*
 * A process asks for what was received. Not under the socket's lock: two threads that read the same stream at once are
 * taken for one, which no protocol with messages does.
 */
static __always_inline int user_message_reading(struct sock *sk, const struct msghdr *msg, int flags)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;
	ss_place place = cookie ? connection_place(cookie) : -1;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct ss_user_message *message;

	if (place < 0 || !tp)
		return 0;
	message = user_message_at(place, STREAM_TAKEN);
	if (!message)
		return 0;
	user_message_stands(message, &msg->msg_iter, tp->copied_seq);
	if (flags & MSG_TRUNC)
		message->tid = 0;
	return 0;
}

/* A process takes what was received in a way that does not copy it to its memory. */
static __always_inline int user_message_not_read(struct sock *sk)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;
	ss_place place = cookie ? connection_place(cookie) : -1;
	struct ss_user_message *message = place >= 0 ? user_message_at(place, STREAM_TAKEN) : NULL;

	if (message)
		message->tid = 0;
	return 0;
}

/* Some of what was received has been copied. What is left unseen here is noticed by connection_received, after this. */
static __always_inline int user_message_taken(struct sock *sk)
{
	u64 cookie = sk->__sk_common.skc_cookie.counter;
	ss_place place = cookie ? connection_place(cookie) : -1;
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct ss_user_message *message;
	struct ss_dialogue *dialogue;
	struct ss_connection *conn;

	if (place < 0 || !tp || !sock_in_process_context(sk))
		return 0;
	conn = connection_at(place);
	dialogue = dialogue_at(place);
	message = user_message_at(place, STREAM_TAKEN);
	if (!conn || !dialogue || !message || !user_message_is_mine(message))
		return 0;
	if (!(conn->call_flags & SS_CALL_FOLLOWED)) {
		follow(conn, dialogue, tp);
		dialogue->taken_seq = message->seq;
	}
	if ((s32)(tp->copied_seq - dialogue->taken_seq) > 0)
		user_message_look(place, cookie, STREAM_TAKEN, tp->copied_seq - message->seq);
	return 0;
}

#endif
