/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * HTTP/1.x heads and the lines between chunks, a byte at a time: what state follows. Which messages these make up:
 * framing_http1.h.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_HTTP1_LINES_H
#define SLOTSCOPE_LOGIC_FRAMING_HTTP1_LINES_H

#include <stdbool.h>

#include "framing_http1_detect.h"
#include "framing_http1_states.h"
#include "framing_scan.h"

static SS_INLINE bool ss_http1_is_space(__u8 byte)
{
	return byte == ' ' || byte == '\t';
}

static SS_INLINE bool ss_http1_is_upper(__u8 byte)
{
	return byte >= 'A' && byte <= 'Z';
}

/* Upper case letters to lower case. Moves other characters only to where no literal has one. */
static SS_INLINE __u8 ss_http1_lower(__u8 byte)
{
	return (__u8)(byte | (byte & 0x40U) >> 1);
}

/* One more digit; false where the number exceeds SS_HTTP1_MOST. */
static SS_INLINE bool ss_http1_append(struct ss_stream *stream, __u32 base, __u32 digit)
{
	stream->number = stream->number * base + digit;
	return stream->number <= SS_HTTP1_MOST;
}

static SS_INLINE __u64 ss_http1_length(const struct ss_stream *stream)
{
	return (__u64)stream->count << 32 | stream->word;
}

static SS_INLINE __u32 ss_http1_start(struct ss_stream *stream, __u8 byte, bool response)
{
	if (byte == '\r' || byte == '\n')
		return SS_HTTP1_START;
	stream->number = byte;
	stream->count = 1;
	return (response ? byte == 'H' : ss_http1_is_upper(byte)) ? SS_HTTP1_BEGINS : SS_HTTP1_BROKEN;
}

/* What a request's answer depends on. Where the answer has come before the method, it was no answer to the method. */
static SS_INLINE void ss_http1_mark(struct ss_framing *framing, __u64 method)
{
	__u32 mark = 0;

	if (method == SS_HTTP1_HEAD)
		mark = SS_HTTP1_IS_HEAD;
	else if (method == SS_HTTP1_CONNECT)
		mark = SS_HTTP1_IS_CONNECT;
	if (framing->pending)
		framing->marks |= mark << ((framing->pending - 1U) % SS_HTTP1_OUTSTANDING * SS_HTTP1_MARK_BITS);
}

/* RFC 9112 3; a target may contain spaces for all that servers care, what counts is the version at the end. */
static SS_INLINE __u32 ss_http1_request_line(struct ss_framing *framing, struct ss_stream *stream, __u32 state,
					     __u8 byte)
{
	switch (state) {
	case SS_HTTP1_METHOD:
		if (byte == ' ') {
			ss_http1_mark(framing, stream->number);
			return SS_HTTP1_TARGET;
		}
		stream->number = stream->number << 8 | byte;
		if (++stream->count > SS_HTTP1_METHOD_LENGTH)
			return SS_HTTP1_BROKEN;
		return ss_http1_is_upper(byte) || byte == '-' || byte == '_' ? SS_HTTP1_METHOD : SS_HTTP1_BROKEN;
	case SS_HTTP1_REQUEST_MINOR:
		if (ss_is_digit(byte))
			return SS_HTTP1_REQUEST_LINE_END;
		break;
	case SS_HTTP1_REQUEST_LINE_END:
	case SS_HTTP1_REQUEST_LINE_SPACE:
		if (byte == '\n')
			return SS_HTTP1_LINE;
		if (byte == '\r' || byte == '\t')
			return SS_HTTP1_REQUEST_LINE_END;
		if (byte == ' ')
			return SS_HTTP1_REQUEST_LINE_SPACE;
		if (byte == 'H' && state == SS_HTTP1_REQUEST_LINE_SPACE)
			return SS_HTTP1_VERSION + 1;
		return SS_HTTP1_TARGET;
	}
	if (byte == '\n')
		return SS_HTTP1_BROKEN; /* HTTP/0.9, or another protocol */
	return byte == ' ' ? SS_HTTP1_VERSION : SS_HTTP1_TARGET;
}

/* RFC 9112 4 */
static SS_INLINE __u32 ss_http1_status_line(struct ss_framing *framing, struct ss_stream *stream, __u32 state,
					    __u8 byte)
{
	bool digit = ss_is_digit(byte);

	switch (state) {
	case SS_HTTP1_STATUS_MINOR:
		return digit ? SS_HTTP1_STATUS_SPACE : SS_HTTP1_BROKEN;
	case SS_HTTP1_STATUS_SPACE:
		framing->outcome = 0;
		return byte == ' ' ? SS_HTTP1_STATUS_1 : SS_HTTP1_BROKEN;
	case SS_HTTP1_STATUS_END:
		if (byte == '\n')
			return SS_HTTP1_LINE;
		return byte == '\r' || ss_http1_is_space(byte) ? SS_HTTP1_FIELD : SS_HTTP1_BROKEN;
	}
	if (!digit || (state == SS_HTTP1_STATUS_1 && byte == '0'))
		return SS_HTTP1_BROKEN;
	framing->outcome = (__u16)(framing->outcome * 10 + (byte - '0'));
	if (state == SS_HTTP1_STATUS_3 && (stream->flags & SS_HTTP1_UNASKED))
		return framing->outcome == 408 ? SS_HTTP1_HANGS_UP : SS_HTTP1_BROKEN;
	if (state == SS_HTTP1_STATUS_1 && byte != '1' && !(stream->flags & SS_HTTP1_UNASKED))
		return SS_HTTP1_ANSWERS;
	return state + 1;
}

