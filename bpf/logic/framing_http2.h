/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Message framing of HTTP/2 in plain text with prior knowledge (RFC 9113, sections 3.4, 4.1 and 6), and so of gRPC. Both
 * streams are frames: a header of nine bytes, and a payload that is skipped, but for the first bytes of an answer's header
 * block (framing_http2_status.h), the number in GOAWAY, and, where calls are named, the header blocks of requests (hpack.h).
 *
 * Calls are the streams within the connection, and several at a time: what is found are frames, with the number of their
 * stream. Which of them begin and end a call, http2_streams.h knows.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_HTTP2_H
#define SLOTSCOPE_LOGIC_FRAMING_HTTP2_H

#include "framing_http2_status.h"
#include "framing_scan.h"

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

/*
 * Whether a frame can be so: what cannot is another protocol, or bytes were missed. Unknown types are to be ignored, but
 * none is known that is longer than every peer has to take.
 */
static __always_inline int ss_http2_frame_fits(__u32 type, __u32 flags, __u32 length, __u32 id, int is_response)
{
	switch (type) {
	case SS_HTTP2_FRAME_DATA:
	case SS_HTTP2_FRAME_HEADERS:
	case SS_HTTP2_FRAME_CONTINUATION:
		return id != 0;
	case SS_HTTP2_FRAME_PRIORITY:
		return id && length == 5;
	case SS_HTTP2_FRAME_RST_STREAM:
		return id && length == 4;
	case SS_HTTP2_FRAME_SETTINGS:
		return !id && (flags & SS_HTTP2_ACK ? !length : length % 6 == 0);
	case SS_HTTP2_FRAME_PUSH_PROMISE:
		return is_response && id && length >= 4;
	case SS_HTTP2_FRAME_PING:
		return !id && length == 8;
	case SS_HTTP2_FRAME_GOAWAY:
		return !id && length >= 8;
	case SS_HTTP2_FRAME_WINDOW_UPDATE:
		return length == 4;
	default:
		return length <= SS_HTTP2_FRAME_BYTES;
	}
}

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

/* A header block. */
static __always_inline __u32 ss_http2_headers(struct ss_framing *framing, struct ss_stream *stream, __u32 flags,
					      __u32 length, int is_response)
{
	__u32 before = (flags & SS_HTTP2_PADDED ? 1 : 0) + (flags & SS_HTTP2_PRIORITY ? 5 : 0);

	if (length < before)
		return SS_FRAMING_LOST;
	if (!is_response)
		return SS_HTTP2_HEADERS | ss_http2_request_block(stream, flags, length, before);
	framing->outcome = 0;
	if (length == before)
		return SS_HTTP2_HEADERS | ss_http2_pass(stream, length);
	stream->number = length - before;
	ss_framing_skip(stream, before, SS_HTTP2_STATUS);
	return 0;
}

/* The header of a frame is complete. */
static __always_inline __u32 ss_http2_frame(struct ss_framing *framing, struct ss_stream *stream, int is_response)
{
	__u32 length = (__u32)(stream->number >> 16), type = (__u32)(stream->number >> 8) & 0xff;
	__u32 flags = (__u32)stream->number & 0xff;

	stream->word &= 0x7fffffff; /* the highest bit is reserved */
	if (!(stream->flags & SS_HTTP2_SETTLED) && (type != SS_HTTP2_FRAME_SETTINGS || flags & SS_HTTP2_ACK))
		return SS_FRAMING_LOST;
	if (!ss_http2_frame_fits(type, flags, length, stream->word, is_response))
		return SS_FRAMING_LOST;
	stream->flags = SS_HTTP2_SETTLED | (is_response ? 0 : ss_http2_flags_kept(stream, type, length));
	if (type <= SS_HTTP2_FRAME_HEADERS && flags & SS_HTTP2_END_STREAM)
		stream->flags |= SS_HTTP2_ENDING;
	switch (type) {
	case SS_HTTP2_FRAME_HEADERS:
		return ss_http2_headers(framing, stream, flags, length, is_response);
	case SS_HTTP2_FRAME_CONTINUATION:
		if (is_response)
			break;
		return ss_http2_request_block(stream, flags & SS_HTTP2_WHOLE, length, 0);
	case SS_HTTP2_FRAME_RST_STREAM:
		ss_http2_next_frame(stream, length);
		return SS_HTTP2_RESET;
	case SS_HTTP2_FRAME_GOAWAY:
		if (!is_response) /* of the client's: about streams that servers open */
			break;
		stream->number = length;
		stream->count = 0;
		stream->state = SS_HTTP2_LAST_ID;
		return 0;
	}
	return ss_http2_pass(stream, length);
}

