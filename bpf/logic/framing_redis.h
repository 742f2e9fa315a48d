/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Message framing of Redis (Redis serialization protocol specification, RESP2 and RESP3).
 *
 * A call is a command, an array of bulk strings or a line, and the one reply to it; a blocking command is a long call, and
 * QUEUED in a transaction is a reply. Pushes ('>') are none. A reply is read without a stack: an aggregate of n elements
 * adds n to those that are still to come, however deep it lies, and the reply is complete when none is.
 *
 * MONITOR, SYNC and PSYNC turn a connection into a feed: it is in use until it closes, and nothing more is read of it. In
 * RESP2 SUBSCRIBE and its kin do so until no subscription is left, which their replies end with as a number: commands in
 * between are part of that one call, and so is all that the server sends. UNSUBSCRIBE without a subscription is a call of
 * one reply then. (In RESP3, where messages are pushes, SUBSCRIBE is a call that the first push answers.) CLIENT REPLY
 * leaves answers out: lost.
 *
 * framing->marks has a bit for each outstanding call whose answer may become a feed.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_REDIS_H
#define SLOTSCOPE_LOGIC_FRAMING_REDIS_H

#include "framing_detect.h"

enum ss_redis_state {
	SS_REDIS_START = 0, /* between commands; between elements of a reply */
	SS_REDIS_COUNT,     /* digits of a length */
	SS_REDIS_COUNT_LF,
	SS_REDIS_BULK, /* request: '$' */
	SS_REDIS_NAME, /* request: letters of the command or its first argument */
	SS_REDIS_DATA_CR,
	SS_REDIS_DATA_LF,
	SS_REDIS_LINE,    /* to its line feed */
	SS_REDIS_CHUNK,   /* response: ';' of a streamed string */
	SS_REDIS_FEED,    /* response: '+' to a command that may begin a feed */
	SS_REDIS_END_CR,  /* response: '.' of a streamed aggregate */
	SS_REDIS_INTEGER, /* response: the first character of an integer */
	SS_REDIS_GONE,    /* a feed: nothing more is to be found */
};

/* request.flags */
#define SS_REDIS_ARGUMENTS 1 /* the number being read is of arguments */
#define SS_REDIS_DIGITS    2 /* the number has digits; of both streams */
#define SS_REDIS_NAMED     4 /* the command's name was read */
#define SS_REDIS_CLIENT    8 /* the command is CLIENT: its first argument is read as well */
/* … which stay from command to command */
#define SS_REDIS_SUBSCRIBED   16 /* within a feed of subscriptions */
#define SS_REDIS_UNSUBSCRIBED 32 /* there was one: UNSUBSCRIBE has a reply for each of its arguments */

/* response.flags, besides DIGITS */
#define SS_REDIS_ANSWERING 1   /* within the reply to the oldest call */
#define SS_REDIS_ERROR     4   /* the reply is an error */
#define SS_REDIS_NEGATIVE  8   /* the number is below 0: null */
#define SS_REDIS_STREAMED  16  /* within an aggregate of unknown length */
#define SS_REDIS_CHUNKS    32  /* the number is a chunk's */
#define SS_REDIS_PUSH      64  /* within a push that answers nothing */
#define SS_REDIS_UNKNOWN   128 /* '?' stands in the place of the number */

#define SS_REDIS_MOST_ARGUMENTS (1U << 20)
#define SS_REDIS_MOST_BYTES     0xffffffffULL
#define SS_REDIS_MOST_MARKS     32

/* What is recognised of a name: its length, and its last six letters with five bits each. */
#define SS_REDIS_LETTERS(a, b, c, d, e, f)                                                                             \
	((__u32)((a)&31) << 25 | (__u32)((b)&31) << 20 | (__u32)((c)&31) << 15 | (__u32)((d)&31) << 10 |               \
	 (__u32)((e)&31) << 5 | ((f)&31))
#define SS_REDIS_LETTER_BITS 0x3fffffffU

/*
 * Numbers: the one being read in the lower half of stream->number, in the upper half what is still to come: arguments of
 * the command, elements of the reply.
 */
static __always_inline __u32 ss_redis_to_come(const struct ss_stream *stream)
{
	return (__u32)(stream->number >> 32);
}