/* The number of a Content-Length is complete; false where an earlier one differs (RFC 9112 6.3, 5). */
static SS_INLINE bool ss_http1_length_agrees(struct ss_stream *stream)
{
	if ((stream->flags & SS_HTTP1_HAS_LENGTH) && ss_http1_length(stream) != stream->number)
		return false;
	stream->flags |= SS_HTTP1_HAS_LENGTH;
	stream->word = (__u32)stream->number;
	stream->count = (__u16)(stream->number >> 32);
	return true;
}

/* A line's end: the next one may continue it. */
static SS_INLINE __u32 ss_http1_line_ends(struct ss_stream *stream, __u32 state)
{
	stream->flags = (__u8)((stream->flags & SS_HTTP1_FACTS) | (state - SS_HTTP1_FIELD) << SS_HTTP1_CONTINUES_SHIFT);
	return SS_HTTP1_LINE;
}

/* RFC 9110 8.6: a number, or the same one several times in a list. */
static SS_INLINE __u32 ss_http1_length_value(struct ss_stream *stream, __u32 state, __u8 byte)
{
	bool blank = byte == '\r' || ss_http1_is_space(byte);

	if (ss_is_digit(byte) && state != SS_HTTP1_LENGTH_END) {
		if (state == SS_HTTP1_LENGTH)
			stream->number = 0;
		return ss_http1_append(stream, 10, byte - '0') ? SS_HTTP1_LENGTH_DIGITS : SS_HTTP1_BROKEN;
	}
	if (state == SS_HTTP1_LENGTH) {
		if (byte == '\n')
			return ss_http1_line_ends(stream, state);
		return blank ? SS_HTTP1_LENGTH : SS_HTTP1_BROKEN;
	}
	if (!blank && byte != ',' && byte != '\n')
		return SS_HTTP1_BROKEN;
	if (state == SS_HTTP1_LENGTH_DIGITS && !ss_http1_length_agrees(stream))
		return SS_HTTP1_BROKEN;
	if (byte == '\n')
		return ss_http1_line_ends(stream, SS_HTTP1_LENGTH_END);
	return blank ? SS_HTTP1_LENGTH_END : SS_HTTP1_LENGTH;
}

/* RFC 9112 6.1: a list, of which only "chunked" at the end matters. No registered coding has parameters. */
static SS_INLINE __u32 ss_http1_coding_value(struct ss_stream *stream, __u32 state, __u8 byte)
{
	bool blank = byte == '\r' || ss_http1_is_space(byte);

	stream->flags |= SS_HTTP1_HAS_CODING;
	if (state == SS_HTTP1_CODING_CHUNKED)
		stream->flags |= SS_HTTP1_IS_CHUNKED;
	if (byte == '\n')
		return ss_http1_line_ends(stream, state);
	if (byte == ',')
		return SS_HTTP1_CODING;
	if (blank)
		return state;
	if (byte == '"' || byte == ';' || state == SS_HTTP1_CODING_CHUNKED)
		return SS_HTTP1_BROKEN;
	stream->flags &= (__u8)~SS_HTTP1_IS_CHUNKED;
	return state == SS_HTTP1_CODING && ss_http1_lower(byte) == 'c' ? SS_HTTP1_CHUNKED : SS_HTTP1_CODING_OTHER;
}

/* The first byte of a header line, of its continuation, or of the empty line. */
static SS_INLINE __u32 ss_http1_line(struct ss_stream *stream, __u8 byte)
{
	__u32 continues = SS_HTTP1_FIELD + (stream->flags >> SS_HTTP1_CONTINUES_SHIFT);

	if (ss_http1_is_space(byte))
		return continues;
	stream->flags &= SS_HTTP1_FACTS;
	if (continues == SS_HTTP1_LENGTH)
		return SS_HTTP1_BROKEN; /* a Content-Length without a number */
	if (byte == '\r')
		return SS_HTTP1_HEAD_CR;
	if (byte == '\n')
		return SS_HTTP1_HEAD_ENDS;
	if (stream->flags & SS_HTTP1_IN_TRAILERS)
		return SS_HTTP1_FIELD; /* the length is long known */
	if (ss_http1_lower(byte) == 'c')
		return SS_HTTP1_LENGTH_NAME;
	return ss_http1_lower(byte) == 't' ? SS_HTTP1_CODING_NAME : SS_HTTP1_FIELD;
}

