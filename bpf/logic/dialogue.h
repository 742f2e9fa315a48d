/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What passes on a connection, as its protocol's framer sees it. The hooks know where the bytes are; here is which of
 * them to look at, and what they say of the call. All of it runs under the socket's lock.
 */
#ifndef SLOTSCOPE_LOGIC_DIALOGUE_H
#define SLOTSCOPE_LOGIC_DIALOGUE_H

#include "../core/connection_table.h"
#include "../core/sock.h"
#include "framing_http1_head.h"
#include "record.h"

/* Which of the two streams. */
enum dialogue_side {
	SIDE_REQUEST = 0,
	SIDE_RESPONSE = 1,
};

/* consumed below, events above: a global function gives a number */
#define STEP_EVENTS_SHIFT 32

struct ss_window {
	u8 bytes[SS_WINDOW] __attribute__((aligned(8)));
};

/*
 * Windows looked at in one send or receive. A message with more of them (a pipeline of thousands of commands) is judged by
 * timing from there on: what we attach must not hold up a process.
 */
#define SS_WINDOWS_MAX 1024

/*
 * Not static: the verifier looks at each once, not once for each way that leads to it.
 *
 * Looks at the next `count` bytes (1 to SS_WINDOW) of a stream and gives how many of them are done with. 0: no more need
 * be looked at, the connection is judged by timing. Above that number: the bytes are of the header block of a request in
 * HTTP/2, which dialogue_block is to be given. (Not from within: too deep for the stack of programs.)
 */
#define LOOK_DONE       0xff
#define LOOK_BLOCK      0x100
#define LOOK_BLOCK_ENDS 0x200 /* with the last of these bytes */
u32 dialogue_look(long place, const struct ss_window *window, u32 count, u32 side);

/* Reads these bytes for the request's name. `looked` is what dialogue_look has given for them. */
int dialogue_block(long place, const struct ss_window *window, u32 looked);

/*
 * The same of the first `count` bytes of a message (at most SS_HEAD), which stand in this CPU's scratch, where
 * `left` are at hand: the head of an HTTP message, with its body where that is at hand. 0: nothing was done.
 */
u32 dialogue_look_at_head(long place, u32 count, u32 left, u32 side);

/* Of the next `count` bytes of a stream, how many need not be read: those of a body, whose end is told. */
u64 dialogue_pass_over(long place, u64 count, u32 side);

/* Bytes of a stream that is judged by timing. */
int dialogue_timed(long place, u32 side);

/* Bytes passed where no hook could read them (splice, sendfile): they do no harm inside a body. */
int dialogue_unseen(long place, u64 count, u32 side);

/* The same, but those behind them are at hand: they tell whether a request begins. */
int dialogue_gap(long place, u64 count, u32 side);

/* Bytes were not seen and mattered, or were too many: from here on by timing. */
int dialogue_lost(long place);

static __always_inline struct ss_dialogue *dialogue_at(ss_place place)
{
	u32 number = (u32)((u64)place / SS_WAYS);
	struct ss_dialogues *bucket = bpf_map_lookup_elem(&dialogues, &number);

	if (!bucket)
		return NULL;
	barrier_var(bucket);
	return &bucket->way[bounded(place, SS_WAYS - 1)];
}

static __always_inline struct ss_stream *stream_of(struct ss_dialogue *dialogue, u32 side)
{
	return side == SIDE_RESPONSE ? &dialogue->framing.response : &dialogue->framing.request;
}

/* Do the next bytes of this side need a look at what they are? */
static __always_inline bool wants_detection(const struct ss_connection *conn, u32 side)
{
	if (conn->protocol > SS_PROTOCOL_TIMING || conn->call_flags & SS_CALL_TLS)
		return false;
	if (side == SIDE_REQUEST)
		return conn->call_state == SS_CALL_NONE || conn->call_state == SS_CALL_ANSWERED;
	return conn->protocol == SS_PROTOCOL_UNKNOWN && conn->call_state == SS_CALL_NONE;
}

/* Can the next bytes be a head that is worth a look as a whole? */
static __always_inline bool wants_head(const struct ss_connection *conn, struct ss_dialogue *dialogue, u32 side)
{
	const struct ss_stream *stream = stream_of(dialogue, side);

	if (stream->state || stream->skip)
		return false;
	return conn->protocol == SS_PROTOCOL_HTTP1 || (side == SIDE_REQUEST && wants_detection(conn, side));
}

static __always_inline struct ss_scratch *scratch_take(void)
{
	u32 zero = 0;
	struct ss_scratch *mine = bpf_map_lookup_elem(&scratch, &zero);

	return mine && !__sync_lock_test_and_set(&mine->taken, 1) ? mine : NULL;
}

static __always_inline struct ss_head *head_in(struct ss_scratch *mine)
{
	_Static_assert(sizeof(struct ss_head) <= SS_SCRATCH, "a head fits into the scratch");
	return (struct ss_head *)mine->room;
}

static __always_inline void scratch_give_back(struct ss_scratch *mine)
{
	__sync_lock_test_and_set(&mine->taken, 0);
}

/* A connection whose streams are followed from here on. */
static __always_inline void follow(struct ss_connection *conn, struct ss_dialogue *dialogue, const struct tcp_sock *tp)
{
	__builtin_memset(&dialogue->framing, 0, sizeof(dialogue->framing));
	dialogue->sent_seq = tp->write_seq;
	dialogue->taken_seq = tp->copied_seq;
	conn->call_flags |= SS_CALL_FOLLOWED;
}

static __always_inline bool is_last_byte_of_body(const struct ss_connection *conn, const struct ss_stream *stream)
{
	return conn->protocol == SS_PROTOCOL_HTTP1 && stream->state == SS_HTTP1_BODY_END && !stream->skip;
}

/* Leaves out bytes that need not be read: at most `left`, and as many as the framer has asked to skip. */
static __always_inline u64 skip_some(struct ss_stream *stream, u64 left)
{
	u64 skipped = stream->skip < left ? stream->skip : left;

	stream->skip -= skipped;
	return skipped;
}

#endif
