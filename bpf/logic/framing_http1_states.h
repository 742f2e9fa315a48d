/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* HTTP/1.x: the states of a stream, the names it looks for, and what it remembers of a message (framing_http1.h). */
#ifndef SLOTSCOPE_LOGIC_FRAMING_HTTP1_STATES_H
#define SLOTSCOPE_LOGIC_FRAMING_HTTP1_STATES_H

#include "framing.h"

#define SS_HTTP1_OUTSTANDING   16 /* two bits each in ss_framing.marks */
#define SS_HTTP1_METHOD_LENGTH 24
#define SS_HTTP1_MOST          ((1ULL << 48) - 1) /* bytes in a body or chunk: 48 bits hold the length of an earlier line */

enum ss_http1_state {
	SS_HTTP1_START, /* between messages; empty lines are passed over (RFC 9112 2.2) */
	SS_HTTP1_METHOD,
	SS_HTTP1_TARGET,
	SS_HTTP1_REQUEST_MINOR, /* the digit after "HTTP/1." */
	SS_HTTP1_REQUEST_LINE_END,
	SS_HTTP1_REQUEST_LINE_SPACE, /* there, after a space */
	SS_HTTP1_STATUS_MINOR,
	SS_HTTP1_STATUS_SPACE,
	SS_HTTP1_STATUS_1, /* the status' digits */
	SS_HTTP1_STATUS_2,
	SS_HTTP1_STATUS_3,
	SS_HTTP1_STATUS_END,

	SS_HTTP1_LINE,    /* a header line begins, or continues the line before (RFC 9112 5.2), or the head ends */
	SS_HTTP1_HEAD_CR, /* in the empty line that ends a head or trailers */
	/* Up to 8 states that a continued line goes on in: ss_stream.flags remembers which. */
	SS_HTTP1_FIELD,          /* a line that does not matter */
	SS_HTTP1_LENGTH,         /* Content-Length: before a number */
	SS_HTTP1_LENGTH_END,     /* after it */
	SS_HTTP1_CODING,         /* Transfer-Encoding: before a coding */
	SS_HTTP1_CODING_OTHER,   /* in one that is not chunked */
	SS_HTTP1_CODING_CHUNKED, /* after "chunked" */
	SS_HTTP1_LENGTH_DIGITS,

	SS_HTTP1_CHUNK, /* before a chunk's size (RFC 9112 7.1) */
	SS_HTTP1_CHUNK_SIZE,
	SS_HTTP1_CHUNK_SPACE,
	SS_HTTP1_CHUNK_EXTENSION,
	SS_HTTP1_CHUNK_CR,
	SS_HTTP1_CHUNK_DATA_END,
	SS_HTTP1_CHUNK_DATA_CR,
	SS_HTTP1_BODY_END, /* before the last byte of a body of known length */
	SS_HTTP1_GONE,     /* nothing more is to be found */

	/* Not stored: */
	SS_HTTP1_BEGINS,
	SS_HTTP1_ANSWERS, /* a status that is not an interim one's */
	SS_HTTP1_HEAD_ENDS,
	SS_HTTP1_CHUNK_SIZE_ENDS,
	SS_HTTP1_ENDS,
	SS_HTTP1_HANGS_UP, /* a server that nobody asked */
	SS_HTTP1_BROKEN,

	SS_HTTP1_LITERAL = 64, /* + an index into ss_http1_literals: the byte that must be next; they begin at: */
	SS_HTTP1_STATUS_LINE = SS_HTTP1_LITERAL,
	SS_HTTP1_VERSION = SS_HTTP1_STATUS_LINE + 7,
	SS_HTTP1_LENGTH_NAME = SS_HTTP1_VERSION + 8,
	SS_HTTP1_CODING_NAME = SS_HTTP1_LENGTH_NAME + 15,
	SS_HTTP1_CHUNKED = SS_HTTP1_CODING_NAME + 18,
};

/* Each is followed by the state that comes after it, which is none of its characters: those are from ' ' on. */
/* clang-format off */
static const __u8 ss_http1_literals[64] = {
	'T', 'T', 'P', '/', '1', '.', SS_HTTP1_STATUS_MINOR,
	'H', 'T', 'T', 'P', '/', '1', '.', SS_HTTP1_REQUEST_MINOR,
	'o', 'n', 't', 'e', 'n', 't', '-', 'l', 'e', 'n', 'g', 't', 'h', ':', SS_HTTP1_LENGTH,
	'r', 'a', 'n', 's', 'f', 'e', 'r', '-', 'e', 'n', 'c', 'o', 'd', 'i', 'n', 'g', ':', SS_HTTP1_CODING,
	'h', 'u', 'n', 'k', 'e', 'd', SS_HTTP1_CODING_CHUNKED,
};
/* clang-format on */

/* ss_stream.flags; its upper three bits are the state that a continued line goes on in, less SS_HTTP1_FIELD. */
enum {
	SS_HTTP1_HAS_LENGTH = 1, /* ss_stream.word and .count hold it */
	SS_HTTP1_HAS_CODING = 2, /* Transfer-Encoding */
	SS_HTTP1_IS_CHUNKED = 4, /* its last coding is chunked */
	SS_HTTP1_IN_TRAILERS = 8,
	SS_HTTP1_UNASKED = 16, /* an answer without a request */
	SS_HTTP1_FACTS = 31,
	SS_HTTP1_CONTINUES_SHIFT = 5,
};

/* ss_framing.marks, for each request */
enum {
	SS_HTTP1_IS_HEAD = 1,
	SS_HTTP1_IS_CONNECT = 2,
	SS_HTTP1_MARK_BITS = 2,
};

#endif
