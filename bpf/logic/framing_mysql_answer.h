/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The answers of framing_mysql.h, which includes this. Whether EOF packets are left out need not be known to read a
 * result: where they are, an OK packet with EOF's first byte ends it, and that is longer; a row with that first byte is
 * longer than a packet. It must be known for COM_STMT_PREPARE, after whose definitions nothing would come.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_MYSQL_ANSWER_H
#define SLOTSCOPE_LOGIC_FRAMING_MYSQL_ANSWER_H

#include "framing_mysql.h"

#define SS_MYSQL_EOF_BYTES       5
#define SS_MYSQL_GREETING_BEFORE 19 /* bytes between the greeting's string and the highest byte of its capabilities */

/* The lower byte of the server's status, and where 0x40 stands for the cursor that it has opened instead of sending rows. */
#define SS_MYSQL_IN_TRANS     0x01
#define SS_MYSQL_MORE_RESULTS 0x08
#define SS_MYSQL_CURSOR       0x40

/* ER_LOCK_DEADLOCK, 1213, as its bytes come: the one error that ends the transaction. */
#define SS_MYSQL_DEADLOCK 0xbd04U

/* Returned instead of events: nothing more is to be read of the packet. One place goes to its end, for the verifier. */
#define SS_MYSQL_FINISH (1U << 30)

/* What a length-encoded number is, in the upper half of stream->count; in the lower half, how many bytes of it are left. */
enum ss_mysql_number {
	SS_MYSQL_NUMBER_COLUMNS = 0,
	SS_MYSQL_NUMBER_AFFECTED, /* of an OK packet: the rows affected */
	SS_MYSQL_NUMBER_INSERTED, /* of an OK packet: the last identifier */
};

static __always_inline __u32 ss_mysql_kind(const struct ss_framing *framing)
{
	return framing->marks & 3;
}

/* The last byte of an answer, or of the handshake. */
static __always_inline __u32 ss_mysql_answered(struct ss_framing *framing)
{
	struct ss_stream *stream = &framing->response;
	__u8 flags = stream->flags;
	__u16 outcome = flags & SS_MYSQL_FAILED ? SS_FRAMING_FAILED : 0;

	if (framing->marks & SS_MYSQL_MARK_OPEN)
		outcome |= SS_FRAMING_IN_TRANSACTION;
	stream->state = SS_MYSQL_HEADER;
	stream->flags = SS_MYSQL_ANSWER;
	stream->count = 0;
	if (!(flags & SS_MYSQL_ANSWERING))
		return 0;
	framing->marks = (framing->marks & ~SS_MYSQL_KINDS) | (framing->marks & SS_MYSQL_KINDS) >> 2;
	return ss_framing_call_ends(framing, outcome);
}

/* The packet is the last of the answer. */
static __always_inline __u32 ss_mysql_end(struct ss_framing *framing)
{
	framing->response.flags |= SS_MYSQL_END;
	return SS_MYSQL_FINISH;
}

/* Goes on in `state` with a part of so many bytes. LOST where the packet is shorter. */
static __always_inline __u32 ss_mysql_part(struct ss_stream *stream, __u8 state, __u16 bytes)
{
	stream->state = state;
	stream->count = bytes;
	return stream->number >= bytes ? 0 : SS_FRAMING_LOST;
}

static __always_inline __u32 ss_mysql_response_header(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->response;
	__u32 events = 0;
	int continues;

	if (!stream->count && framing->pending && !(stream->flags & SS_MYSQL_ANSWERING)) {
		if (!first)
			return SS_FRAMING_ALONE;
		stream->flags |= SS_MYSQL_ANSWERING;
		events = SS_FRAMING_RESPONSE_BEGAN;
	}
	if (!ss_mysql_header(stream, byte))
		return events;
	continues = ss_mysql_continues(stream);
	if (continues)
		return SS_MYSQL_FINISH;
	stream->state = SS_MYSQL_FIRST;
	return stream->number ? 0 : SS_FRAMING_LOST;
}

/* The first byte of a greeting: the protocol's version, or an error ("Too many connections"). */
static __always_inline __u32 ss_mysql_greeting(struct ss_stream *stream, __u8 byte)
{
	if (byte == 0xff) {
		ss_framing_skip(stream, stream->number, SS_MYSQL_HEADER);
		return 0;
	}
	stream->state = SS_MYSQL_VERSION;
	return byte == 10 ? 0 : SS_FRAMING_LOST;
}

