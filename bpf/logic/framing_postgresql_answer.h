/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The answers of framing_postgresql.h, which includes this. */
#ifndef SLOTSCOPE_LOGIC_FRAMING_POSTGRESQL_ANSWER_H
#define SLOTSCOPE_LOGIC_FRAMING_POSTGRESQL_ANSWER_H

#include "framing_postgresql.h"

/* Types that the server sends whenever it likes: ParameterStatus, NoticeResponse, NotificationResponse. */
static __always_inline int ss_postgresql_is_async(__u8 type)
{
	return type == 'S' || type == 'N' || type == 'A';
}

static __always_inline int ss_postgresql_is_backend_type(__u8 type)
{
	switch (type) {
	case '1': /* ParseComplete */
	case '2': /* BindComplete */
	case '3': /* CloseComplete */
	case 'A': /* NotificationResponse */
	case 'C': /* CommandComplete */
	case 'D': /* DataRow */
	case 'E': /* ErrorResponse */
	case 'G': /* CopyInResponse */
	case 'H': /* CopyOutResponse */
	case 'I': /* EmptyQueryResponse */
	case 'K': /* BackendKeyData */
	case 'N': /* NoticeResponse */
	case 'R': /* Authentication… */
	case 'S': /* ParameterStatus */
	case 'T': /* RowDescription */
	case 'V': /* FunctionCallResponse */
	case 'W': /* CopyBothResponse */
	case 'Z': /* ReadyForQuery */
	case 'c': /* CopyDone */
	case 'd': /* CopyData */
	case 'n': /* NoData */
	case 's': /* PortalSuspended */
	case 't': /* ParameterDescription */
	case 'v': /* NegotiateProtocolVersion */
		return 1;
	default:
		return 0;
	}
}

/* Is a message of this type the first of the oldest call's answer? */
static __always_inline int ss_postgresql_begins_answer(const struct ss_framing *framing, __u8 type)
{
	return framing->pending && !(framing->marks & SS_POSTGRESQL_MARK_STARTUP) &&
	       !(framing->response.flags & SS_POSTGRESQL_ANSWERING) && !ss_postgresql_is_async(type);
}

static __always_inline __u32 ss_postgresql_response_type(struct ss_framing *framing, __u8 type, __u32 first)
{
	struct ss_stream *stream = &framing->response;

	if (framing->marks & SS_POSTGRESQL_MARK_ENCRYPTION && type != 'E') {
		if (type != 'N') /* encrypted from here on, or not the protocol */
			return SS_FRAMING_LOST;
		framing->marks &= ~SS_POSTGRESQL_MARK_ENCRYPTION;
		return 0;
	}
	if (!ss_postgresql_is_backend_type(type))
		return SS_FRAMING_LOST;
	if (!ss_postgresql_begins_answer(framing, type)) {
		stream->word = type;
		ss_postgresql_begin_number(stream, SS_POSTGRESQL_LENGTH);
		return 0;
	}
	if (!first)
		return SS_FRAMING_ALONE;
	stream->word = type;
	ss_postgresql_begin_number(stream, SS_POSTGRESQL_LENGTH);
	stream->flags = SS_POSTGRESQL_ANSWERING;
	return SS_FRAMING_RESPONSE_BEGAN;
}

/* `status` is ReadyForQuery's: 'I' idle, 'T' in a transaction, 'E' in a failed one; 'I' also where the connection ends. */
static __always_inline __u32 ss_postgresql_answered(struct ss_framing *framing, __u8 status)
{
	__u16 outcome = framing->response.flags & SS_POSTGRESQL_ERROR ? SS_FRAMING_FAILED : 0;

	if (status != 'I')
		outcome |= SS_FRAMING_IN_TRANSACTION;
	if (!(framing->response.flags & SS_POSTGRESQL_ANSWERING))
		return 0; /* it answers the start-up, or a call that was not seen */
	framing->response.flags = 0;
	return ss_framing_call_ends(framing, outcome);
}

