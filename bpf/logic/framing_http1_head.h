/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The whole head of an HTTP/1.x message at once, where one piece of a stream holds it, as it nearly always does. The
 * framer of framing_http1.h takes a byte at a time, which costs ten times as much. This one takes only what has one
 * meaning: lines that end in CR LF and hold no other control character, none that continues another, Content-Length once
 * and a plain number, Transfer-Encoding just "chunked". All else it leaves, untouched, to that one.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_HTTP1_HEAD_H
#define SLOTSCOPE_LOGIC_FRAMING_HTTP1_HEAD_H

#include "framing_http1.h"

#include <slotscope/abi/histogram.h>

#define SS_HEAD       512 /* bytes of a head, at most */
#define SS_HEAD_TURNS 24  /* of up to 64 bytes and 3 lines each */
#define SS_HEAD_SLACK 64  /* bytes after them that may be loaded, whatever they hold */

/* Names in the order in which bytes lie in memory, as numbers of a little-endian machine. */
#define SS_EIGHT(a, b, c, d, e, f, g, h)                                                                               \
	((__u64)(h) << 56 | (__u64)(g) << 48 | (__u64)(f) << 40 | (__u64)(e) << 32 | (__u64)(d) << 24 |                \
	 (__u64)(c) << 16 | (__u64)(b) << 8 | (a))

#define SS_HEAD_CRLF 0x0a0dU
#define SS_ALL_LOWER 0x2020202020202020ULL

/*
 * What the lines of a head say, and how far they are read. Kept in memory, which the verifier knows nothing of: it then
 * takes every turn of the loop for the same.
 */
struct ss_head {
	__u32 ends;      /* bytes up to the end of the empty line; 0: not found, or not to be read here */
	__u32 length_at; /* where the value of Content-Length begins; 0: there is none */
	__u32 line_ends; /* the first line's CR */
	__u32 chunked;
	__u64 controls; /* control characters that are still to be looked at in 64 bytes, a bit each … */
	__u32 base;     /* … and where the 64 bytes after those begin */
	__u32 carry;    /* 1: the first of those is the LF of a line that is read */
	__u8 bytes[SS_HEAD + SS_HEAD_SLACK] __attribute__((aligned(8)));
};

static SS_INLINE __u64 ss_head_eight(const __u8 *bytes, __u32 at)
{
	__u64 eight;

	ss_opaque(at);
#ifdef __bpf__
	/* At once, aligned or not: for a memcpy() the compiler loads eight bytes one by one, a tenth of a message's cost. */
	eight = *(const __u64 *)(bytes + (at & (SS_HEAD - 1)));
#else
	__builtin_memcpy(&eight, bytes + (at & (SS_HEAD - 1)), sizeof(eight));
#endif
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	eight = __builtin_bswap64(eight);
#endif
	return eight;
}

/* A bit for each of the 8 bytes that is a control character (below ' '), the first lowest. */
static SS_INLINE __u64 ss_head_controls_of(__u64 eight)
{
	__u64 controls = ~(((eight & 0x7f7f7f7f7f7f7f7fULL) + 0x6060606060606060ULL) | eight) & SS_HIGH_BITS;

	/* Byte i's mark, moved to its lowest bit, is multiplied into bit 56 + i. */
	return ((controls >> 7) * 0x0102040810204080ULL) >> 56;
}

/* The same of 64 bytes. Without branches: the verifier would follow each. */
static SS_INLINE __u64 ss_head_controls(const __u8 *bytes, __u32 base)
{
	__u64 controls = 0;

#pragma GCC unroll 8
	for (__u32 group = 0; group < 8; group++)
		controls |= ss_head_controls_of(ss_head_eight(bytes, base + group * 8)) << (group * 8);
	return controls;
}

/* "Transfer-Encoding: chunked" and nothing else; `at` is where the line begins. */
static SS_INLINE bool ss_head_is_chunked(const __u8 *bytes, __u32 at)
{
	__u64 name = ss_head_eight(bytes, at + 8) | 0x2020202020202000ULL;
	__u64 value = ss_head_eight(bytes, at + 16) | 0x2020202020000020ULL;

	return name == SS_EIGHT('-', 'e', 'n', 'c', 'o', 'd', 'i', 'n') &&
	       value == SS_EIGHT('g', ':', ' ', 'c', 'h', 'u', 'n', 'k') &&
	       ((__u32)ss_head_eight(bytes, at + 24) | 0x2020U) == (SS_HEAD_CRLF << 16 | 'd' << 8 | 'e');
}