static __always_inline __u32 ss_redis_value(const struct ss_stream *stream)
{
	return (__u32)stream->number;
}

static __always_inline void ss_redis_set_to_come(struct ss_stream *stream, __u32 elements)
{
	stream->number = (__u64)elements << 32;
}

static __always_inline void ss_redis_begin_number(struct ss_stream *stream)
{
	ss_redis_set_to_come(stream, ss_redis_to_come(stream));
	stream->flags &= (__u8)~SS_REDIS_DIGITS;
	stream->state = SS_REDIS_COUNT;
}

/* Adds a digit. LOST where the number is larger than any that is sent. */
static __always_inline __u32 ss_redis_digit(struct ss_stream *stream, __u8 byte)
{
	__u64 value = (__u64)ss_redis_value(stream) * 10 + (__u8)(byte - '0');

	if (!ss_is_digit(byte) || value > SS_REDIS_MOST_BYTES)
		return SS_FRAMING_LOST;
	stream->number = (__u64)ss_redis_to_come(stream) << 32 | value;
	stream->flags |= SS_REDIS_DIGITS;
	return 0;
}

static __always_inline int ss_redis_is_subscription(__u32 letters, __u32 length)
{
	/* [P|S]SUBSCRIBE, [P|S]UNSUBSCRIBE */
	return length >= 9 && length <= 12 && letters == SS_REDIS_LETTERS('S', 'C', 'R', 'I', 'B', 'E');
}

static __always_inline int ss_redis_begins_feed(__u32 letters, __u32 length)
{
	return ss_redis_is_subscription(letters, length) ||
	       (length == 7 && letters == SS_REDIS_LETTERS('O', 'N', 'I', 'T', 'O', 'R')) ||
	       (length == 5 && letters == SS_REDIS_LETTERS(0, 'P', 'S', 'Y', 'N', 'C')) ||
	       (length == 4 && letters == SS_REDIS_LETTERS(0, 0, 'S', 'Y', 'N', 'C'));
}

/* The name of the command that began last is known, or CLIENT's argument. */
static __always_inline __u32 ss_redis_named(struct ss_framing *framing)
{
	struct ss_stream *stream = &framing->request;
	__u32 letters = stream->word & SS_REDIS_LETTER_BITS;
	__u32 length = stream->count;

	if (stream->flags & SS_REDIS_CLIENT) {
		stream->flags &= (__u8)~SS_REDIS_CLIENT;
		return length == 5 && letters == SS_REDIS_LETTERS(0, 'R', 'E', 'P', 'L', 'Y') ? SS_FRAMING_LOST : 0;
	}
	stream->flags |= SS_REDIS_NAMED;
	if (length == 6 && letters == SS_REDIS_LETTERS('C', 'L', 'I', 'E', 'N', 'T'))
		stream->flags |= SS_REDIS_CLIENT;
	if (!ss_redis_begins_feed(letters, length) || !framing->pending || stream->flags & SS_REDIS_SUBSCRIBED)
		return 0; /* without a call on it, the server has answered before the command was complete: an error */
	if (framing->pending > SS_REDIS_MOST_MARKS)
		return SS_FRAMING_LOST;
	framing->marks |= 1U << ((framing->pending - 1) & 31);
	return 0;
}

static __always_inline void ss_redis_name_byte(struct ss_stream *stream, __u8 byte)
{
	stream->word = stream->word << 5 | (byte & 31);
	if (stream->count < 0xffff)
		stream->count++;
}

static __always_inline void ss_redis_begin_name(struct ss_stream *stream, __u8 state)
{
	stream->word = 0;
	stream->count = 0;
	stream->state = state;
}

/* The first byte of a command. Empty lines are none. */
static __always_inline __u32 ss_redis_command(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->request;

	if (byte == '\r' || byte == '\n')
		return 0;
	if (byte != '*' && !ss_is_letter(byte))
		return SS_FRAMING_LOST;
	if (!first)
		return SS_FRAMING_ALONE;
	stream->flags &= SS_REDIS_SUBSCRIBED | SS_REDIS_UNSUBSCRIBED;
	if (byte == '*') {
		ss_redis_set_to_come(stream, 0);
		ss_redis_begin_number(stream);
		stream->flags |= SS_REDIS_ARGUMENTS;
	} else {
		ss_redis_begin_name(stream, SS_REDIS_LINE);
		ss_redis_name_byte(stream, byte);
	}
	return stream->flags & SS_REDIS_SUBSCRIBED ? 0 : ss_framing_call_begins(framing);
}

