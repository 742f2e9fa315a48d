/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The replies of framing_redis.h, which includes this. */
#ifndef SLOTSCOPE_LOGIC_FRAMING_REDIS_REPLY_H
#define SLOTSCOPE_LOGIC_FRAMING_REDIS_REPLY_H

#include "framing_redis.h"

/* stream->word is the type of the element being read; of an integer that was read, its first character. */

/* The connection serves nothing else until it closes. */
static __always_inline __u32 ss_redis_gone(struct ss_framing *framing)
{
	framing->request.state = framing->response.state = SS_REDIS_GONE;
	framing->request.skip = framing->response.skip = ~0ULL;
	return SS_FRAMING_UNTIL_CLOSE;
}

/*
 * Something of a feed of subscriptions is complete. It ends with the number of those that are left, or is a message, which
 * ends with a string. A line is the answer to RESET or QUIT, which end them all.
 */
static __always_inline __u32 ss_redis_fed(struct ss_framing *framing)
{
	__u32 last = framing->response.word;

	if (last != '0' && last != '+')
		return 0;
	framing->request.flags &= (__u8)~SS_REDIS_SUBSCRIBED;
	framing->request.flags |= SS_REDIS_UNSUBSCRIBED;
	framing->marks = 0;
	framing->pending = 1;
	return ss_framing_call_ends(framing, 0);
}

/* A reply, or a push, is complete. */
static __always_inline __u32 ss_redis_replied(struct ss_framing *framing)
{
	struct ss_stream *stream = &framing->response;
	__u8 flags = stream->flags;

	stream->flags = 0;
	stream->state = SS_REDIS_START;
	if (framing->request.flags & SS_REDIS_SUBSCRIBED)
		return ss_redis_fed(framing);
	if (!(flags & SS_REDIS_ANSWERING))
		return 0;
	framing->marks >>= 1;
	return ss_framing_call_ends(framing, flags & SS_REDIS_ERROR ? SS_FRAMING_FAILED : 0);
}

/* `more` elements are to come in the place of the one that was read. */
static __always_inline __u32 ss_redis_element_read(struct ss_framing *framing, __u32 more)
{
	struct ss_stream *stream = &framing->response;
	__u32 to_come = ss_redis_to_come(stream);

	stream->state = SS_REDIS_START;
	if (more > 0xfffffffeU - to_come || (!to_come && !(stream->flags & SS_REDIS_STREAMED)))
		return SS_FRAMING_LOST;
	to_come = to_come - 1 + more;
	ss_redis_set_to_come(stream, to_come);
	if (to_come || stream->flags & SS_REDIS_STREAMED)
		return 0;
	return ss_redis_replied(framing);
}

/* The first byte of an element. */
static __always_inline __u32 ss_redis_type(struct ss_stream *stream, __u8 type)
{
	stream->word = type;
	switch (type) {
	case '+': /* simple string */
	case '-': /* simple error */
	case ',': /* double */
	case '(': /* big number */
	case '#': /* boolean */
	case '_': /* null */
		stream->state = SS_REDIS_LINE;
		return 0;
	case ':': /* integer */
		stream->state = SS_REDIS_INTEGER;
		return 0;
	case '$': /* bulk string */
	case '!': /* bulk error */
	case '=': /* verbatim string */
	case '*': /* array */
	case '~': /* set */
	case '%': /* map */
	case '|': /* attribute: of the element that follows */
	case '>': /* push */
		stream->flags &= (__u8) ~(SS_REDIS_NEGATIVE | SS_REDIS_UNKNOWN | SS_REDIS_CHUNKS);
		ss_redis_begin_number(stream);
		return 0;
	default:
		return SS_FRAMING_LOST;
	}
}