/* The line that begins at `at`, behind a line's end. False: it is not to be read here. */
static SS_INLINE bool ss_head_line(struct ss_head *head, __u32 at)
{
	__u64 name = ss_head_eight(head->bytes, at);

	if ((name & 0xffff) == SS_HEAD_CRLF) {
		head->ends = at + 2;
		return true;
	}
	if ((name & 0xff) == ' ')
		return false;
	if ((name | (SS_ALL_LOWER >> 8)) == SS_EIGHT('c', 'o', 'n', 't', 'e', 'n', 't', '-')) {
		name = ss_head_eight(head->bytes, at + 8) | (SS_ALL_LOWER >> 16);
		if ((name << 16) != SS_EIGHT('l', 'e', 'n', 'g', 't', 'h', 0, 0) << 16)
			return true;
		if (head->length_at || ((name >> 48) & 0xff) != ':')
			return false;
		head->length_at = at + 15;
		return true;
	}
	if ((name | SS_ALL_LOWER) != SS_EIGHT('t', 'r', 'a', 'n', 's', 'f', 'e', 'r'))
		return true;
	if (head->chunked || !ss_head_is_chunked(head->bytes, at))
		return false;
	head->chunked = 1;
	return true;
}

/* Reads on up to the next line. False: there is none, or it is not to be read here. */
static SS_INLINE bool ss_head_next_line(struct ss_head *head)
{
	__u32 at = head->base - 64 + ss_log2(head->controls & -head->controls);

	if ((ss_head_eight(head->bytes, at) & 0xffff) != SS_HEAD_CRLF)
		return false;
	if (!head->line_ends)
		head->line_ends = at;
	head->carry = (at & 63) == 63;
	head->controls &= head->controls - 1;
	head->controls &= head->controls - !head->carry;
	return ss_head_line(head, at + 2);
}

static SS_INLINE void ss_head_begin(struct ss_head *head)
{
	head->ends = head->length_at = head->line_ends = head->chunked = 0;
	head->controls = 0;
	head->base = head->carry = 0;
}

/*
 * Reads some of the lines of `count` bytes; true: there are more. In the kernel each turn is a call of its own, so that
 * the verifier looks at one and not at all of them.
 */
static SS_INLINE bool ss_head_turn(struct ss_head *head, __u32 count)
{
	if (!head->controls) {
		if (head->base >= count)
			return false;
		head->controls = ss_head_controls(head->bytes, head->base) & ~0ULL << (head->carry & 1);
		head->base += 64;
	}
	for (__u32 line = 0; line < 3; line++) {
		__asm__ volatile("" ::: "memory");
		if (!head->controls)
			return true;
		if (!ss_head_next_line(head)) {
			head->ends = 0;
			return false;
		}
		if (head->ends)
			return false;
	}
	return true;
}

/* A request line: its method as a number, the first letter highest; 0: not one to be read here. */
static SS_INLINE __u64 ss_head_method(const __u8 *bytes, __u32 line_ends)
{
	__u64 eight = ss_head_eight(bytes, 0);

	/* RFC 9112 3: it ends in " HTTP/1.x". */
	if (line_ends < 14 || bytes[(line_ends - 9) & (SS_HEAD - 1)] != ' ' ||
	    (ss_head_eight(bytes, line_ends - 8) & 0x00ffffffffffffffULL) !=
		    SS_EIGHT('H', 'T', 'T', 'P', '/', '1', '.', 0) ||
	    !ss_is_digit(bytes[(line_ends - 1) & (SS_HEAD - 1)]))
		return 0;
	if ((__u32)eight == (__u32)SS_EIGHT('G', 'E', 'T', ' ', 0, 0, 0, 0))
		return 0x474554;
	if ((eight & 0xffffffffffULL) == SS_EIGHT('P', 'O', 'S', 'T', ' ', 0, 0, 0))
		return 0x504f5354;
	if ((eight & 0xffffffffffULL) == SS_EIGHT('H', 'E', 'A', 'D', ' ', 0, 0, 0))
		return SS_HTTP1_HEAD;
	return (__u32)eight == (__u32)SS_EIGHT('P', 'U', 'T', ' ', 0, 0, 0, 0) ? 0x505554 : 0;
}

/* A status line: its status; 0: not one to be read here. Interim answers and changes of protocol are not. */
static SS_INLINE __u32 ss_head_status(const __u8 *bytes, __u32 line_ends)
{
	__u32 hundreds = bytes[9] - '0', tens = bytes[10] - '0', ones = bytes[11] - '0';

	if ((ss_head_eight(bytes, 0) & 0x00ffffffffffffffULL) != SS_EIGHT('H', 'T', 'T', 'P', '/', '1', '.', 0) ||
	    !ss_is_digit(bytes[7]) || bytes[8] != ' ' || line_ends < 12 || (bytes[12] != ' ' && line_ends != 12))
		return 0;
	if (hundreds < 2 || hundreds > 9 || tens > 9 || ones > 9)
		return 0;
	return hundreds * 100 + tens * 10 + ones;
}

