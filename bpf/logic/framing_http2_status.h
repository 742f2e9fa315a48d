/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The :status of an answer, from the first bytes of its header block (HPACK, RFC 7541), where they tell it by themselves:
 * an entry of the static table, or three digits in plain or in Huffman's code. What refers to the dynamic table, which
 * takes all header blocks of the connection to know, is not told. :status comes first, and only in header blocks of
 * answers: what is read of trailers is none.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_HTTP2_STATUS_H
#define SLOTSCOPE_LOGIC_FRAMING_HTTP2_STATUS_H

#include "framing_bytes.h"

enum ss_http2_status_state {
	SS_HTTP2_STATUS_FIRST = 4, /* SS_HTTP2_STATUS */
	SS_HTTP2_STATUS_UPDATE,    /* in the size of the dynamic table, which may come before */
	SS_HTTP2_STATUS_LENGTH,    /* of the value */
	SS_HTTP2_STATUS_VALUE,
};

/* Entries of the static table (RFC 7541, appendix A): 8 to 14 are :status. */
#define SS_HPACK_STATUS_FIRST 8
#define SS_HPACK_STATUS_LAST  14

static __always_inline __u16 ss_http2_static_status(__u32 entry)
{
	switch (entry) {
	case 8:
		return 200;
	case 9:
		return 204;
	case 10:
		return 206;
	case 11:
		return 304;
	case 12:
		return 400;
	case 13:
		return 404;
	default:
		return 500;
	}
}

/* The entry that a literal takes its name from; 0: none that matters. */
static __always_inline __u32 ss_http2_literal_name(__u8 byte)
{
	if ((byte & 0xc0) == 0x40) /* to be added to the dynamic table */
		return byte & 0x3f;
	return byte < 0x20 ? byte & 0x0f : 0; /* not to be added, or never */
}

static __always_inline __u16 ss_http2_plain_status(__u32 digits)
{
	__u32 first = (digits >> 16 & 0xff) - '0', second = (digits >> 8 & 0xff) - '0', third = (digits & 0xff) - '0';

	if (first < 1 || first > 5 || second > 9 || third > 9)
		return 0;
	return (__u16)(first * 100 + second * 10 + third);
}

/*
 * Of three digits in Huffman's code (RFC 7541, appendix B), which are 15 to 18 bits of the 24, the first one: 0 to 2 have
 * 5 bits, 00000 to 00010, 3 to 9 have 6, 011001 to 011111. And 503, as a whole.
 */
static __always_inline __u16 ss_http2_huffman_status(__u32 bits)
{
	__u32 short_code = bits >> 19 & 31, long_code = bits >> 18 & 63;

	if ((bits & 0xffffff) == 0x6c0cff)
		return 503;
	if (short_code == 1 || short_code == 2)
		return (__u16)(short_code * 100);
	return long_code >= 25 && long_code <= 27 ? (__u16)((long_code - 22) * 100) : 0;
}

/* The value is complete: three bytes, or, of Huffman's code, two. The bit before them is set. */
static __always_inline __u16 ss_http2_status_of(__u32 value, __u32 is_huffman)
{
	if (!is_huffman)
		return ss_http2_plain_status(value);
	return ss_http2_huffman_status(value < 0x1000000 ? value << 8 | 0xff : value);
}

/* The first byte of a field. Are we done with it? */
static __always_inline int ss_http2_field_byte(struct ss_framing *framing, struct ss_stream *stream, __u8 byte)
{
	__u32 name = ss_http2_literal_name(byte);

	if ((byte & 0xe0) == 0x20) {
		if ((byte & 0x1f) == 0x1f)
			stream->state = SS_HTTP2_STATUS_UPDATE;
		return 0;
	}
	if (byte >= (0x80 | SS_HPACK_STATUS_FIRST) && byte <= (0x80 | SS_HPACK_STATUS_LAST)) {
		framing->outcome = ss_http2_static_status(byte & 0x7f);
		return 1;
	}
	stream->state = SS_HTTP2_STATUS_LENGTH;
	return name < SS_HPACK_STATUS_FIRST || name > SS_HPACK_STATUS_LAST;
}

/*
 * Reads a byte of a header block. True: the status is known, or will not be. stream->count is the length of its value
 * as far as it was not read, with the bit for Huffman's code; the upper half of stream->number is what was read of it.
 */
static __always_inline int ss_http2_status_byte(struct ss_framing *framing, struct ss_stream *stream, __u8 byte)
{
	__u32 value;

	switch (stream->state) {
	case SS_HTTP2_STATUS_FIRST:
		return ss_http2_field_byte(framing, stream, byte);
	case SS_HTTP2_STATUS_UPDATE:
		if (!(byte & 0x80))
			stream->state = SS_HTTP2_STATUS_FIRST;
		return 0;
	case SS_HTTP2_STATUS_LENGTH:
		stream->count = byte;
		stream->number = (__u32)stream->number | 1ULL << 32;
		stream->state = SS_HTTP2_STATUS_VALUE;
		return byte != 3 && byte != 0x82 && byte != 0x83;
	case SS_HTTP2_STATUS_VALUE:
		value = (__u32)(stream->number >> 32) << 8 | byte;
		stream->number = (__u32)stream->number | (__u64)value << 32;
		stream->count--;
		if (stream->count & 0x7f)
			return 0;
		framing->outcome = ss_http2_status_of(value, stream->count);
		return 1;
	default:
		return 1;
	}
}

#endif
