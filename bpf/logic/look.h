/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Looking at the bytes of a message, window by window: what a sent and a received one have in common. */
#ifndef SLOTSCOPE_LOGIC_LOOK_H
#define SLOTSCOPE_LOGIC_LOOK_H

#include "dialogue.h"

/* In the kernel from 6.2 on; those that let a program look at messages have it. */
extern void *bpf_rdonly_cast(const void *obj, u32 btf_id) __ksym __weak;

struct look {
	struct ss_window window;
	u64 at;   /* of the message, in bytes */
	u64 left; /* to look at from there on */
	long place;
	u64 began_before_ns; /* of the connection's call, when the message began to be looked at */
	u64 began_ns;        /* of the first call that the message has begun; 0: none yet */
	u32 side;
	u32 kept; /* the request's head is kept (request_head.h) */
};

/* A position in a stream, as TCP numbers it, that this message begins at; and the one that the framer has come to. */
static __always_inline void look_begins(struct look *look, ss_place place, const struct ss_connection *conn, u32 side,
					u64 count)
{
	__builtin_memset(look, 0, sizeof(*look));
	look->place = place;
	look->side = side;
	look->left = count;
	look->began_before_ns = conn->call_began_ns;
}

/* Some more was looked at: has it begun a call? */
static __always_inline void look_notes_call(struct look *look)
{
	const struct ss_connection *conn;

	if (look->side != SIDE_REQUEST || look->began_ns)
		return;
	conn = connection_at(look->place);
	if (conn && conn->call_began_ns != look->began_before_ns)
		look->began_ns = conn->call_began_ns;
}

/*
 * The stream has come to `seq`, the framer to *seen: bytes between them passed unseen, or the message begins with bytes
 * that were seen before (looked at by MSG_PEEK, or handed over again after a part of them was refused).
 */
static __always_inline void look_catches_up(struct look *look, u32 seq, u32 *seen)
{
	s32 gap = (s32)(seq - *seen);
	u64 known;

	if (gap > 0) {
		dialogue_gap(look->place, gap, look->side);
		*seen = seq;
		return;
	}
	known = -(s64)gap;
	if (known > look->left)
		known = look->left;
	look->at += known;
	look->left -= known;
}

static __always_inline void look_moves(struct look *look, u64 done)
{
	if (done > look->left)
		done = look->left;
	look->at += done;
	look->left -= done;
}

/* Leaves out what need not be read. False: nothing is left. */
static __always_inline bool look_goes_on(struct look *look)
{
	look_moves(look, dialogue_pass_over(look->place, look->left, look->side));
	return look->left;
}

/* Looks at the head that this CPU's scratch has `count` bytes of. */
static __always_inline void look_at_head(struct look *look, u32 count)
{
	look_moves(look, dialogue_look_at_head(look->place, count, look->left, look->side));
	look_notes_call(look);
}

static __always_inline u32 look_width(const struct look *look)
{
	return look->left < SS_WINDOW ? (u32)look->left : SS_WINDOW;
}

/* Looks at the window, which has `count` bytes. True: that was the end of it. */
static __always_inline bool look_at_window(struct look *look, u32 count)
{
	u32 looked = dialogue_look(look->place, &look->window, count, look->side);
	u64 done = looked & LOOK_DONE;

	if (looked & LOOK_BLOCK)
		dialogue_block(look->place, &look->window, looked);
	look_moves(look, done ? done : look->left);
	look_notes_call(look);
	return !look->left;
}

/* By timing it matters only that there are bytes, not what they are; but of TLS which records. */
static __always_inline bool look_is_needed(const struct look *look, const struct ss_connection *conn)
{
	return conn->protocol > SS_PROTOCOL_TIMING || conn->call_flags & SS_CALL_TLS ||
	       wants_detection(conn, look->side);
}

/* More than anybody should look at. */
static __always_inline void look_ends(const struct look *look)
{
	if (!look->left)
		return;
	dialogue_lost(look->place);
	if (look->side == SIDE_RESPONSE) /* what is left answers a call all the same */
		dialogue_timed(look->place, look->side);
}

#endif