/* The first element of a reply to the oldest call. */
static __always_inline __u32 ss_redis_answer_begins(struct ss_framing *framing, __u8 type, __u32 first)
{
	struct ss_stream *stream = &framing->response;
	__u32 events = SS_FRAMING_RESPONSE_BEGAN;

	if (!first)
		return SS_FRAMING_ALONE;
	stream->flags = SS_REDIS_ANSWERING;
	if (type == '-' || type == '!')
		stream->flags |= SS_REDIS_ERROR;
	ss_redis_set_to_come(stream, 1);
	if (framing->marks & 1) {
		if (type == '$' || type == '\n')
			return SS_FRAMING_RESPONSE_BEGAN | ss_redis_gone(framing);
		if (type == '+') {
			stream->word = type;
			stream->state = SS_REDIS_FEED;
			return SS_FRAMING_RESPONSE_BEGAN;
		}
		if (type == '*') {
			framing->request.flags |= SS_REDIS_SUBSCRIBED;
			framing->outcome = 0;
			events |= SS_FRAMING_UNTIL_CLOSE;
		}
	}
	return ss_redis_type(stream, type) ? (__u32)SS_FRAMING_LOST : events;
}

static __always_inline __u32 ss_redis_reply(struct ss_framing *framing, __u8 type, __u32 first)
{
	struct ss_stream *stream = &framing->response;

	__u8 feed = framing->request.flags;

	if (!(feed & SS_REDIS_SUBSCRIBED) && (type != '>' || framing->marks & 1)) {
		if (framing->pending)
			return ss_redis_answer_begins(framing, type, first);
		/* The server may refuse a connection before anything is asked. */
		if (type != '-' && type != '>' && (type != '*' || !(feed & SS_REDIS_UNSUBSCRIBED)))
			return SS_FRAMING_LOST;
	}
	stream->flags = SS_REDIS_PUSH;
	ss_redis_set_to_come(stream, 1);
	return ss_redis_type(stream, type);
}

static __always_inline __u32 ss_redis_element(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->response;

	if (!(stream->flags & (SS_REDIS_ANSWERING | SS_REDIS_PUSH)))
		return ss_redis_reply(framing, byte, first);
	if (byte == '.' && stream->flags & SS_REDIS_STREAMED && !ss_redis_to_come(stream)) {
		stream->flags &= (__u8)~SS_REDIS_STREAMED;
		ss_redis_set_to_come(stream, 1);
		stream->state = SS_REDIS_END_CR;
		return 0;
	}
	if (byte == '>') /* never within another reply */
		return SS_FRAMING_LOST;
	if (stream->flags & SS_REDIS_STREAMED && !ss_redis_to_come(stream))
		ss_redis_set_to_come(stream, 1);
	return ss_redis_type(stream, byte);
}

static __always_inline __u32 ss_redis_reply_digit(struct ss_stream *stream, __u8 byte)
{
	if (byte == '\r') {
		stream->state = SS_REDIS_COUNT_LF;
		return stream->flags & SS_REDIS_DIGITS ? 0 : SS_FRAMING_LOST;
	}
	if (stream->flags & SS_REDIS_UNKNOWN)
		return SS_FRAMING_LOST;
	if (stream->flags & SS_REDIS_DIGITS)
		return ss_redis_digit(stream, byte);
	switch (byte) {
	case '-':
		if (stream->flags & SS_REDIS_NEGATIVE)
			return SS_FRAMING_LOST;
		stream->flags |= SS_REDIS_NEGATIVE;
		return 0;
	case '?':
		stream->flags |= SS_REDIS_UNKNOWN | SS_REDIS_DIGITS;
		return 0;
	default:
		return ss_redis_digit(stream, byte);
	}
}

/* '?' in the place of a length: chunks or elements follow until one says that it is the last. */
static __always_inline __u32 ss_redis_streamed(struct ss_stream *stream)
{
	switch (stream->word) {
	case '$':
		stream->state = SS_REDIS_CHUNK;
		return 0;
	case '*':
	case '~':
	case '%':
		/* Which aggregate a '.' ends would need a stack, if they were nested. No server sends them yet. */
		if (stream->flags & SS_REDIS_STREAMED || ss_redis_to_come(stream) != 1)
			return SS_FRAMING_LOST;
		stream->flags |= SS_REDIS_STREAMED;
		ss_redis_set_to_come(stream, 0);
		stream->state = SS_REDIS_START;
		return 0;
	default:
		return SS_FRAMING_LOST;
	}
}