/* The server's version ends with NUL. Then only one byte is read, of its capabilities. */
static __always_inline __u32 ss_mysql_version(struct ss_stream *stream, __u8 byte)
{
	if (stream->number <= SS_MYSQL_GREETING_BEFORE)
		return SS_FRAMING_LOST;
	if (byte)
		return 0;
	stream->number -= SS_MYSQL_GREETING_BEFORE;
	ss_framing_skip(stream, SS_MYSQL_GREETING_BEFORE, SS_MYSQL_SERVER_CAPABILITIES);
	return 0;
}

/* In authentication, of the handshake or of COM_CHANGE_USER: OK, ERR, or more of it. */
static __always_inline __u32 ss_mysql_authentication(struct ss_framing *framing, __u8 byte)
{
	switch (byte) {
	case 0xff:
		framing->response.flags |= SS_MYSQL_FAILED;
		return ss_mysql_end(framing);
	case 0x00:
		framing->marks &= ~SS_MYSQL_MARK_OPEN;
		return ss_mysql_end(framing);
	case 0x01: /* more data */
	case 0xfe: /* another method */
		return SS_MYSQL_FINISH;
	default:
		return SS_FRAMING_LOST;
	}
}

/* Begins a length-encoded number at the next byte. */
static __always_inline void ss_mysql_lenenc(struct ss_stream *stream, __u16 what)
{
	stream->count = (__u16)(what << 8);
	stream->state = SS_MYSQL_LENENC;
}

/* Column definitions follow. */
static __always_inline __u32 ss_mysql_columns(struct ss_framing *framing)
{
	ss_mysql_set_phase(framing, framing->response.word ? SS_MYSQL_COLUMNS : SS_MYSQL_BEFORE_ROWS);
	return SS_MYSQL_FINISH;
}

/* A length-encoded number is complete. */
static __always_inline __u32 ss_mysql_lenenc_read(struct ss_framing *framing)
{
	struct ss_stream *stream = &framing->response;

	switch (stream->count >> 8) {
	case SS_MYSQL_NUMBER_AFFECTED:
		ss_mysql_lenenc(stream, SS_MYSQL_NUMBER_INSERTED);
		return stream->number ? 0 : SS_FRAMING_LOST;
	case SS_MYSQL_NUMBER_INSERTED:
		return ss_mysql_part(stream, SS_MYSQL_STATUS, 2);
	}
	if (stream->number == 1) {
		stream->state = SS_MYSQL_METADATA;
		return 0;
	}
	if (stream->number || !stream->word)
		return SS_FRAMING_LOST;
	return ss_mysql_columns(framing);
}

static __always_inline __u32 ss_mysql_lenenc_first(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->response;
	__u16 bytes;

	if (byte < 0xfb) {
		stream->word = byte;
		return ss_mysql_lenenc_read(framing);
	}
	if (byte == 0xfb || byte == 0xff)
		return SS_FRAMING_LOST;
	bytes = byte == 0xfc ? 2 : byte == 0xfd ? 3 : 8;
	stream->word = 0;
	stream->count |= bytes;
	stream->state = SS_MYSQL_LENENC_REST;
	if (stream->number < bytes || (bytes != 2 && stream->count >> 8 == SS_MYSQL_NUMBER_COLUMNS))
		return SS_FRAMING_LOST; /* a result has at most 4096 columns */
	return 0;
}

/* The lowest byte comes first. Only a number of columns is used, and that has two. */
static __always_inline __u32 ss_mysql_lenenc_rest(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->response;

	stream->word = stream->word >> 8 | (__u32)byte << 24;
	stream->count--;
	if (stream->count & 0xff)
		return 0;
	stream->word >>= 16;
	return ss_mysql_lenenc_read(framing);
}

/* The status at the end of a result: is a transaction open, does another result follow? */
static __always_inline __u32 ss_mysql_result_ends(struct ss_framing *framing, __u8 status)
{
	framing->marks &= ~SS_MYSQL_MARK_OPEN;
	if (status & SS_MYSQL_IN_TRANS)
		framing->marks |= SS_MYSQL_MARK_OPEN;
	if (!(status & SS_MYSQL_MORE_RESULTS) || ss_mysql_kind(framing) == SS_MYSQL_UNTIL_EOF)
		return ss_mysql_end(framing);
	ss_mysql_set_phase(framing, SS_MYSQL_ANSWER);
	return SS_MYSQL_FINISH;
}

