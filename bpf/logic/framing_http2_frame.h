/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* HTTP/2: what is found in a stream of frames, what they are made of, and how one is passed over. */
#ifndef SLOTSCOPE_LOGIC_FRAMING_HTTP2_FRAME_H
#define SLOTSCOPE_LOGIC_FRAMING_HTTP2_FRAME_H

#include "framing_http2_status.h"

/* Beside SS_FRAMING_LOST. All of them belong to the last byte consumed; stream->word is the number of the HTTP/2 stream. */
enum ss_http2_event {
	SS_HTTP2_HEADERS = 1 << 8, /* a header block; the server's: framing->outcome is its :status, 0 where not told */
	SS_HTTP2_ENDS = 1 << 9,    /* the last byte of what this side sends on the stream */
	SS_HTTP2_RESET = 1 << 10,  /* RST_STREAM */
	SS_HTTP2_GOAWAY = 1 << 11, /* the server does not serve streams above stream->word */
	SS_HTTP2_BLOCK = 1 << 12,  /* the bytes consumed are of a request's header block, and nothing else */
	SS_HTTP2_BLOCK_ENDS = 1 << 13, /* … and the last of it */
};

enum ss_http2_frame_type {
	SS_HTTP2_FRAME_DATA = 0,
	SS_HTTP2_FRAME_HEADERS,
	SS_HTTP2_FRAME_PRIORITY,
	SS_HTTP2_FRAME_RST_STREAM,
	SS_HTTP2_FRAME_SETTINGS,
	SS_HTTP2_FRAME_PUSH_PROMISE,
	SS_HTTP2_FRAME_PING,
	SS_HTTP2_FRAME_GOAWAY,
	SS_HTTP2_FRAME_WINDOW_UPDATE,
	SS_HTTP2_FRAME_CONTINUATION,
};

/* Flags of frames. */
#define SS_HTTP2_END_STREAM 0x1
#define SS_HTTP2_ACK        0x1
#define SS_HTTP2_WHOLE      0x4 /* END_HEADERS: no CONTINUATION follows */
#define SS_HTTP2_PADDED     0x8
#define SS_HTTP2_PRIORITY   0x20

enum ss_http2_state {
	SS_HTTP2_START = 0, /* request: the preface; response: the first frame */
	SS_HTTP2_HEADER,
	SS_HTTP2_LAST,                                /* the last byte of a frame that ends its stream */
	SS_HTTP2_LAST_ID,                             /* of GOAWAY */
	SS_HTTP2_STATUS,                              /* and those after it: an answer's header block */
	SS_HTTP2_PADDING = SS_HTTP2_STATUS_VALUE + 1, /* how much of it a request's header block has */
	SS_HTTP2_IN_BLOCK,                            /* of a request */
};

#define SS_HTTP2_PREFACE_BYTES 24
#define SS_HTTP2_FRAME_BYTES   16384 /* of a payload, at most, unless SETTINGS allows more */
#define SS_HTTP2_HEADER_BYTES  9
#define SS_HTTP2_PREFACE_1     0x505249202a204854ULL /* "PRI * HT", the first byte highest */
#define SS_HTTP2_PREFACE_2     0x54502f322e300d0aULL /* "TP/2.0\r\n" */
#define SS_HTTP2_PREFACE_3     0x0d0a534d0d0a0d0aULL /* "\r\nSM\r\n\r\n" */

/* stream->flags */
#define SS_HTTP2_SETTLED 1 /* SETTINGS has come: it is the first frame of each side */
#define SS_HTTP2_ENDING  2 /* the frame being read has END_STREAM */
#define SS_HTTP2_NAMED   4 /* set before the first byte: header blocks are to be told; off: they are passed over */
#define SS_HTTP2_OPEN    8 /* CONTINUATION is to follow the frame being read */

/*
 * While a header is read, stream->count is how many of its bytes were, stream->number its first five, stream->word the
 * others. While a payload is read, the lower half of stream->number is how many of its bytes are left; of a request's header
 * block those without the padding, which is stream->count.
 */
static __always_inline void ss_http2_next_frame(struct ss_stream *stream, __u32 behind)
{
	stream->number = 0;
	stream->count = 0;
	ss_framing_skip(stream, behind, SS_HTTP2_HEADER);
}

/* The last byte of a frame that ends its stream was read, or passed unseen. */
static __always_inline __u32 ss_http2_ended(struct ss_stream *stream)
{
	stream->flags &= (__u8)~SS_HTTP2_ENDING;
	ss_http2_next_frame(stream, 0);
	return SS_HTTP2_ENDS;
}

/* The `left` bytes of the payload say nothing but where they end. */
static __always_inline __u32 ss_http2_pass(struct ss_stream *stream, __u32 left)
{
	if (!(stream->flags & SS_HTTP2_ENDING)) {
		ss_http2_next_frame(stream, left);
		return 0;
	}
	if (!left)
		return ss_http2_ended(stream);
	ss_framing_skip(stream, left - 1, SS_HTTP2_LAST);
	return 0;
}

static __always_inline int ss_http2_is_last_byte(const struct ss_stream *stream)
{
	return stream->state == SS_HTTP2_LAST && !stream->skip;
}

#endif
