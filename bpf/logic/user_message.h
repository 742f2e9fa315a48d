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
static __always_inline u32 room_for(const struct sock *sk, const struct tcp_sock *tp, u64 size)
{
	s32 room = sk->sk_sndbuf - sk->sk_wmem_queued;
	u32 unsent = sock_unsent_room(sk, tp);

	if (room <= 0)
		return 0;
	if (size > unsent)
		size = unsent;
	return (u64)room < size ? (u32)room : (u32)size;
}

/* One direction of a connection, with the message that stands in a process. */
struct user_dialogue {
	u64 cookie;
	ss_place place;
	struct tcp_sock *tp;
	struct ss_connection *conn;
	struct ss_dialogue *dialogue;
	struct ss_user_message *message;
};

static __always_inline bool user_dialogue_find(struct user_dialogue *found, struct sock *sk, u32 stream)
{
	found->cookie = sk->__sk_common.skc_cookie.counter;
	found->place = found->cookie ? connection_place(found->cookie) : -1;
	found->tp = bpf_skc_to_tcp_sock(sk);
	if (found->place < 0 || !found->tp)
		return false;
	found->conn = connection_at(found->place);
	found->dialogue = dialogue_at(found->place);
	found->message = user_message_at(found->place, stream);
	return found->conn && found->dialogue && found->message && holds_slot(found->conn);
}

/* Not looked at yet, up to this number of the stream. */
static __always_inline s32 unseen_before(u32 seq, u32 seen)
{
	return (s32)(seq - seen);
}

static __always_inline void user_dialogue_sends(const struct user_dialogue *out, const struct sock *sk, u64 size)
{
	connection_sends(out->conn, sk, out->tp, size);
	if (out->conn->call_flags & SS_CALL_FOLLOWED)
		return;
	follow(out->conn, out->dialogue, out->tp);
	out->dialogue->sent_seq += sock_syn_is_deferred(sk, out->tp);
}

/* The kernel is asked to take `size` bytes. */
static __always_inline int user_message_sending(struct sock *sk, const struct msghdr *msg, u64 size)
{
	struct user_dialogue out;
	u32 count;

	if (!user_dialogue_find(&out, sk, STREAM_SENT))
		return 0;
	user_dialogue_sends(&out, sk, size);
	user_message_stands(out.message, &msg->msg_iter, out.tp->write_seq + sock_syn_is_deferred(sk, out.tp));
	count = room_for(sk, out.tp, size);
	if (count)
		user_message_look(out.place, out.cookie, STREAM_SENT, count);
	return 0;
}

/* It has taken what it takes. */
static __always_inline int user_message_sent(struct sock *sk)
{
	struct user_dialogue out;

	if (!user_dialogue_find(&out, sk, STREAM_SENT) || !(out.conn->call_flags & SS_CALL_FOLLOWED) ||
	    unseen_before(out.tp->write_seq, out.dialogue->sent_seq) <= 0 || !user_message_is_mine(out.message))
		return 0;
	user_message_look(out.place, out.cookie, STREAM_SENT, out.tp->write_seq - out.message->seq);
	return 0;
}

/* sendfile and splice hand over a page of `size` bytes, which cannot be looked at. */
static __always_inline int user_page_sending(struct sock *sk, u64 size)
{
	struct user_dialogue out;
	s32 unseen;

	if (!user_dialogue_find(&out, sk, STREAM_SENT))
		return 0;
	user_dialogue_sends(&out, sk, size);
	unseen = unseen_before(out.tp->write_seq + (u32)size, out.dialogue->sent_seq);
	if (unseen <= 0)
		return 0; /* handed over again: it was refused before */
	out.dialogue->sent_seq += unseen;
	dialogue_unseen(out.place, unseen, is_inbound(out.conn) ? SIDE_RESPONSE : SIDE_REQUEST);
	return 0;
}

/*
 * A process asks for what was received. Not under the socket's lock: two threads that read the same stream at once are
 * taken for one, which no protocol with messages does.
 */
static __always_inline int user_message_reading(struct sock *sk, const struct msghdr *msg, int flags)
{
	struct user_dialogue in;

	if (!user_dialogue_find(&in, sk, STREAM_TAKEN))
		return 0;
	user_message_stands(in.message, &msg->msg_iter, in.tp->copied_seq);
	if (flags & MSG_TRUNC)
		in.message->tid = 0;
	return 0;
}

/* A process takes what was received in a way that does not copy it to its memory. */
static __always_inline int user_message_not_read(struct sock *sk)
{
	struct user_dialogue in;

	if (user_dialogue_find(&in, sk, STREAM_TAKEN))
		in.message->tid = 0;
	return 0;
}

/* Some of what was received has been copied. What is left unseen here is noticed by connection_received, after this. */
static __always_inline int user_message_taken(struct sock *sk)
{
	struct user_dialogue in;

	if (!sock_in_process_context(sk) || !user_dialogue_find(&in, sk, STREAM_TAKEN) ||
	    !user_message_is_mine(in.message))
		return 0;
	if (!(in.conn->call_flags & SS_CALL_FOLLOWED)) {
		follow(in.conn, in.dialogue, in.tp);
		in.dialogue->taken_seq = in.message->seq;
	}
	if (unseen_before(in.tp->copied_seq, in.dialogue->taken_seq) > 0)
		user_message_look(in.place, in.cookie, STREAM_TAKEN, in.tp->copied_seq - in.message->seq);
	return 0;
}

#endif