/* The number behind "Content-Length:", 0 where there is none; SS_HEAD_NO_LENGTH where it is not a plain one. */
#define SS_HEAD_NO_LENGTH (~0ULL)
static SS_INLINE __u64 ss_head_length(const struct ss_head *head)
{
	const __u8 *bytes = head->bytes;
	__u32 at = head->length_at;
	__u64 number = 0;

	if (!at)
		return 0;
	if (bytes[at & (SS_HEAD - 1)] == ' ')
		at++;
	for (__u32 digits = 0; digits < 12; digits++) {
		__u8 byte = bytes[(at + digits) & (SS_HEAD - 1)];

		ss_opaque(number);
		if (byte == '\r')
			return digits ? number : SS_HEAD_NO_LENGTH;
		if (!ss_is_digit(byte))
			return SS_HEAD_NO_LENGTH;
		number = number * 10 + (byte - '0');
	}
	return SS_HEAD_NO_LENGTH;
}

/* A body of this length follows, of which `left` bytes are here; gives how many of them belong to the message. */
static SS_INLINE __u32 ss_head_body(struct ss_framing *framing, struct ss_stream *stream, __u64 length, __u32 left,
				    bool response, __u32 *events)
{
	if (length <= left) {
		*events |= ss_http1_ends(framing, stream, response);
		return (__u32)length;
	}
	stream->skip = length - 1;
	stream->state = SS_HTTP1_BODY_END;
	return 0;
}

/* Can the next bytes be a head that is to be read here? */
static SS_INLINE bool ss_head_may_begin(const struct ss_framing *framing, bool response)
{
	const struct ss_stream *stream = response ? &framing->response : &framing->request;

	if (stream->state != SS_HTTP1_START || stream->skip)
		return false;
	if (response)
		return framing->pending && !(framing->marks & SS_HTTP1_IS_CONNECT);
	return framing->pending < SS_HTTP1_OUTSTANDING;
}

/* What the head says that was found, of `count` bytes shown and `left` at hand. */
static SS_INLINE struct ss_step ss_head_read(struct ss_framing *framing, const struct ss_head *head, __u64 length,
					     __u32 count, __u32 left, bool response)
{
	struct ss_stream *stream = response ? &framing->response : &framing->request;
	bool chunked = head->chunked, without_body = false;
	struct ss_step step = {0, 0};
	__u64 method = 0;
	__u32 ends = head->ends;
	__u32 status;

	if (!ends || ends > count || (chunked && head->length_at) || length == SS_HEAD_NO_LENGTH)
		return step;
	if (response) {
		status = ss_head_status(head->bytes, head->line_ends);
		without_body = status == 204 || status == 304 || (framing->marks & SS_HTTP1_IS_HEAD);
		if (!status || (!without_body && !chunked && !head->length_at))
			return step;
		framing->outcome = (__u16)status;
	} else {
		method = ss_head_method(head->bytes, head->line_ends);
		if (!method)
			return step;
	}
	step.consumed = ends;
	step.events = ss_http1_begins(framing, stream, response);
	if (response)
		step.events = SS_FRAMING_RESPONSE_BEGAN;
	else
		ss_http1_mark(framing, method);
	if (chunked && !without_body) {
		stream->flags = SS_HTTP1_HAS_CODING | SS_HTTP1_IS_CHUNKED;
		stream->state = SS_HTTP1_CHUNK;
		return step;
	}
	step.consumed += ss_head_body(framing, stream, without_body ? 0 : length, left - ends, response, &step.events);
	return step;
}

/*
 * head->bytes are the next `count` of a stream (at most SS_HEAD; those after them may hold anything), of which `left`
 * bytes are at hand, those included. Consumes the head, and the body where all of it is at hand; 0 bytes where it leaves
 * the message to the framer.
 */
static SS_INLINE struct ss_step ss_http1_head(struct ss_framing *framing, struct ss_head *head, __u32 count, __u32 left,
					      bool response)
{
	if (!ss_head_may_begin(framing, response))
		return (struct ss_step){0, 0};
	ss_head_begin(head);
	for (__u32 turn = 0; turn < SS_HEAD_TURNS && ss_head_turn(head, count); turn++)
		;
	return ss_head_read(framing, head, ss_head_length(head), count, left, response);
}

#endif
