/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Message framing of memcached's text protocol (memcached, doc/protocol.txt), with its meta commands.
 *
 * A call begins with the line feed of its command line, which is where it is known whether an answer comes ("noreply",
 * "quit"), and ends with the last byte of its answer. An answer says by its own first word where it ends. Quiet meta
 * commands ('q') may or may not be answered: they are one call together with the "mn" that closes them, and lost without.
 * "watch" makes the connection a feed: lost, as is the binary protocol.
 *
 * framing->marks has a bit for each of the 32 oldest calls that ends with the answer to "mn".
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_MEMCACHED_H
#define SLOTSCOPE_LOGIC_FRAMING_MEMCACHED_H

#include "framing_detect.h"

enum ss_memcached_state {
	SS_MEMCACHED_START = 0, /* between lines */
	SS_MEMCACHED_WORDS,
	SS_MEMCACHED_DATA_CR,
	SS_MEMCACHED_DATA_LF,
};

/* request.flags; the lowest two bits are what follows the name */
#define SS_MEMCACHED_LENGTH_META  1 /* a data block's length in the third word */
#define SS_MEMCACHED_LENGTH_STORE 2 /* … in the fifth */
#define SS_MEMCACHED_KEYS         3 /* nothing but keys */
#define SS_MEMCACHED_SHAPE        3
#define SS_MEMCACHED_META         4 /* flags follow; 'q' is quiet */
#define SS_MEMCACHED_NO_ANSWER    8 /* noreply, or quit */
#define SS_MEMCACHED_QUIET        16
#define SS_MEMCACHED_CLOSES       32  /* "mn" */
#define SS_MEMCACHED_BATCH        64  /* of quiet commands, open; kept from line to line */
#define SS_MEMCACHED_BAD          128 /* the data block's length is none, or the command is "watch" */
#define SS_MEMCACHED_FLUSH        (SS_MEMCACHED_META | SS_MEMCACHED_KEYS) /* "noreply" may be the second word */

/* response.flags */
#define SS_MEMCACHED_ANSWERING 1
#define SS_MEMCACHED_FAILED    2
#define SS_MEMCACHED_LAST      4   /* this line (and its data block) is the last of the answer */
#define SS_MEMCACHED_VALUE     8   /* the length of a data block is in word 4 */
#define SS_MEMCACHED_VA        16  /* … in word 2 */
#define SS_MEMCACHED_CLOSED    32  /* the answer to "mn" */
#define SS_MEMCACHED_NO_LENGTH 64  /* what should be a length is none */
#define SS_MEMCACHED_DUMP      128 /* a line of "lru_crawler metadump": key=… */

#define SS_MEMCACHED_MOST_MARKS 32
#define SS_MEMCACHED_MOST_BYTES (1ULL << 30) /* the largest item that can be configured */

/*
 * Words: stream->word is the last six letters with five bits each, of the word being read; stream->count its length (up
 * to 63) and, from bit 6 on, which word it is.
 */
#define SS_MEMCACHED_LETTERS(a, b, c, d, e, f)                                                                         \
	((__u32)((a)&31) << 25 | (__u32)((b)&31) << 20 | (__u32)((c)&31) << 15 | (__u32)((d)&31) << 10 |               \
	 (__u32)((e)&31) << 5 | ((f)&31))
#define SS_MEMCACHED_LETTER_BITS 0x3fffffffU

static __always_inline __u32 ss_memcached_word_length(const struct ss_stream *stream)
{
	return stream->count & 63;
}

/* 1 for the first. */
static __always_inline __u32 ss_memcached_word_index(const struct ss_stream *stream)
{
	return (stream->count >> 6) + 1;
}

static __always_inline __u32 ss_memcached_letters(const struct ss_stream *stream)
{
	return stream->word & SS_MEMCACHED_LETTER_BITS;
}

static __always_inline void ss_memcached_letter(struct ss_stream *stream, __u8 byte)
{
	stream->word = stream->word << 5 | (byte & 31);
	if (ss_memcached_word_length(stream) < 63)
		stream->count++;
}

/* The next word begins; many keys count as the eighth and so on. */
static __always_inline void ss_memcached_next_word(struct ss_stream *stream)
{
	__u32 index = ss_memcached_word_index(stream);

	stream->count = (__u16)((index < 8 ? index : 8) << 6);
	stream->word = 0;
}

/* A digit of a data block's length. Returns whether it cannot be one. */
static __always_inline int ss_memcached_bad_digit(struct ss_stream *stream, __u8 byte)
{
	stream->number = stream->number * 10 + (__u8)(byte - '0');
	return !ss_is_digit(byte) || stream->number > SS_MEMCACHED_MOST_BYTES;
}

