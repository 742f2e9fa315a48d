/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The answers of framing_memcached.h, which includes this. */
#ifndef SLOTSCOPE_LOGIC_FRAMING_MEMCACHED_ANSWER_H
#define SLOTSCOPE_LOGIC_FRAMING_MEMCACHED_ANSWER_H

#include "framing_memcached.h"

/* What an answer's first word says: response.flags. Capitals, or the digits of incr's and decr's answer. */
static __always_inline __u8 ss_memcached_answer(__u32 letters, __u32 length)
{
	switch (letters) {
	case SS_MEMCACHED_LETTERS(0, 'V', 'A', 'L', 'U', 'E'):
		return SS_MEMCACHED_VALUE;
	case SS_MEMCACHED_LETTERS(0, 0, 0, 0, 'V', 'A'):
		return SS_MEMCACHED_LAST | SS_MEMCACHED_VA;
	case SS_MEMCACHED_LETTERS(0, 0, 0, 0, 'M', 'N'):
		return SS_MEMCACHED_LAST | SS_MEMCACHED_CLOSED;
	case SS_MEMCACHED_LETTERS(0, 0, 'S', 'T', 'A', 'T'):
	case SS_MEMCACHED_LETTERS(0, 0, 'I', 'T', 'E', 'M'):
	case SS_MEMCACHED_LETTERS('P', 'R', 'E', 'F', 'I', 'X'):
		return 0;
	case SS_MEMCACHED_LETTERS(0, 'E', 'R', 'R', 'O', 'R'):
	case SS_MEMCACHED_LETTERS('_', 'E', 'R', 'R', 'O', 'R'):
		return length == 5 || length == 12 ? SS_MEMCACHED_LAST | SS_MEMCACHED_FAILED : SS_MEMCACHED_LAST;
	default:
		return SS_MEMCACHED_LAST;
	}
}

static __always_inline void ss_memcached_answer_word(struct ss_stream *stream)
{
	__u32 length = ss_memcached_word_length(stream);

	if (!length)
		return;
	if (ss_memcached_word_index(stream) == 1 && !(stream->flags & SS_MEMCACHED_DUMP))
		stream->flags |= ss_memcached_answer(ss_memcached_letters(stream), length);
	ss_memcached_next_word(stream);
}

/* A line and its data block are complete. */
static __always_inline __u32 ss_memcached_answer_ended(struct ss_framing *framing)
{
	struct ss_stream *stream = &framing->response;
	__u8 last = framing->marks & 1 ? SS_MEMCACHED_CLOSED : SS_MEMCACHED_LAST;
	__u8 flags = stream->flags;

	stream->state = SS_MEMCACHED_START;
	stream->flags &= SS_MEMCACHED_ANSWERING | SS_MEMCACHED_FAILED;
	if (!(flags & SS_MEMCACHED_ANSWERING)) {
		stream->flags = 0;
		return 0;
	}
	if (!(flags & last))
		return 0;
	stream->flags = 0;
	framing->marks >>= 1;
	return ss_framing_call_ends(framing, flags & SS_MEMCACHED_FAILED ? SS_FRAMING_FAILED : 0);
}

/* The first byte of a line. Without a call the server says nothing but why it closes ("ERROR Too many open connections"). */
static __always_inline __u32 ss_memcached_answer_begins(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->response;
	__u32 events = 0;

	if (!((byte >= 'A' && byte <= 'Z') || ss_is_digit(byte) || byte == 'k') || (!framing->pending && byte != 'E'))
		return SS_FRAMING_LOST;
	if (framing->pending && !(stream->flags & SS_MEMCACHED_ANSWERING)) {
		if (!first)
			return SS_FRAMING_ALONE;
		stream->flags = SS_MEMCACHED_ANSWERING;
		events = SS_FRAMING_RESPONSE_BEGAN;
	}
	if (byte == 'k')
		stream->flags |= SS_MEMCACHED_DUMP;
	stream->number = 0;
	stream->word = 0;
	stream->count = 0;
	stream->state = SS_MEMCACHED_WORDS;
	ss_memcached_letter(stream, byte);
	return events;
}

static __always_inline __u32 ss_memcached_answer_line(struct ss_framing *framing)
{
	struct ss_stream *stream = &framing->response;
	__u32 words;

	ss_memcached_answer_word(stream);
	if (!(stream->flags & (SS_MEMCACHED_VALUE | SS_MEMCACHED_VA)))
		return ss_memcached_answer_ended(framing);
	words = ss_memcached_word_index(stream) - 1;
	if (stream->flags & SS_MEMCACHED_NO_LENGTH || words < (stream->flags & SS_MEMCACHED_VA ? 2U : 4U))
		return SS_FRAMING_LOST;
	ss_framing_skip(stream, stream->number, SS_MEMCACHED_DATA_CR);
	return 0;
}

static __always_inline __u32 ss_memcached_answer_letter(struct ss_stream *stream, __u8 byte)
{
	__u32 index = ss_memcached_word_index(stream);

	ss_memcached_letter(stream, byte);
	if ((stream->flags & SS_MEMCACHED_VALUE && index == 4) || (stream->flags & SS_MEMCACHED_VA && index == 2)) {
		if (ss_memcached_bad_digit(stream, byte))
			stream->flags |= SS_MEMCACHED_NO_LENGTH;
	}
	return byte < ' ' ? SS_FRAMING_LOST : 0;
}

static __always_inline __u32 ss_memcached_response_byte(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->response;

	switch (stream->state) {
	case SS_MEMCACHED_START:
		return ss_memcached_answer_begins(framing, byte, first);
	case SS_MEMCACHED_WORDS:
		if (byte == '\n')
			return ss_memcached_answer_line(framing);
		if (byte != ' ' && byte != '\r')
			return ss_memcached_answer_letter(stream, byte);
		ss_memcached_answer_word(stream);
		return 0;
	case SS_MEMCACHED_DATA_CR:
		stream->state = SS_MEMCACHED_DATA_LF;
		return byte == '\r' ? 0 : SS_FRAMING_LOST;
	case SS_MEMCACHED_DATA_LF:
		return byte == '\n' ? ss_memcached_answer_ended(framing) : (__u32)SS_FRAMING_LOST;
	default:
		return SS_FRAMING_LOST;
	}
}

static inline struct ss_step ss_memcached_response(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_framing_bytes(framing, &framing->response, window, count, ss_memcached_response_byte);
}

#endif
