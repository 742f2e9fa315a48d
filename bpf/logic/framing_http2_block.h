/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The header blocks of requests, where calls are named: they are told byte by byte, for hpack.h to walk. A block stands in
 * HEADERS and the CONTINUATIONs that follow it at once, each of which may be cut anywhere.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_HTTP2_BLOCK_H
#define SLOTSCOPE_LOGIC_FRAMING_HTTP2_BLOCK_H

#include "framing_http2_frame.h"

/* A request's header block of `block` bytes stands behind `before` others, and before the padding. */
static __always_inline __u32 ss_http2_block_stands(struct ss_stream *stream, __u32 before, __u32 block, __u8 padding)
{
	if (!block)
		return ss_http2_pass(stream, before + padding);
	stream->number = block;
	stream->count = padding;
	ss_framing_skip(stream, before, SS_HTTP2_IN_BLOCK);
	return 0;
}

/* How much padding there is. stream->count is how many bytes stand before the block, this one included. */
static __always_inline __u32 ss_http2_padding_byte(struct ss_stream *stream, __u8 byte)
{
	__u32 before = stream->count, block = (__u32)stream->number;

	if (byte > block)
		return SS_FRAMING_LOST;
	return ss_http2_block_stands(stream, before - 1, block - byte, byte);
}

/* A header block of the client's, or what goes on with it: it begins with `before` bytes that are none of it. */
static __always_inline __u32 ss_http2_request_block(struct ss_stream *stream, __u32 flags, __u32 length, __u32 before)
{
	if (!(stream->flags & SS_HTTP2_NAMED))
		return ss_http2_pass(stream, length);
	if (!(flags & SS_HTTP2_WHOLE))
		stream->flags |= SS_HTTP2_OPEN;
	if (!(flags & SS_HTTP2_PADDED))
		return ss_http2_block_stands(stream, before, length - before, 0);
	stream->number = length - before;
	stream->count = (__u16)before;
	stream->state = SS_HTTP2_PADDING;
	return 0;
}

/* The block of a request, of which `count` bytes are shown. */
static __always_inline struct ss_step ss_http2_block(struct ss_stream *stream, __u32 count)
{
	__u32 left = (__u32)stream->number;
	struct ss_step step = {left < count ? left : count, SS_HTTP2_BLOCK};

	stream->number = left - step.consumed;
	if (stream->number)
		return step;
	if (!(stream->flags & SS_HTTP2_OPEN))
		step.events |= SS_HTTP2_BLOCK_ENDS;
	step.events |= ss_http2_pass(stream, stream->count);
	return step;
}

/*
 * What is kept of the flags when a frame's header is complete. A block that does not go on as it has to is not understood,
 * and with it none of those that follow.
 */
static __always_inline __u8 ss_http2_flags_kept(const struct ss_stream *stream, __u32 type, __u32 length)
{
	if (!(stream->flags & SS_HTTP2_OPEN))
		return type == SS_HTTP2_FRAME_CONTINUATION ? 0 : stream->flags & SS_HTTP2_NAMED;
	return type == SS_HTTP2_FRAME_CONTINUATION && length ? stream->flags & SS_HTTP2_NAMED : 0;
}

#endif