/* A number's line is complete. */
static __always_inline __u32 ss_redis_request_number(struct ss_stream *stream)
{
	__u32 value = ss_redis_value(stream);

	if (stream->flags & SS_REDIS_ARGUMENTS) {
		stream->flags &= (__u8)~SS_REDIS_ARGUMENTS;
		/* The server leaves out an empty command, but no client sends one. */
		if (!value || value > SS_REDIS_MOST_ARGUMENTS)
			return SS_FRAMING_LOST;
		ss_redis_set_to_come(stream, value);
		stream->state = SS_REDIS_BULK;
		return 0;
	}
	if (value && (!(stream->flags & SS_REDIS_NAMED) || stream->flags & SS_REDIS_CLIENT))
		ss_redis_begin_name(stream, SS_REDIS_NAME);
	else
		ss_framing_skip(stream, value, SS_REDIS_DATA_CR);
	return 0;
}

static __always_inline __u32 ss_redis_name(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->request;

	ss_redis_name_byte(stream, byte);
	stream->number--;
	if (ss_redis_value(stream))
		return 0;
	stream->state = SS_REDIS_DATA_CR;
	return ss_redis_named(framing);
}

static __always_inline __u32 ss_redis_request_ended(struct ss_stream *stream)
{
	stream->state = SS_REDIS_START;
	return stream->flags & SS_REDIS_SUBSCRIBED ? 0 : (__u32)SS_FRAMING_REQUEST_ENDED;
}

/* An argument is complete. */
static __always_inline __u32 ss_redis_argument(struct ss_stream *stream)
{
	__u32 left = ss_redis_to_come(stream) - 1;

	ss_redis_set_to_come(stream, left);
	stream->state = SS_REDIS_BULK;
	return left ? 0 : ss_redis_request_ended(stream);
}

/* A command that is a line: words and spaces. */
static __always_inline __u32 ss_redis_request_line(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->request;
	__u32 lost = 0;

	if (byte > ' ') {
		ss_redis_name_byte(stream, byte);
		return 0;
	}
	if (stream->count && (!(stream->flags & SS_REDIS_NAMED) || stream->flags & SS_REDIS_CLIENT))
		lost = ss_redis_named(framing);
	stream->word = 0;
	stream->count = 0;
	if (byte != '\n')
		return lost;
	return lost ? lost : ss_redis_request_ended(stream);
}

static __always_inline __u32 ss_redis_request_byte(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->request;

	switch (stream->state) {
	case SS_REDIS_START:
		return ss_redis_command(framing, byte, first);
	case SS_REDIS_COUNT:
		if (byte != '\r' || !(stream->flags & SS_REDIS_DIGITS))
			return ss_redis_digit(stream, byte);
		stream->state = SS_REDIS_COUNT_LF;
		return 0;
	case SS_REDIS_COUNT_LF:
		return byte == '\n' ? ss_redis_request_number(stream) : (__u32)SS_FRAMING_LOST;
	case SS_REDIS_BULK:
		ss_redis_begin_number(stream);
		return byte == '$' ? 0 : SS_FRAMING_LOST;
	case SS_REDIS_NAME:
		return ss_redis_name(framing, byte);
	case SS_REDIS_DATA_CR:
		stream->state = SS_REDIS_DATA_LF;
		return byte == '\r' ? 0 : SS_FRAMING_LOST;
	case SS_REDIS_DATA_LF:
		return byte == '\n' ? ss_redis_argument(stream) : (__u32)SS_FRAMING_LOST;
	case SS_REDIS_LINE:
		return ss_redis_request_line(framing, byte);
	default:
		return SS_FRAMING_LOST;
	}
}

static inline struct ss_step ss_redis_request(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_framing_bytes(framing, &framing->request, window, count, ss_redis_request_byte);
}

#include "framing_redis_reply.h"

#endif
