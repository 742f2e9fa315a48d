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

#include "framing_http2_block.h"
#include "framing_scan.h"

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
