/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Message framing of PostgreSQL's protocol 3 (PostgreSQL documentation, chapter "Frontend/Backend Protocol", sections
 * "Message Flow" and "Message Formats"). A message is a type, a length that counts itself and a payload; the first ones of
 * a client have no type.
 *
 * A call begins with the type of the first message that wants an answer: Query, FunctionCall, a lone Sync, or the first of
 * a batch up to its Sync. It ends with the last byte of ReadyForQuery. So a connection has a call on it while
 * pg_stat_activity calls it "active"; start-up and authentication are none, as there.
 *
 * framing->marks keeps the MARK_ bits. Here: requests, and what both streams share; framing_postgresql_answer.h: answers.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_POSTGRESQL_H
#define SLOTSCOPE_LOGIC_FRAMING_POSTGRESQL_H

#include "framing_detect.h"

#define SS_POSTGRESQL_MOST_BYTES 0x3fffffffU /* MaxAllocSize: neither side takes a longer message */

/* The request codes that stand in the place of a protocol version. */
#define SS_POSTGRESQL_CANCEL       80877102U
#define SS_POSTGRESQL_SSL          80877103U
#define SS_POSTGRESQL_GSSENC       80877104U
#define SS_POSTGRESQL_MOST_STARTUP 10000U /* MAX_STARTUP_PACKET_LENGTH */

enum ss_postgresql_state {
	SS_POSTGRESQL_TYPE =
		0, /* between messages; of the request stream at first: a message without a type, or with one */
	SS_POSTGRESQL_LENGTH,
	SS_POSTGRESQL_LAST,      /* the last byte of a message that ends something */
	SS_POSTGRESQL_CODE,      /* request: of a message without a type */
	SS_POSTGRESQL_CANCELLED, /* request: nothing comes after it */
	SS_POSTGRESQL_FIELD,     /* response: ErrorResponse, a field's type */
	SS_POSTGRESQL_SEVERITY,  /* response: ErrorResponse, the severity's first letters */
	SS_POSTGRESQL_STRING,    /* response: ErrorResponse, the rest of the severity */
};

/* stream.flags */
#define SS_POSTGRESQL_STARTED    1 /* request: what follows has a type */
#define SS_POSTGRESQL_BATCH      2 /* request: begun and without its Sync yet */
#define SS_POSTGRESQL_COPY_ENDED 4 /* request: the message before was CopyDone or CopyFail */
#define SS_POSTGRESQL_ANSWERING  1 /* response: of the oldest call */
#define SS_POSTGRESQL_ERROR      2 /* response: the answer has an ErrorResponse */
#define SS_POSTGRESQL_FATAL      4 /* response: this ErrorResponse says that the server closes the connection */

/* framing->marks */
#define SS_POSTGRESQL_MARK_ENCRYPTION 1U /* SSLRequest or GSSENCRequest is not answered yet */
#define SS_POSTGRESQL_MARK_STARTUP    2U /* the next ReadyForQuery answers the start-up */

/* Begins the four bytes of a number in network order. */
static __always_inline void ss_postgresql_begin_number(struct ss_stream *stream, __u8 state)
{
	stream->state = state;
	stream->number = 0;
	stream->count = 0;
}

/* Is the number complete with this byte? */
static __always_inline int ss_postgresql_number(struct ss_stream *stream, __u8 byte)
{
	stream->number = stream->number << 8 | byte;
	stream->count++;
	return stream->count == 4;
}

/* A message that belongs to the batch, and begins it where none is open. */
static __always_inline __u32 ss_postgresql_batch(struct ss_framing *framing)
{
	if (framing->request.flags & SS_POSTGRESQL_BATCH)
		return 0;
	framing->request.flags |= SS_POSTGRESQL_BATCH;
	return ss_framing_call_begins(framing);
}

/*
 * The server leaves out the Sync that a client sent along with an extended COPY FROM STDIN, and answers the one that comes
 * behind CopyDone: the same call's.
 */
static __always_inline int ss_postgresql_sync_of_copy(const struct ss_framing *framing, __u8 copy_ended)
{
	return copy_ended && framing->pending && !(framing->request.flags & SS_POSTGRESQL_BATCH);
}

