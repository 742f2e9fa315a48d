/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Message framing of FastCGI (FastCGI specification 1.0, sections 3 to 5 and 8). Both streams are records: a header of
 * eight bytes, content, padding.
 *
 * A call begins with the type byte of its BEGIN_REQUEST record and ends with the last byte, padding included, of an
 * END_REQUEST record. Several ids at once are counted; which of them an answer's record belongs to is not told, so that
 * the oldest call is said to end. Management records (id 0) are no calls.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_FASTCGI_H
#define SLOTSCOPE_LOGIC_FRAMING_FASTCGI_H

#include "framing_detect.h"

enum ss_fastcgi_type {
	SS_FASTCGI_BEGIN_REQUEST = 1,
	SS_FASTCGI_ABORT_REQUEST,
	SS_FASTCGI_END_REQUEST,
	SS_FASTCGI_PARAMS,
	SS_FASTCGI_STDIN,
	SS_FASTCGI_STDOUT,
	SS_FASTCGI_STDERR,
	SS_FASTCGI_DATA,
	SS_FASTCGI_GET_VALUES,
	SS_FASTCGI_GET_VALUES_RESULT,
	SS_FASTCGI_UNKNOWN_TYPE,
};

enum ss_fastcgi_state {
	SS_FASTCGI_VERSION = 0, /* between records */
	SS_FASTCGI_TYPE,
	SS_FASTCGI_HEADER, /* id, length of the content, length of the padding, a reserved byte */
	SS_FASTCGI_BODY,   /* of BEGIN_REQUEST and END_REQUEST */
	SS_FASTCGI_LAST,   /* the last byte of a record that ends something */
};

#define SS_FASTCGI_BODY_BYTES 8
#define SS_FASTCGI_FILTER     3 /* a role: its request ends with DATA instead of STDIN */

/* stream.flags */
#define SS_FASTCGI_IS_FILTER 1 /* request: the role of the last one begun */
#define SS_FASTCGI_ANSWERING 1 /* response: records of an answer have come */
#define SS_FASTCGI_FAILED    2 /* response: this END_REQUEST's protocolStatus is not REQUEST_COMPLETE */

/*
 * Of the record being read: stream->word is the type << 16 | the id; stream->number is the length of the content and, in
 * its lowest byte, of the padding. framing->marks is the id of the last request begun.
 */
static __always_inline __u32 ss_fastcgi_record_type(const struct ss_stream *stream)
{
	return stream->word >> 16;
}

static __always_inline __u32 ss_fastcgi_content(const struct ss_stream *stream)
{
	return (__u32)(stream->number >> 8);
}

static __always_inline __u32 ss_fastcgi_padding(const struct ss_stream *stream)
{
	return (__u32)(stream->number & 0xff);
}

static __always_inline __u32 ss_fastcgi_version(struct ss_stream *stream, __u8 byte)
{
	stream->state = SS_FASTCGI_TYPE;
	return byte == 1 ? 0 : SS_FRAMING_LOST;
}

static __always_inline void ss_fastcgi_begin_header(struct ss_stream *stream, __u8 type)
{
	stream->word = type;
	stream->number = 0;
	stream->count = 0;
	stream->state = SS_FASTCGI_HEADER;
}

/* Is the header complete with this byte? */
static __always_inline int ss_fastcgi_header(struct ss_stream *stream, __u8 byte)
{
	if (stream->count < 2)
		stream->word = stream->word << 8 | byte;
	else if (stream->count < 5)
		stream->number = stream->number << 8 | byte;
	stream->count++;
	return stream->count == 6;
}

/* Application records have an id, management records have none. */
static __always_inline int ss_fastcgi_id_fits(const struct ss_stream *stream)
{
	__u32 id = stream->word & 0xffff;

	return ss_fastcgi_record_type(stream) < SS_FASTCGI_GET_VALUES ? id != 0 : id == 0;
}

static __always_inline __u32 ss_fastcgi_request_type(struct ss_framing *framing, __u8 type, __u32 first)
{
	struct ss_stream *stream = &framing->request;

	switch (type) {
	case SS_FASTCGI_BEGIN_REQUEST:
		if (!first)
			return SS_FRAMING_ALONE;
		ss_fastcgi_begin_header(stream, type);
		return ss_framing_call_begins(framing);
	case SS_FASTCGI_ABORT_REQUEST: /* END_REQUEST answers it, and ends the call */
	case SS_FASTCGI_PARAMS:
	case SS_FASTCGI_STDIN:
	case SS_FASTCGI_DATA:
	case SS_FASTCGI_GET_VALUES:
		ss_fastcgi_begin_header(stream, type);
		return 0;
	default:
		return SS_FRAMING_LOST;
	}
}

/* An empty record of the role's last stream ends the request. */
static __always_inline int ss_fastcgi_ends_request(const struct ss_stream *stream)
{
	__u32 last = stream->flags & SS_FASTCGI_IS_FILTER ? SS_FASTCGI_DATA : SS_FASTCGI_STDIN;

	return ss_fastcgi_record_type(stream) == last && !ss_fastcgi_content(stream);
}

static __always_inline __u32 ss_fastcgi_request_header(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->request;
	__u32 id;

	if (!ss_fastcgi_header(stream, byte))
		return 0;
	if (!ss_fastcgi_id_fits(stream))
		return SS_FRAMING_LOST;
	if (ss_fastcgi_record_type(stream) == SS_FASTCGI_BEGIN_REQUEST) {
		id = stream->word & 0xffff;
		if (ss_fastcgi_content(stream) != SS_FASTCGI_BODY_BYTES ||
		    (framing->pending > 1 && framing->marks == id))
			return SS_FRAMING_LOST;
		framing->marks = id;
		stream->count = 0;
		stream->state = SS_FASTCGI_BODY;
		return 0;
	}
	if (!ss_fastcgi_ends_request(stream)) {
		ss_framing_skip(stream, ss_fastcgi_content(stream) + ss_fastcgi_padding(stream), SS_FASTCGI_VERSION);
		return 0;
	}
	if (ss_fastcgi_padding(stream)) {
		ss_framing_skip(stream, ss_fastcgi_padding(stream) - 1, SS_FASTCGI_LAST);
		return 0;
	}
	stream->state = SS_FASTCGI_VERSION;
	return SS_FRAMING_REQUEST_ENDED;
}