/* Two bytes of warnings, two of status. */
static __always_inline __u32 ss_mysql_eof(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->response;

	stream->count--;
	if (stream->count != 1)
		return 0;
	if (ss_mysql_phase(framing) != SS_MYSQL_BEFORE_ROWS || byte & SS_MYSQL_CURSOR)
		return ss_mysql_result_ends(framing, byte);
	ss_mysql_set_phase(framing, SS_MYSQL_ROWS);
	return SS_MYSQL_FINISH;
}

/* An OK packet: its end, or that of a result without EOF packets. */
static __always_inline void ss_mysql_ok(struct ss_stream *stream)
{
	ss_mysql_lenenc(stream, SS_MYSQL_NUMBER_AFFECTED);
}

/* The first packet of an answer, or of its next result. */
static __always_inline __u32 ss_mysql_result(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->response;

	switch (byte) {
	case 0x00:
		if (ss_mysql_kind(framing) == SS_MYSQL_PREPARE)
			return ss_mysql_part(stream, SS_MYSQL_PREPARED, 8);
		ss_mysql_ok(stream);
		return stream->number ? 0 : SS_FRAMING_LOST;
	case 0xfe:
		if (stream->number != SS_MYSQL_EOF_BYTES - 1)
			return SS_FRAMING_LOST;
		return ss_mysql_part(stream, SS_MYSQL_EOF, 4);
	case 0xfb:
		framing->marks |= SS_MYSQL_MARK_INFILE;
		return SS_MYSQL_FINISH;
	default:
		stream->count = SS_MYSQL_NUMBER_COLUMNS << 8;
		return ss_mysql_lenenc_first(framing, byte);
	}
}

/* A packet among rows, or where they may begin. */
static __always_inline __u32 ss_mysql_row(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->response;

	if (byte != 0xfe || stream->flags & SS_MYSQL_CONTINUED) {
		if (ss_mysql_phase(framing) == SS_MYSQL_BEFORE_ROWS)
			ss_mysql_set_phase(framing, SS_MYSQL_ROWS);
		return SS_MYSQL_FINISH;
	}
	if (stream->number == SS_MYSQL_EOF_BYTES - 1)
		return ss_mysql_part(stream, SS_MYSQL_EOF, 4);
	ss_mysql_ok(stream);
	return stream->number ? 0 : SS_FRAMING_LOST;
}

/* COM_STMT_PREPARE: the statement's identifier, then how many columns and parameters it has. */
static __always_inline __u32 ss_mysql_prepared(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->response;
	__u32 both = SS_MYSQL_MARK_SERVER_EOF | SS_MYSQL_MARK_CLIENT_EOF;
	__u32 columns, parameters;

	stream->word = stream->word >> 8 | (__u32)byte << 24;
	stream->count--;
	if (stream->count)
		return 0;
	columns = stream->word & 0xffff;
	parameters = stream->word >> 16;
	stream->word = columns + parameters;
	if (!stream->word)
		return ss_mysql_end(framing);
	if (framing->marks & SS_MYSQL_MARK_ADOPTED)
		return SS_FRAMING_LOST; /* not known, whether EOF packets follow */
	if ((framing->marks & both) != both)
		stream->word += (columns != 0) + (__u32)(parameters != 0);
	ss_mysql_set_phase(framing, SS_MYSQL_DEFINITIONS);
	return SS_MYSQL_FINISH;
}

/* One of the definitions that were announced. */
static __always_inline __u32 ss_mysql_definition(struct ss_framing *framing)
{
	struct ss_stream *stream = &framing->response;

	stream->word--;
	if (stream->word)
		return SS_MYSQL_FINISH;
	if (ss_mysql_phase(framing) == SS_MYSQL_DEFINITIONS)
		return ss_mysql_end(framing);
	ss_mysql_set_phase(framing, SS_MYSQL_BEFORE_ROWS);
	return SS_MYSQL_FINISH;
}

/* ERR ends an answer. MariaDB reports progress by one of code 0xffff, which does not. */
static __always_inline __u32 ss_mysql_error(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->response;

	stream->count--;
	stream->word = stream->word << 8 | byte;
	if (stream->count)
		return 0;
	if ((stream->word & 0xffff) == 0xffff)
		return SS_MYSQL_FINISH;
	if ((stream->word & 0xffff) == SS_MYSQL_DEADLOCK)
		framing->marks &= ~SS_MYSQL_MARK_OPEN;
	stream->flags |= SS_MYSQL_FAILED;
	return ss_mysql_end(framing);
}