/* What a command's name says about the rest: request.flags. */
static __always_inline __u8 ss_memcached_command(__u32 letters, __u32 length)
{
	switch (letters) {
	case SS_MEMCACHED_LETTERS(0, 0, 0, 's', 'e', 't'):
	case SS_MEMCACHED_LETTERS(0, 0, 0, 'a', 'd', 'd'):
	case SS_MEMCACHED_LETTERS(0, 0, 0, 'c', 'a', 's'):
		return length == 3 ? SS_MEMCACHED_LENGTH_STORE : 0;
	case SS_MEMCACHED_LETTERS('e', 'p', 'l', 'a', 'c', 'e'):
	case SS_MEMCACHED_LETTERS('r', 'e', 'p', 'e', 'n', 'd'):
		return length == 7 ? SS_MEMCACHED_LENGTH_STORE : 0;
	case SS_MEMCACHED_LETTERS('a', 'p', 'p', 'e', 'n', 'd'):
		return length == 6 ? SS_MEMCACHED_LENGTH_STORE : 0;
	case SS_MEMCACHED_LETTERS(0, 0, 'q', 'u', 'i', 't'):
		return length == 4 ? SS_MEMCACHED_NO_ANSWER : 0;
	case SS_MEMCACHED_LETTERS(0, 0, 0, 0, 'm', 's'):
		return length == 2 ? SS_MEMCACHED_META | SS_MEMCACHED_LENGTH_META : 0;
	case SS_MEMCACHED_LETTERS(0, 0, 0, 0, 'm', 'g'):
	case SS_MEMCACHED_LETTERS(0, 0, 0, 0, 'm', 'd'):
	case SS_MEMCACHED_LETTERS(0, 0, 0, 0, 'm', 'a'):
		return length == 2 ? SS_MEMCACHED_META : 0;
	case SS_MEMCACHED_LETTERS(0, 0, 0, 0, 'm', 'n'):
		return length == 2 ? SS_MEMCACHED_CLOSES : 0;
	case SS_MEMCACHED_LETTERS(0, 0, 0, 'g', 'e', 't'):
	case SS_MEMCACHED_LETTERS(0, 0, 'g', 'e', 't', 's'):
	case SS_MEMCACHED_LETTERS(0, 0, 0, 'g', 'a', 't'):
	case SS_MEMCACHED_LETTERS(0, 0, 'g', 'a', 't', 's'):
		return SS_MEMCACHED_KEYS;
	case SS_MEMCACHED_LETTERS('s', 'h', '_', 'a', 'l', 'l'):
		return SS_MEMCACHED_FLUSH;
	case SS_MEMCACHED_LETTERS(0, 'w', 'a', 't', 'c', 'h'):
		return SS_MEMCACHED_BAD;
	default:
		return 0;
	}
}

/* "noreply" where it is not a key. */
static __always_inline int ss_memcached_is_noreply(const struct ss_stream *stream, __u32 length, __u32 index)
{
	__u8 shape = stream->flags & SS_MEMCACHED_SHAPE;

	if (length != 7 || ss_memcached_letters(stream) != SS_MEMCACHED_LETTERS('o', 'r', 'e', 'p', 'l', 'y'))
		return 0;
	if (shape == SS_MEMCACHED_KEYS)
		return stream->flags & SS_MEMCACHED_META;
	return index > 2 && !(stream->flags & SS_MEMCACHED_META);
}

/* A word of a command line is complete. */
static __always_inline void ss_memcached_word_read(struct ss_stream *stream)
{
	__u32 letters = ss_memcached_letters(stream);
	__u32 length = ss_memcached_word_length(stream);
	__u32 index = ss_memcached_word_index(stream);

	if (!length)
		return;
	if (index == 1)
		stream->flags |= ss_memcached_command(letters, length);
	else if (stream->flags & SS_MEMCACHED_META && index > 2 && length == 1 && letters == ('q' & 31))
		stream->flags |= SS_MEMCACHED_QUIET;
	else if (index > 1 && ss_memcached_is_noreply(stream, length, index))
		stream->flags |= SS_MEMCACHED_NO_ANSWER;
	ss_memcached_next_word(stream);
}

static __always_inline int ss_memcached_is_length(const struct ss_stream *stream)
{
	__u32 index = ss_memcached_word_index(stream);

	switch (stream->flags & SS_MEMCACHED_SHAPE) {
	case SS_MEMCACHED_LENGTH_META:
		return index == 3;
	case SS_MEMCACHED_LENGTH_STORE:
		return index == 5;
	default:
		return 0;
	}
}