/* BEGIN_REQUEST: two bytes of role, flags (KEEP_CONN: who closes, which is seen anyway), five reserved. */
static __always_inline __u32 ss_fastcgi_begin_body(struct ss_stream *stream, __u8 byte)
{
	stream->count++;
	if (stream->count == 1)
		return byte ? SS_FRAMING_LOST : 0;
	if (!byte || byte > SS_FASTCGI_FILTER)
		return SS_FRAMING_LOST;
	stream->flags = byte == SS_FASTCGI_FILTER ? SS_FASTCGI_IS_FILTER : 0;
	ss_framing_skip(stream, SS_FASTCGI_BODY_BYTES - 2 + ss_fastcgi_padding(stream), SS_FASTCGI_VERSION);
	return 0;
}

static __always_inline __u32 ss_fastcgi_request_byte(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->request;

	switch (stream->state) {
	case SS_FASTCGI_VERSION:
		return ss_fastcgi_version(stream, byte);
	case SS_FASTCGI_TYPE:
		return ss_fastcgi_request_type(framing, byte, first);
	case SS_FASTCGI_HEADER:
		return ss_fastcgi_request_header(framing, byte);
	case SS_FASTCGI_BODY:
		return ss_fastcgi_begin_body(stream, byte);
	case SS_FASTCGI_LAST:
		stream->state = SS_FASTCGI_VERSION;
		return SS_FRAMING_REQUEST_ENDED;
	default:
		return SS_FRAMING_LOST;
	}
}

static __always_inline __u32 ss_fastcgi_response_type(struct ss_framing *framing, __u8 type, __u32 first)
{
	struct ss_stream *stream = &framing->response;

	switch (type) {
	case SS_FASTCGI_STDOUT:
	case SS_FASTCGI_STDERR:
	case SS_FASTCGI_END_REQUEST:
		if (!framing->pending)
			return SS_FRAMING_LOST;
		if (stream->flags & SS_FASTCGI_ANSWERING)
			break;
		if (!first)
			return SS_FRAMING_ALONE;
		stream->flags = SS_FASTCGI_ANSWERING;
		ss_fastcgi_begin_header(stream, type);
		return SS_FRAMING_RESPONSE_BEGAN;
	case SS_FASTCGI_GET_VALUES_RESULT:
	case SS_FASTCGI_UNKNOWN_TYPE:
		break;
	default:
		return SS_FRAMING_LOST;
	}
	ss_fastcgi_begin_header(stream, type);
	return 0;
}

static __always_inline __u32 ss_fastcgi_response_header(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->response;

	if (!ss_fastcgi_header(stream, byte))
		return 0;
	if (!ss_fastcgi_id_fits(stream))
		return SS_FRAMING_LOST;
	if (ss_fastcgi_record_type(stream) == SS_FASTCGI_END_REQUEST) {
		stream->count = 0;
		stream->state = SS_FASTCGI_BODY;
		return ss_fastcgi_content(stream) == SS_FASTCGI_BODY_BYTES ? 0 : SS_FRAMING_LOST;
	}
	ss_framing_skip(stream, ss_fastcgi_content(stream) + ss_fastcgi_padding(stream), SS_FASTCGI_VERSION);
	return 0;
}

/* END_REQUEST: four bytes of the application's status, the protocol's status, three reserved. */
static __always_inline __u32 ss_fastcgi_end_body(struct ss_stream *stream, __u8 byte)
{
	stream->count++;
	if (stream->count < 5)
		return 0;
	if (byte)
		stream->flags |= SS_FASTCGI_FAILED;
	ss_framing_skip(stream, SS_FASTCGI_BODY_BYTES - 5 + ss_fastcgi_padding(stream) - 1, SS_FASTCGI_LAST);
	return 0;
}

static __always_inline __u32 ss_fastcgi_answered(struct ss_framing *framing)
{
	__u16 outcome = framing->response.flags & SS_FASTCGI_FAILED ? SS_FRAMING_FAILED : 0;

	framing->response.flags = 0;
	framing->response.state = SS_FASTCGI_VERSION;
	if (!framing->pending)
		return SS_FRAMING_LOST;
	return ss_framing_call_ends(framing, outcome);
}

static __always_inline __u32 ss_fastcgi_response_byte(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->response;

	switch (stream->state) {
	case SS_FASTCGI_VERSION:
		return ss_fastcgi_version(stream, byte);
	case SS_FASTCGI_TYPE:
		return ss_fastcgi_response_type(framing, byte, first);
	case SS_FASTCGI_HEADER:
		return ss_fastcgi_response_header(framing, byte);
	case SS_FASTCGI_BODY:
		return ss_fastcgi_end_body(stream, byte);
	case SS_FASTCGI_LAST:
		return ss_fastcgi_answered(framing);
	default:
		return SS_FRAMING_LOST;
	}
}

static inline struct ss_step ss_fastcgi_request(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_framing_bytes(framing, &framing->request, window, count, ss_fastcgi_request_byte);
}

static inline struct ss_step ss_fastcgi_response(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_framing_bytes(framing, &framing->response, window, count, ss_fastcgi_response_byte);
}

#endif