static __always_inline __u32 ss_postgresql_response_length(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->response;
	__u64 bytes;

	if (!ss_postgresql_number(stream, byte))
		return 0;
	if (stream->number < 4 || stream->number > SS_POSTGRESQL_MOST_BYTES)
		return SS_FRAMING_LOST;
	bytes = stream->number - 4;
	switch (stream->word) {
	case 'Z':
		stream->state = SS_POSTGRESQL_LAST;
		return bytes == 1 ? 0 : SS_FRAMING_LOST;
	case 'E':
		stream->flags |= SS_POSTGRESQL_ERROR;
		stream->flags &= (__u8)~SS_POSTGRESQL_FATAL;
		stream->number = bytes;
		stream->state = SS_POSTGRESQL_FIELD;
		return bytes ? 0 : SS_FRAMING_LOST;
	default:
		ss_framing_skip(stream, bytes, SS_POSTGRESQL_TYPE);
		return 0;
	}
}

/* The last byte of ReadyForQuery, or of an ErrorResponse that is the end of the connection. */
static __always_inline __u32 ss_postgresql_response_last(struct ss_framing *framing, __u8 byte)
{
	framing->response.state = SS_POSTGRESQL_TYPE;
	if (framing->response.word == 'E')
		return ss_postgresql_answered(framing, 'I');
	if (byte != 'I' && byte != 'T' && byte != 'E')
		return SS_FRAMING_LOST;
	framing->marks &= ~SS_POSTGRESQL_MARK_STARTUP;
	return ss_postgresql_answered(framing, byte);
}

/* A field of an ErrorResponse. The severities come first: 'S' in the server's language, 'V' in English (from 9.6 on). */
static __always_inline __u32 ss_postgresql_field(struct ss_framing *framing, __u8 type)
{
	struct ss_stream *stream = &framing->response;

	stream->number--;
	if ((type == 'S' || type == 'V') && stream->number > 4) {
		stream->word = 'E';
		stream->count = 0;
		stream->state = SS_POSTGRESQL_SEVERITY;
		return 0;
	}
	stream->word = 'E';
	if (!(stream->flags & SS_POSTGRESQL_FATAL))
		ss_framing_skip(stream, stream->number, SS_POSTGRESQL_TYPE);
	else if (stream->number)
		ss_framing_skip(stream, stream->number - 1, SS_POSTGRESQL_LAST);
	else
		return ss_postgresql_response_last(framing, type);
	return 0;
}

/* FATAL and PANIC: no ReadyForQuery comes, the connection ends. */
static __always_inline void ss_postgresql_severity(struct ss_stream *stream, __u8 byte)
{
	stream->number--;
	stream->count++;
	stream->word = stream->word << 8 | byte;
	if (!byte)
		stream->state = SS_POSTGRESQL_FIELD;
	if (!byte || stream->count < 4)
		return;
	if (stream->word == 0x46415441U || stream->word == 0x50414e49U) /* FATA, PANI */
		stream->flags |= SS_POSTGRESQL_FATAL;
	else
		stream->flags &= (__u8)~SS_POSTGRESQL_FATAL;
	stream->state = SS_POSTGRESQL_STRING;
}

static __always_inline __u32 ss_postgresql_response_byte(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->response;

	switch (stream->state) {
	case SS_POSTGRESQL_TYPE:
		return ss_postgresql_response_type(framing, byte, first);
	case SS_POSTGRESQL_LENGTH:
		return ss_postgresql_response_length(framing, byte);
	case SS_POSTGRESQL_LAST:
		return ss_postgresql_response_last(framing, byte);
	case SS_POSTGRESQL_FIELD:
		return ss_postgresql_field(framing, byte);
	case SS_POSTGRESQL_SEVERITY:
		ss_postgresql_severity(stream, byte);
		return stream->number ? 0 : SS_FRAMING_LOST;
	case SS_POSTGRESQL_STRING:
		stream->number--;
		if (!byte)
			stream->state = SS_POSTGRESQL_FIELD;
		return stream->number ? 0 : SS_FRAMING_LOST;
	default:
		return SS_FRAMING_LOST;
	}
}

static inline struct ss_step ss_postgresql_response(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_framing_bytes(framing, &framing->response, window, count, ss_postgresql_response_byte);
}

#endif
