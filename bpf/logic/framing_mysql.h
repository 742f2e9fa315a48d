/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Message framing of MySQL and MariaDB (MySQL Internals, "Client/Server Protocol"; MariaDB documentation, "Clients &
 * Server Protocol"). Packets: three bytes of length, the lowest first, a sequence number, a payload. The server speaks
 * first: its greeting tells the protocol.
 *
 * A call begins with the command byte of a packet of sequence number 0 and ends with the last packet of its answer. The
 * handshake and authentication are no calls, nor are commands without an answer (COM_QUIT, COM_STMT_CLOSE,
 * COM_STMT_SEND_LONG_DATA). COM_CHANGE_USER is one, with the authentication in it, and LOAD DATA LOCAL with its data.
 * Encrypted and compressed connections are lost.
 *
 * Here: both streams' packets and the requests; framing_mysql_answer.h: the answers.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_MYSQL_H
#define SLOTSCOPE_LOGIC_FRAMING_MYSQL_H

#include "framing_detect.h"

enum ss_mysql_state {
	SS_MYSQL_HEADER = 0,   /* between packets, or within a header */
	SS_MYSQL_FIRST,        /* a payload's first byte */
	SS_MYSQL_LAST,         /* the last byte of what ends something */
	SS_MYSQL_CAPABILITIES, /* request: of the handshake's response */
	SS_MYSQL_VERSION,      /* response: the greeting's string */
	SS_MYSQL_SERVER_CAPABILITIES,
	SS_MYSQL_LENENC, /* response: the first byte of a length-encoded number */
	SS_MYSQL_LENENC_REST,
	SS_MYSQL_METADATA,   /* response: MariaDB's byte that says whether column definitions follow */
	SS_MYSQL_EOF,        /* response: warnings and status of an EOF packet */
	SS_MYSQL_STATUS,     /* response: status of an OK packet */
	SS_MYSQL_PREPARED,   /* response: the head of COM_STMT_PREPARE's answer */
	SS_MYSQL_ERROR_CODE, /* response: of an ERR packet */
};

/* What the next packet of the response stream is. */
enum ss_mysql_phase {
	SS_MYSQL_GREETING = 0,
	SS_MYSQL_AUTHENTICATION,
	SS_MYSQL_ANSWER,      /* the first packet of an answer, or of its next result */
	SS_MYSQL_COLUMNS,     /* stream->word column definitions */
	SS_MYSQL_BEFORE_ROWS, /* an EOF, a row or the end */
	SS_MYSQL_ROWS,
	SS_MYSQL_DEFINITIONS, /* stream->word packets that follow COM_STMT_PREPARE's */
};

/* stream.flags. Of the response stream the lowest three bits are the phase. */
#define SS_MYSQL_PHASE     7
#define SS_MYSQL_CONTINUED 8  /* the next packet continues this one, which was as long as can be; of both streams */
#define SS_MYSQL_ANSWERING 16 /* response */
#define SS_MYSQL_FAILED    32 /* response */
#define SS_MYSQL_END       64 /* response: this packet is the last of the answer */
#define SS_MYSQL_ENDING    16 /* request: the packet is a command that wants an answer */
#define SS_MYSQL_GREETED   32 /* request: its first packet, the handshake's response, was read */

/* framing->marks: two bits for the kind of each of the twelve oldest calls, the oldest lowest, and in the highest byte: */
#define SS_MYSQL_MARK_SERVER_EOF (1U << 24) /* the server can leave EOF packets out */
#define SS_MYSQL_MARK_CLIENT_EOF (1U << 25) /* the client can do without them */
#define SS_MYSQL_MARK_INFILE     (1U << 26) /* the client sends a file's data, until an empty packet */
#define SS_MYSQL_MARK_ADOPTED    (1U << 27) /* the handshake was not seen */
#define SS_MYSQL_MARK_OPEN       (1U << 28) /* a transaction, by the last status; an error has none, and mostly ends none */
#define SS_MYSQL_KINDS           0xffffffU
#define SS_MYSQL_MOST_KINDS      12

enum ss_mysql_kind {
	SS_MYSQL_USUAL = 0, /* OK, ERR, EOF, a file's name or results */
	SS_MYSQL_PREPARE,
	SS_MYSQL_UNTIL_EOF, /* packets until EOF or ERR */
	SS_MYSQL_ONE,       /* one packet of any kind; COM_CHANGE_USER: authentication */
};

#define SS_MYSQL_LONGEST 0xffffffU /* a packet of this length is continued by the next */

#define SS_MYSQL_COM_QUIT           0x01
#define SS_MYSQL_COM_FIELD_LIST     0x04
#define SS_MYSQL_COM_STATISTICS     0x09
#define SS_MYSQL_COM_CHANGE_USER    0x11
#define SS_MYSQL_COM_BINLOG_DUMP    0x12
#define SS_MYSQL_COM_STMT_PREPARE   0x16
#define SS_MYSQL_COM_SEND_LONG_DATA 0x18
#define SS_MYSQL_COM_STMT_CLOSE     0x19
#define SS_MYSQL_COM_STMT_FETCH     0x1c
#define SS_MYSQL_COM_BINLOG_GTID    0x1e
#define SS_MYSQL_COM_RESET          0x1f /* the last of them */
#define SS_MYSQL_COM_BULK_EXECUTE   0xfa /* MariaDB's */

/* Capabilities of the handshake's response. */
#define SS_MYSQL_COMPRESS          (1U << 5)
#define SS_MYSQL_PROTOCOL_41       (1U << 9)
#define SS_MYSQL_SSL               (1U << 11)
#define SS_MYSQL_DEPRECATE_EOF     (1U << 24)
#define SS_MYSQL_OPTIONAL_METADATA (1U << 25)
#define SS_MYSQL_ZSTD              (1U << 26)
#define SS_MYSQL_UNREADABLE        (SS_MYSQL_SSL | SS_MYSQL_COMPRESS | SS_MYSQL_ZSTD | SS_MYSQL_OPTIONAL_METADATA)

static __always_inline __u8 ss_mysql_phase(const struct ss_framing *framing)
{
	return framing->response.flags & SS_MYSQL_PHASE;
}

static __always_inline void ss_mysql_set_phase(struct ss_framing *framing, __u8 phase)
{
	framing->response.flags = (__u8)((framing->response.flags & ~SS_MYSQL_PHASE) | phase);
}

/*
 * A byte of a header: stream->number is the length, then. Returns whether the header is complete; the sequence number is
 * its last byte.
 */
static __always_inline int ss_mysql_header(struct ss_stream *stream, __u8 byte)
{
	if (!stream->count)
		stream->number = 0;
	if (stream->count < 3)
		stream->number |= (__u64)byte << ((stream->count & 3) << 3);
	stream->count++;
	if (stream->count < 4)
		return 0;
	stream->count = 0;
	return 1;
}

/* Takes note of whether the next packet continues this one. Returns whether this one continues the one before. */
static __always_inline int ss_mysql_continues(struct ss_stream *stream)
{
	int continues = stream->flags & SS_MYSQL_CONTINUED;

	stream->flags &= (__u8)~SS_MYSQL_CONTINUED;
	if (stream->number == SS_MYSQL_LONGEST)
		stream->flags |= SS_MYSQL_CONTINUED;
	return continues;
}

static __always_inline __u32 ss_mysql_command_ended(struct ss_stream *stream)
{
	stream->flags &= (__u8)~SS_MYSQL_ENDING;
	stream->state = SS_MYSQL_HEADER;
	return SS_FRAMING_REQUEST_ENDED;
}

/* Goes to the end of the packet, of which stream->number bytes are left. */
static __always_inline __u32 ss_mysql_finish_request(struct ss_stream *stream)
{
	if (!(stream->flags & SS_MYSQL_ENDING) || stream->flags & SS_MYSQL_CONTINUED)
		ss_framing_skip(stream, stream->number, SS_MYSQL_HEADER);
	else if (stream->number)
		ss_framing_skip(stream, stream->number - 1, SS_MYSQL_LAST);
	else
		return ss_mysql_command_ended(stream);
	return 0;
}

static __always_inline __u32 ss_mysql_request_header(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->request;
	int continues;

	if (!ss_mysql_header(stream, byte))
		return 0;
	continues = ss_mysql_continues(stream);
	if (framing->marks & SS_MYSQL_MARK_INFILE) { /* its sequence numbers pass 0 again every 256 packets */
		if (!stream->number)
			framing->marks &= ~SS_MYSQL_MARK_INFILE;
		return ss_mysql_finish_request(stream);
	}
	if (continues)
		return ss_mysql_finish_request(stream);
	if (!byte) {
		stream->state = SS_MYSQL_FIRST;
		return stream->number ? 0 : SS_FRAMING_LOST;
	}
	if (stream->flags & SS_MYSQL_GREETED)
		return ss_mysql_finish_request(stream);
	stream->flags |= SS_MYSQL_GREETED;
	stream->word = 0;
	stream->state = SS_MYSQL_CAPABILITIES;
	return byte == 1 && stream->number >= 32 ? 0 : SS_FRAMING_LOST;
}

/* The four bytes of the client's capabilities, the lowest first. */
static __always_inline __u32 ss_mysql_capabilities(struct ss_framing *framing, __u8 byte)
{
	struct ss_stream *stream = &framing->request;

	stream->word |= (__u32)byte << ((stream->count & 3) << 3);
	stream->count++;
	stream->number--;
	if (stream->count < 4)
		return 0;
	stream->count = 0;
	if (!(stream->word & SS_MYSQL_PROTOCOL_41) || stream->word & SS_MYSQL_UNREADABLE)
		return SS_FRAMING_LOST;
	if (stream->word & SS_MYSQL_DEPRECATE_EOF)
		framing->marks |= SS_MYSQL_MARK_CLIENT_EOF;
	return ss_mysql_finish_request(stream);
}

static __always_inline __u32 ss_mysql_kind_of(__u8 command)
{
	switch (command) {
	case SS_MYSQL_COM_STMT_PREPARE:
		return SS_MYSQL_PREPARE;
	case SS_MYSQL_COM_FIELD_LIST:
	case SS_MYSQL_COM_BINLOG_DUMP:
	case SS_MYSQL_COM_BINLOG_GTID:
	case SS_MYSQL_COM_STMT_FETCH:
		return SS_MYSQL_UNTIL_EOF;
	case SS_MYSQL_COM_STATISTICS:
	case SS_MYSQL_COM_CHANGE_USER:
		return SS_MYSQL_ONE;
	default:
		return SS_MYSQL_USUAL;
	}
}

/* A call whose answer is of this kind. */
static __always_inline __u32 ss_mysql_call(struct ss_framing *framing, __u8 command)
{
	__u32 kind = ss_mysql_kind_of(command);

	if (kind) {
		if (framing->pending >= SS_MYSQL_MOST_KINDS)
			return SS_FRAMING_LOST;
		framing->marks |= kind << ((framing->pending & 15) * 2);
	}
	if (ss_mysql_phase(framing) < SS_MYSQL_ANSWER) {
		if (ss_mysql_phase(framing) == SS_MYSQL_AUTHENTICATION || framing->response.count)
			return SS_FRAMING_LOST; /* a client waits for the handshake's end */
		framing->marks |= SS_MYSQL_MARK_ADOPTED;
		ss_mysql_set_phase(framing, SS_MYSQL_ANSWER);
	}
	if (command == SS_MYSQL_COM_CHANGE_USER) {
		if (framing->pending)
			return SS_FRAMING_LOST;
		ss_mysql_set_phase(framing, SS_MYSQL_AUTHENTICATION);
	}
	framing->request.flags |= SS_MYSQL_ENDING | SS_MYSQL_GREETED;
	return ss_framing_call_begins(framing);
}

static __always_inline __u32 ss_mysql_command(struct ss_framing *framing, __u8 command, __u32 first)
{
	struct ss_stream *stream = &framing->request;
	__u32 events = 0;

	if (!command || (command > SS_MYSQL_COM_RESET && command != SS_MYSQL_COM_BULK_EXECUTE))
		return SS_FRAMING_LOST;
	if (command != SS_MYSQL_COM_QUIT && command != SS_MYSQL_COM_STMT_CLOSE &&
	    command != SS_MYSQL_COM_SEND_LONG_DATA) {
		if (!first)
			return SS_FRAMING_ALONE;
		events = ss_mysql_call(framing, command);
	}
	stream->number--;
	return events | ss_mysql_finish_request(stream);
}

static __always_inline __u32 ss_mysql_request_byte(struct ss_framing *framing, __u8 byte, __u32 first)
{
	struct ss_stream *stream = &framing->request;

	switch (stream->state) {
	case SS_MYSQL_HEADER:
		return ss_mysql_request_header(framing, byte);
	case SS_MYSQL_FIRST:
		return ss_mysql_command(framing, byte, first);
	case SS_MYSQL_LAST:
		return ss_mysql_command_ended(stream);
	case SS_MYSQL_CAPABILITIES:
		return ss_mysql_capabilities(framing, byte);
	default:
		return SS_FRAMING_LOST;
	}
}

static inline struct ss_step ss_mysql_request(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_framing_bytes(framing, &framing->request, window, count, ss_mysql_request_byte);
}

#include "framing_mysql_answer.h"

#endif
