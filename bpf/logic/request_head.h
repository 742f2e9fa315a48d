/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Keeping the first bytes of a request, so that userspace can name the call. A request is kept only where it begins with
 * its message: bytes before it could be another one's body. All of it runs under the socket's lock.
 */
#ifndef SLOTSCOPE_LOGIC_REQUEST_HEAD_H
#define SLOTSCOPE_LOGIC_REQUEST_HEAD_H

#include "look.h"

/* How many bytes of each request are kept, 0: none; and the number of places less one. Set before loading. */
extern const volatile __u32 ss_request_head_bytes;
extern const volatile __u32 ss_request_head_mask;

/*
 * Not static: verified once. Keeps the `count` bytes of the head in this CPU's scratch, which the caller has taken and
 * filled, for the call that began at began_ns: behind those of the same call that are there. `whole`: no more is needed.
 */
int request_head_keep(u64 cookie, u64 began_ns, u32 count, u32 whole);

/*
 * Reads `count` bytes at the `base` that stands in this CPU's scratch (which makes a number of it: 7.x takes what a
 * segment points to for a pointer, and passes none to a function) and at most the `left` there, behind the `size` that this CPU's scratch has gathered; gives how many it
 * has then, with SS_GATHERED_ALL where no more can be read: what follows a gap could be taken for something else.
 */
#define SS_GATHERED_ALL 0x10000
u32 request_head_gather(u64 count, u32 size);

/*
 * Of which call the message that was looked at holds bytes that are to be kept, by when it began; 0: of none. began_ns: of
 * the call that the message has begun, 0 none; may_begin: request_head_may_begin before it was looked at.
 */
u64 request_head_wanted(long place, u64 cookie, u64 began_ns, u32 may_begin);

static __always_inline struct ss_request_head *request_head_of(u64 cookie)
{
	u32 number = (u32)cookie & ss_request_head_mask;

	return bpf_map_lookup_elem(&request_heads, &number);
}

/* A request that begins with this message would be kept. */
static __always_inline u32 request_head_may_begin(const struct look *look, struct ss_dialogue *dialogue)
{
	const struct ss_stream *stream = stream_of(dialogue, SIDE_REQUEST);

	return ss_request_head_bytes && look->side == SIDE_REQUEST && !look->at && !stream->state && !stream->skip;
}

/* The scratch has `count` bytes of an HTTP head, which was looked at: its first line is what names the call. */
static __always_inline void request_head_keep_line(struct look *look, const struct ss_scratch *mine, u64 cookie,
						   u32 count)
{
	u32 line_ends = ((const struct ss_head *)mine->room)->line_ends;

	if (!look->began_ns || !ss_request_head_bytes)
		return;
	request_head_keep(cookie, look->began_ns, line_ends && line_ends < count ? line_ends : count, 1);
	look->kept = 1;
}

#endif