/* The first byte of a packet. */
static __always_inline __u32 ss_mysql_first(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->response;
	__u8 phase = ss_mysql_phase(framing);

	stream->number--;
	if (phase == SS_MYSQL_GREETING)
		return ss_mysql_greeting(stream, byte);
	if (phase == SS_MYSQL_AUTHENTICATION)
		return ss_mysql_authentication(framing, byte);
	if (byte == 0xff && phase != SS_MYSQL_COLUMNS && phase != SS_MYSQL_DEFINITIONS)
		return ss_mysql_part(stream, SS_MYSQL_ERROR_CODE, 2);
	if (!(stream->flags & SS_MYSQL_ANSWERING))
		return SS_FRAMING_LOST; /* but errors, the server says nothing unasked */
	switch (phase) {
	case SS_MYSQL_COLUMNS:
	case SS_MYSQL_DEFINITIONS:
		return ss_mysql_definition(framing);
	case SS_MYSQL_BEFORE_ROWS:
	case SS_MYSQL_ROWS:
		return ss_mysql_row(framing, byte);
	}
	if (ss_mysql_kind(framing) == SS_MYSQL_ONE)
		return ss_mysql_end(framing);
	if (ss_mysql_kind(framing) == SS_MYSQL_UNTIL_EOF)
		return ss_mysql_row(framing, byte);
	return ss_mysql_result(framing, byte);
}

/* A part of a packet that is longer than a byte. */
static __always_inline __u32 ss_mysql_response_part(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->response;

	stream->number--;
	switch (stream->state) {
	case SS_MYSQL_VERSION:
		return ss_mysql_version(stream, byte);
	case SS_MYSQL_SERVER_CAPABILITIES:
		if (byte & 1) /* bit 24 */
			framing->marks |= SS_MYSQL_MARK_SERVER_EOF;
		ss_mysql_set_phase(framing, SS_MYSQL_AUTHENTICATION);
		return SS_MYSQL_FINISH;
	case SS_MYSQL_LENENC:
		return ss_mysql_lenenc_first(framing, byte);
	case SS_MYSQL_LENENC_REST:
		return ss_mysql_lenenc_rest(framing, byte);
	case SS_MYSQL_METADATA:
		if (!byte)
			stream->word = 0;
		return ss_mysql_columns(framing);
	case SS_MYSQL_EOF:
		return ss_mysql_eof(framing, byte);
	case SS_MYSQL_STATUS:
		return ss_mysql_result_ends(framing, byte);
	case SS_MYSQL_PREPARED:
		return ss_mysql_prepared(framing, byte);
	case SS_MYSQL_ERROR_CODE:
		return ss_mysql_error(framing, byte);
	default:
		return SS_FRAMING_LOST;
	}
}

/* Goes to the end of the packet, of which stream->number bytes are left. */
static __always_inline __u32 ss_mysql_finish(struct ss_framing *framing)
{
	struct ss_stream *stream = &framing->response;

	stream->count = 0;
	if (!(stream->flags & SS_MYSQL_END) || stream->flags & SS_MYSQL_CONTINUED)
		ss_framing_skip(stream, stream->number, SS_MYSQL_HEADER);
	else if (stream->number)
		ss_framing_skip(stream, stream->number - 1, SS_MYSQL_LAST);
	else
		return ss_mysql_answered(framing);
	return 0;
}

static __always_inline __u32 ss_mysql_response_byte(struct ss_framing *framing, __u8 byte, __u32 first)
{
	__u32 events;

	switch (framing->response.state) {
	case SS_MYSQL_HEADER:
		events = ss_mysql_response_header(framing, byte, first);
		break;
	case SS_MYSQL_FIRST:
		events = ss_mysql_first(framing, byte);
		break;
	case SS_MYSQL_LAST:
		return ss_mysql_answered(framing);
	default:
		events = ss_mysql_response_part(framing, byte);
	}
	return events & SS_MYSQL_FINISH ? ss_mysql_finish(framing) : events;
}

static inline struct ss_step ss_mysql_response(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_framing_bytes(framing, &framing->response, window, count, ss_mysql_response_byte);
}

#endif