static __always_inline __u32 ss_postgresql_request_type(struct ss_framing *framing, __u8 type, __u32 first)
{
	struct ss_stream *stream = &framing->request;
	__u8 copy_ended = stream->flags & SS_POSTGRESQL_COPY_ENDED;

	if (!first)
		return SS_FRAMING_ALONE;
	stream->flags &= (__u8)~SS_POSTGRESQL_COPY_ENDED;
	stream->word = type;
	ss_postgresql_begin_number(stream, SS_POSTGRESQL_LENGTH);
	switch (type) {
	case 'S': /* Sync */
		if (ss_postgresql_sync_of_copy(framing, copy_ended)) {
			stream->word = 0;
			return 0;
		}
		return ss_postgresql_batch(framing);
	case 'Q': /* Query */
	case 'F': /* FunctionCall */
	case 'P': /* Parse */
	case 'B': /* Bind */
	case 'E': /* Execute */
	case 'D': /* Describe */
	case 'C': /* Close */
		return ss_postgresql_batch(framing);
	case 'c': /* CopyDone */
	case 'f': /* CopyFail */
		stream->flags |= SS_POSTGRESQL_COPY_ENDED;
		return 0;
	case 'd': /* CopyData */
	case 'H': /* Flush: wants no answer of its own */
	case 'p': /* PasswordMessage, SASL and GSS answers */
	case 'X': /* Terminate */
		return 0;
	default:
		return SS_FRAMING_LOST;
	}
}

static __always_inline __u32 ss_postgresql_request_ended(struct ss_framing *framing)
{
	framing->request.state = SS_POSTGRESQL_TYPE;
	framing->request.flags &= (__u8)~SS_POSTGRESQL_BATCH;
	return SS_FRAMING_REQUEST_ENDED;
}

static __always_inline __u32 ss_postgresql_request_length(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->request;
	__u64 bytes;

	if (!ss_postgresql_number(stream, byte))
		return 0;
	if (stream->number < 4 || stream->number > SS_POSTGRESQL_MOST_BYTES)
		return SS_FRAMING_LOST;
	bytes = stream->number - 4;
	if (stream->word != 'Q' && stream->word != 'F' && stream->word != 'S')
		ss_framing_skip(stream, bytes, SS_POSTGRESQL_TYPE);
	else if (bytes)
		ss_framing_skip(stream, bytes - 1, SS_POSTGRESQL_LAST);
	else
		return ss_postgresql_request_ended(framing);
	return 0;
}

/* A message without a type: its length, then a protocol version or a request code. */
static __always_inline __u32 ss_postgresql_startup(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->request;
	__u64 bytes;

	stream->number = stream->number << 8 | byte;
	stream->count++;
	if (stream->count < 8)
		return 0;
	bytes = stream->number >> 32;
	if (bytes < 8 || bytes > SS_POSTGRESQL_MOST_STARTUP)
		return SS_FRAMING_LOST;
	switch ((__u32)stream->number) {
	case SS_POSTGRESQL_SSL:
	case SS_POSTGRESQL_GSSENC:
		if (bytes != 8)
			return SS_FRAMING_LOST;
		framing->marks |= SS_POSTGRESQL_MARK_ENCRYPTION;
		stream->state = SS_POSTGRESQL_TYPE;
		return 0;
	case SS_POSTGRESQL_CANCEL:
		ss_framing_skip(stream, bytes - 8, SS_POSTGRESQL_CANCELLED);
		return 0;
	}
	if ((__u32)stream->number >> 16 != 3)
		return SS_FRAMING_LOST;
	framing->marks |= SS_POSTGRESQL_MARK_STARTUP;
	stream->flags |= SS_POSTGRESQL_STARTED;
	ss_framing_skip(stream, bytes - 8, SS_POSTGRESQL_TYPE);
	return 0;
}

static __always_inline __u32 ss_postgresql_request_byte(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->request;

	switch (stream->state) {
	case SS_POSTGRESQL_TYPE:
		if (stream->flags & SS_POSTGRESQL_STARTED)
			return ss_postgresql_request_type(framing, byte, first);
		if (!byte) { /* no start-up is as long as 16 MiB */
			ss_postgresql_begin_number(stream, SS_POSTGRESQL_CODE);
			stream->count = 1;
			return 0;
		}
		if (!first)
			return SS_FRAMING_ALONE;
		if (framing->marks & SS_POSTGRESQL_MARK_ENCRYPTION)
			return SS_FRAMING_LOST;
		stream->flags |= SS_POSTGRESQL_STARTED; /* its beginning was not seen */
		return ss_postgresql_request_type(framing, byte, first);
	case SS_POSTGRESQL_LENGTH:
		return ss_postgresql_request_length(framing, byte);
	case SS_POSTGRESQL_CODE:
		return ss_postgresql_startup(framing, byte);
	case SS_POSTGRESQL_LAST:
		return ss_postgresql_request_ended(framing);
	default:
		return SS_FRAMING_LOST;
	}
}

static inline struct ss_step ss_postgresql_request(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_framing_bytes(framing, &framing->request, window, count, ss_postgresql_request_byte);
}

#include "framing_postgresql_answer.h"

#endif