static __always_inline __u32 ss_http2_header_byte(struct ss_framing *framing, struct ss_stream *stream, __u8 byte,
						  int is_response)
{
	if (stream->count < 5)
		stream->number = stream->number << 8 | byte;
	else
		stream->word = stream->word << 8 | byte;
	stream->count++;
	return stream->count < SS_HTTP2_HEADER_BYTES ? 0 : ss_http2_frame(framing, stream, is_response);
}

static __always_inline __u32 ss_http2_preface_byte(struct ss_stream *stream, __u8 byte)
{
	__u64 part = stream->count < 8    ? SS_HTTP2_PREFACE_1
		     : stream->count < 16 ? SS_HTTP2_PREFACE_2
					  : SS_HTTP2_PREFACE_3;

	if (byte != (__u8)(part >> (56 - (stream->count & 7) * 8)))
		return SS_FRAMING_LOST;
	stream->count++;
	if (stream->count == SS_HTTP2_PREFACE_BYTES)
		ss_http2_next_frame(stream, 0);
	return 0;
}

static __always_inline __u32 ss_http2_request_byte(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->request;

	(void)first;
	switch (stream->state) {
	case SS_HTTP2_START:
		return ss_http2_preface_byte(stream, byte);
	case SS_HTTP2_HEADER:
		return ss_http2_header_byte(framing, stream, byte, 0);
	case SS_HTTP2_LAST:
		return ss_http2_ended(stream);
	case SS_HTTP2_PADDING:
		return ss_http2_padding_byte(stream, byte);
	case SS_HTTP2_IN_BLOCK:
		return SS_FRAMING_ALONE; /* some was skipped before it */
	default:
		return SS_FRAMING_LOST;
	}
}

static __always_inline __u32 ss_http2_last_id_byte(struct ss_stream *stream, __u8 byte)
{
	stream->word = stream->word << 8 | byte;
	stream->count++;
	if (stream->count < 4)
		return 0;
	stream->word &= 0x7fffffff;
	ss_http2_next_frame(stream, (__u32)stream->number - 4);
	return SS_HTTP2_GOAWAY;
}

/* A byte of an answer's header block. */
static __always_inline __u32 ss_http2_block_byte(struct ss_framing *framing, struct ss_stream *stream, __u8 byte)
{
	int is_read = ss_http2_status_byte(framing, stream, byte);

	stream->number--;
	if (!is_read && (__u32)stream->number)
		return 0;
	return SS_HTTP2_HEADERS | ss_http2_pass(stream, (__u32)stream->number);
}

static __always_inline __u32 ss_http2_response_byte(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->response;

	(void)first;
	switch (stream->state) {
	case SS_HTTP2_START:
		stream->state = SS_HTTP2_HEADER;
		return ss_http2_header_byte(framing, stream, byte, 1);
	case SS_HTTP2_HEADER:
		return ss_http2_header_byte(framing, stream, byte, 1);
	case SS_HTTP2_LAST:
		return ss_http2_ended(stream);
	case SS_HTTP2_LAST_ID:
		return ss_http2_last_id_byte(stream, byte);
	default:
		return ss_http2_block_byte(framing, stream, byte);
	}
}

static inline struct ss_step ss_http2_request(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	if (framing->request.state == SS_HTTP2_IN_BLOCK && !framing->request.skip)
		return ss_http2_block(&framing->request, count);
	return ss_framing_bytes(framing, &framing->request, window, count, ss_http2_request_byte);
}

static inline struct ss_step ss_http2_response(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_framing_bytes(framing, &framing->response, window, count, ss_http2_response_byte);
}

/* Of the 8 bytes from `at` on, are those that are shown the same as these? */
static __always_inline int ss_http2_begins_with(const __u8 *window, __u32 at, __u32 count, __u64 part)
{
	__u64 different = ss_window_group(window, at) ^ __builtin_bswap64(part);
	__u32 shown = count < at + 8 ? count - at : 8;

	if (count <= at)
		return 1;
	return shown == 8 ? !different : !(different & ((1ULL << (shown * 8)) - 1));
}

/* The client's preface, or as much of it as no other protocol has: HTTP/1 has no method PRI. */
static inline int ss_http2_looks_like_request(const __u8 *window, __u32 count)
{
	return count >= 4 && ss_http2_begins_with(window, 0, count, SS_HTTP2_PREFACE_1) &&
	       ss_http2_begins_with(window, 8, count, SS_HTTP2_PREFACE_2) &&
	       ss_http2_begins_with(window, 16, count, SS_HTTP2_PREFACE_3);
}

/* A server that speaks first: SETTINGS. */
static inline int ss_http2_looks_like_greeting(const __u8 *window, __u32 count)
{
	__u32 length;

	if (count < SS_HTTP2_HEADER_BYTES || window[0] || window[3] != SS_HTTP2_FRAME_SETTINGS || window[4])
		return 0;
	length = (__u32)window[1] << 8 | window[2];
	return length % 6 == 0 && length < 600 && !(window[5] | window[6] | window[7] | window[8]);
}

#endif
