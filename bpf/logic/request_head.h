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
 * Reads `count` bytes, at most `left`, at `base` (both of this CPU's scratch) behind the `size` that it has gathered;
 * gives how many it has then, with SS_GATHERED_ALL where no more can be read: what follows a gap could be taken for
 * something else.
 */
#define SS_GATHERED_ALL 0x10000
u32 request_head_gather(u64 count, u32 size);

/* What the bytes of a message may be wanted for, before it is looked at. */
enum request_head_interest {
	INTEREST_NONE = 0,
	INTEREST_BEGINS = 1,  /* a request that begins with it */
	INTEREST_GOES_ON = 2, /* one that goes on with it, and of which too few bytes are kept */
};
u32 request_head_interest_in(long place, u64 cookie, u32 may_begin);

/*
 * The message was looked at: keeps the `count` bytes of it that the scratch has, where they are of the call that it has
 * begun (began_ns, 0 none) or that goes on, and gives the scratch back.
 */
int request_head_settle(long place, u64 cookie, u32 interest, u64 began_ns, u32 count);

static __always_inline struct ss_request_head *request_head_of(u64 cookie)
{
	u32 number = (u32)cookie & ss_request_head_mask;

	return bpf_map_lookup_elem(&request_heads, &number);
}

/*
 * A request can only begin where the stream is between two: what it would be is then nobody else's body.
 */
static __always_inline u32 request_head_interest(const struct look *look, struct ss_dialogue *dialogue, u64 cookie)
{
	const struct ss_stream *stream = stream_of(dialogue, SIDE_REQUEST);

	if (!ss_request_head_bytes || look->side != SIDE_REQUEST || look->at)
		return INTEREST_NONE;
	return request_head_interest_in(look->place, cookie, !stream->state && !stream->skip);
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