/* RFC 9112 7.1. No line end can be in an extension's quotes, so what they hold does not matter. */
static SS_INLINE __u32 ss_http1_chunk(struct ss_stream *stream, __u32 state, __u8 byte)
{
	__u8 letter = ss_http1_lower(byte);

	if (state == SS_HTTP1_CHUNK_DATA_END || state == SS_HTTP1_CHUNK_DATA_CR) {
		if (byte == '\n')
			return SS_HTTP1_CHUNK;
		return byte == '\r' && state == SS_HTTP1_CHUNK_DATA_END ? SS_HTTP1_CHUNK_DATA_CR : SS_HTTP1_BROKEN;
	}
	if (state == SS_HTTP1_CHUNK || state == SS_HTTP1_CHUNK_SIZE) {
		if (state == SS_HTTP1_CHUNK)
			stream->number = 0;
		if (ss_is_digit(byte))
			return ss_http1_append(stream, 16, byte - '0') ? SS_HTTP1_CHUNK_SIZE : SS_HTTP1_BROKEN;
		if (letter >= 'a' && letter <= 'f')
			return ss_http1_append(stream, 16, letter - 'a' + 10U) ? SS_HTTP1_CHUNK_SIZE : SS_HTTP1_BROKEN;
		if (state == SS_HTTP1_CHUNK)
			return SS_HTTP1_BROKEN;
	}
	if (byte == '\n')
		return SS_HTTP1_CHUNK_SIZE_ENDS;
	if (state == SS_HTTP1_CHUNK_EXTENSION)
		return state;
	if (state == SS_HTTP1_CHUNK_CR)
		return SS_HTTP1_BROKEN;
	if (byte == ';')
		return SS_HTTP1_CHUNK_EXTENSION;
	if (byte == '\r')
		return SS_HTTP1_CHUNK_CR;
	return ss_http1_is_space(byte) ? SS_HTTP1_CHUNK_SPACE : SS_HTTP1_BROKEN;
}

/* As what to take a byte that is not the one of the literal. */
static SS_INLINE __u32 ss_http1_mismatch(__u32 state, __u8 expected, __u8 byte)
{
	if (state < SS_HTTP1_VERSION)
		return SS_HTTP1_BROKEN;
	if (state < SS_HTTP1_LENGTH_NAME)
		return SS_HTTP1_TARGET;
	if (state >= SS_HTTP1_CHUNKED)
		return SS_HTTP1_CODING_OTHER;
	/* "Content-Length : 5" is refused by some, left out by some and read by others (RFC 9112 5.1). */
	return expected == ':' && ss_http1_is_space(byte) ? SS_HTTP1_BROKEN : SS_HTTP1_FIELD;
}

/* The state after a byte. */
static SS_INLINE __u32 ss_http1_next(struct ss_framing *framing, struct ss_stream *stream, __u32 state, __u8 byte,
				     bool response)
{
	if (state >= SS_HTTP1_LITERAL) {
		__u8 expected = ss_http1_literals[state % 64], follows = ss_http1_literals[(state + 1) % 64];

		if ((state < SS_HTTP1_LENGTH_NAME ? byte : ss_http1_lower(byte)) == expected)
			return follows < ' ' ? follows : state + 1;
		state = ss_http1_mismatch(state, expected, byte);
	}
	if (state == SS_HTTP1_BODY_END)
		return SS_HTTP1_ENDS;
	if (state == SS_HTTP1_BROKEN)
		return state;
	if (byte < ' ' && !(byte == '\r' || byte == '\n' || byte == '\t'))
		return SS_HTTP1_BROKEN;
	if (state >= SS_HTTP1_CHUNK)
		return ss_http1_chunk(stream, state, byte);
	if (state == SS_HTTP1_FIELD)
		return byte == '\n' ? ss_http1_line_ends(stream, state) : state;
	if (state == SS_HTTP1_LINE)
		return ss_http1_line(stream, byte);
	if (state == SS_HTTP1_HEAD_CR)
		return byte == '\n' ? SS_HTTP1_HEAD_ENDS : SS_HTTP1_BROKEN;
	if (state == SS_HTTP1_LENGTH || state == SS_HTTP1_LENGTH_END || state == SS_HTTP1_LENGTH_DIGITS)
		return ss_http1_length_value(stream, state, byte);
	if (state > SS_HTTP1_LINE)
		return ss_http1_coding_value(stream, state, byte);
	if (state == SS_HTTP1_START)
		return ss_http1_start(stream, byte, response);
	return response ? ss_http1_status_line(framing, stream, state, byte)
			: ss_http1_request_line(framing, stream, state, byte);
}

#endif