/* The line of a number is complete. */
static __always_inline __u32 ss_redis_reply_number(struct ss_framing *framing)
{
	struct ss_stream *stream = &framing->response;
	__u32 value = ss_redis_value(stream);

	if (stream->flags & SS_REDIS_UNKNOWN) {
		if (stream->flags & (SS_REDIS_CHUNKS | SS_REDIS_NEGATIVE))
			return SS_FRAMING_LOST;
		return ss_redis_streamed(stream);
	}
	if (stream->flags & SS_REDIS_NEGATIVE) {
		if (value != 1 || stream->flags & SS_REDIS_CHUNKS || (stream->word != '$' && stream->word != '*'))
			return SS_FRAMING_LOST;
		return ss_redis_element_read(framing, 0);
	}
	if (stream->flags & SS_REDIS_CHUNKS && !value)
		return ss_redis_element_read(framing, 0);
	switch (stream->word) {
	case '$':
	case '!':
	case '=':
		ss_framing_skip(stream, value, SS_REDIS_DATA_CR);
		return 0;
	case '%':
	case '|':
		if (value > 0x7ffffffeU)
			return SS_FRAMING_LOST;
		value += value;
	}
	return ss_redis_element_read(framing, stream->word == '|' ? value + 1 : value);
}

/* The data of a string or of a chunk is complete. */
static __always_inline __u32 ss_redis_data_read(struct ss_framing *framing)
{
	struct ss_stream *stream = &framing->response;

	if (!(stream->flags & SS_REDIS_CHUNKS))
		return ss_redis_element_read(framing, 0);
	stream->state = SS_REDIS_CHUNK;
	return 0;
}

/* '+': the command was queued, or a feed begins. */
static __always_inline __u32 ss_redis_feed(struct ss_framing *framing, __u8 byte)
{
	if (byte != 'Q')
		return ss_redis_gone(framing);
	framing->response.state = SS_REDIS_LINE;
	return 0;
}

static __always_inline __u32 ss_redis_line(struct ss_framing *framing, __u8 byte)
{
	return byte == '\n' ? ss_redis_element_read(framing, 0) : 0;
}

static __always_inline __u32 ss_redis_response_byte(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->response;

	switch (stream->state) {
	case SS_REDIS_START:
		return ss_redis_element(framing, byte, first);
	case SS_REDIS_INTEGER:
		stream->word = byte;
		stream->state = SS_REDIS_LINE;
		return ss_redis_line(framing, byte);
	case SS_REDIS_LINE:
		return ss_redis_line(framing, byte);
	case SS_REDIS_COUNT:
		return ss_redis_reply_digit(stream, byte);
	case SS_REDIS_COUNT_LF:
		return byte == '\n' ? ss_redis_reply_number(framing) : (__u32)SS_FRAMING_LOST;
	case SS_REDIS_DATA_CR:
		stream->state = SS_REDIS_DATA_LF;
		return byte == '\r' ? 0 : SS_FRAMING_LOST;
	case SS_REDIS_DATA_LF:
		return byte == '\n' ? ss_redis_data_read(framing) : (__u32)SS_FRAMING_LOST;
	case SS_REDIS_CHUNK:
		ss_redis_begin_number(stream);
		stream->flags &= (__u8) ~(SS_REDIS_NEGATIVE | SS_REDIS_UNKNOWN);
		stream->flags |= SS_REDIS_CHUNKS;
		return byte == ';' ? 0 : SS_FRAMING_LOST;
	case SS_REDIS_FEED:
		return ss_redis_feed(framing, byte);
	case SS_REDIS_END_CR:
		stream->state = SS_REDIS_LINE; /* its line feed completes the aggregate */
		return byte == '\r' ? 0 : SS_FRAMING_LOST;
	default:
		return SS_FRAMING_LOST;
	}
}

static inline struct ss_step ss_redis_response(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_framing_bytes(framing, &framing->response, window, count, ss_redis_response_byte);
}

#endif