static __always_inline int ss_memcached_has_data(const struct ss_stream *stream)
{
	__u8 shape = stream->flags & SS_MEMCACHED_SHAPE;

	return shape == SS_MEMCACHED_LENGTH_META || shape == SS_MEMCACHED_LENGTH_STORE;
}

/* The line is complete: were there as many words as the length needs? */
static __always_inline int ss_memcached_has_length(const struct ss_stream *stream)
{
	__u32 words = ss_memcached_word_index(stream) - 1;

	switch (stream->flags & SS_MEMCACHED_SHAPE) {
	case SS_MEMCACHED_LENGTH_META:
		return words >= 3;
	case SS_MEMCACHED_LENGTH_STORE:
		return words >= 5;
	default:
		return 1;
	}
}

/* Whether this command line begins a call, and what else is to be known of it. */
static __always_inline __u32 ss_memcached_call(struct ss_framing *framing)
{
	struct ss_stream *stream = &framing->request;

	if (stream->flags & SS_MEMCACHED_QUIET) {
		if (stream->flags & SS_MEMCACHED_BATCH)
			return 0;
		if (framing->pending >= SS_MEMCACHED_MOST_MARKS)
			return SS_FRAMING_LOST;
		framing->marks |= 1U << (framing->pending & 31);
		stream->flags |= SS_MEMCACHED_BATCH;
		return ss_framing_call_begins(framing);
	}
	if (stream->flags & SS_MEMCACHED_BATCH) {
		stream->flags &= (__u8)~SS_MEMCACHED_BATCH;
		return stream->flags & SS_MEMCACHED_CLOSES ? 0 : SS_FRAMING_LOST;
	}
	if (stream->flags & SS_MEMCACHED_NO_ANSWER)
		return 0;
	return ss_framing_call_begins(framing);
}

/* A request is complete: the batch's with its last command. */
static __always_inline __u32 ss_memcached_request_ended(struct ss_stream *stream)
{
	stream->state = SS_MEMCACHED_START;
	if (stream->flags & (SS_MEMCACHED_BATCH | SS_MEMCACHED_NO_ANSWER))
		return 0;
	return SS_FRAMING_REQUEST_ENDED;
}

/* The line feed of a command. */
static __always_inline __u32 ss_memcached_request_line(struct ss_framing *framing, __u32 first)
{
	struct ss_stream *stream = &framing->request;
	__u32 events;

	if (!first)
		return SS_FRAMING_ALONE;
	ss_memcached_word_read(stream);
	/* Without a length the server cannot tell either where the data ends: it says so and reads on. */
	if (stream->flags & SS_MEMCACHED_BAD || !ss_memcached_has_length(stream))
		return SS_FRAMING_LOST;
	events = ss_memcached_call(framing);
	if (events & SS_FRAMING_LOST)
		return events;
	if (!ss_memcached_has_data(stream))
		return events | ss_memcached_request_ended(stream);
	ss_framing_skip(stream, stream->number, SS_MEMCACHED_DATA_CR);
	return events;
}

static __always_inline __u32 ss_memcached_request_byte(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->request;

	switch (stream->state) {
	case SS_MEMCACHED_START:
		if (byte < 'a' || byte > 'z')
			return SS_FRAMING_LOST;
		stream->flags &= SS_MEMCACHED_BATCH;
		stream->number = 0;
		stream->word = 0;
		stream->count = 0;
		stream->state = SS_MEMCACHED_WORDS;
		ss_memcached_letter(stream, byte);
		return 0;
	case SS_MEMCACHED_WORDS:
		if (byte == '\n')
			return ss_memcached_request_line(framing, first);
		if (byte == ' ' || byte == '\r') {
			ss_memcached_word_read(stream);
			return 0;
		}
		ss_memcached_letter(stream, byte);
		if (ss_memcached_is_length(stream) && ss_memcached_bad_digit(stream, byte))
			stream->flags |= SS_MEMCACHED_BAD;
		return byte < ' ' ? SS_FRAMING_LOST : 0;
	case SS_MEMCACHED_DATA_CR:
		stream->state = SS_MEMCACHED_DATA_LF;
		return byte == '\r' ? 0 : SS_FRAMING_LOST;
	case SS_MEMCACHED_DATA_LF:
		return byte == '\n' ? ss_memcached_request_ended(stream) : (__u32)SS_FRAMING_LOST;
	default:
		return SS_FRAMING_LOST;
	}
}

static inline struct ss_step ss_memcached_request(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_framing_bytes(framing, &framing->request, window, count, ss_memcached_request_byte);
}

#include "framing_memcached_answer.h"

#endif
