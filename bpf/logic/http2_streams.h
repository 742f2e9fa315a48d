/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The open streams of an HTTP/2 connection: found by their number, and listed in the order of their opening. No kernel in
 * here, as in the framers.
 *
 * The numbers that a client gives to its streams are odd and grow. A stream's place is the next free one from where its
 * number points to, so that streams that were opened one after the other lie side by side, however long some last.
 */
#ifndef SLOTSCOPE_LOGIC_HTTP2_STREAMS_H
#define SLOTSCOPE_LOGIC_HTTP2_STREAMS_H

#include "../core/http2_state.h"
#include "framing.h"

static SS_INLINE __u32 ss_http2_place(__u32 at)
{
	ss_opaque(at);
	return at & (SS_HTTP2_STREAMS - 1);
}

static SS_INLINE bool ss_http2_is_at(const struct ss_http2 *streams, __u32 id, __u32 at, __u32 *found)
{
	at = ss_http2_place(at);
	if (streams->id[at] != id)
		return false;
	*found = at;
	return true;
}

/* The place nearest to that of stream `near` that has the number `id` (0: that is free); SS_HTTP2_STREAMS: none. */
static SS_INLINE __u32 ss_http2_search(const struct ss_http2 *streams, __u32 near, __u32 id)
{
	__u32 found = SS_HTTP2_STREAMS;
	__u32 round;

	ss_plain_rounds(round, SS_HTTP2_STREAMS, ss_http2_is_at(streams, id, (near >> 1) + round, &found));
	return found;
}

/* A number that the client has not used yet. */
static SS_INLINE bool ss_http2_is_new(const struct ss_http2 *streams, __u32 id)
{
	return (id & 1) && id > streams->last_id;
}

/* Puts a new stream to a free place. */
static SS_INLINE void ss_http2_open(struct ss_http2 *streams, __u32 at, __u32 id, __u64 now_ns)
{
	at = ss_http2_place(at);
	streams->id[at] = id;
	streams->began_ns[at] = now_ns;
	streams->answered_ns[at] = 0;
	streams->status[at] = 0;
	streams->flags[at] = 0;
	streams->newer[at] = SS_HTTP2_STREAMS;
	streams->older[at] = SS_HTTP2_STREAMS;
	if (streams->open) {
		streams->older[at] = streams->newest;
		streams->newer[ss_http2_place(streams->newest)] = (__u16)at;
	} else {
		streams->oldest = (__u16)at;
	}
	streams->newest = (__u16)at;
	streams->open++;
}

static SS_INLINE void ss_http2_close(struct ss_http2 *streams, __u32 at)
{
	__u16 older, newer;

	at = ss_http2_place(at);
	older = streams->older[at];
	newer = streams->newer[at];
	streams->id[at] = 0;
	streams->open--;
	if (older < SS_HTTP2_STREAMS)
		streams->newer[ss_http2_place(older)] = newer;
	else
		streams->oldest = newer;
	if (newer < SS_HTTP2_STREAMS)
		streams->older[ss_http2_place(newer)] = older;
	else
		streams->newest = older;
}

#endif
