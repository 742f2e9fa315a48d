/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The records of TLS 1.0 to 1.3 (RFC 8446, section 5.1; RFC 5246, section 6.2): what is in them cannot be read, but the
 * five bytes before them tell which may be a request or an answer. Calls are still told by timing, by these records only:
 * REQUEST_BEGAN and RESPONSE_BEGAN stand for any record of application data.
 *
 * None of a call are the handshake, alerts (close_notify is what a polite client sends last of all) and the change of
 * ciphers. In TLS 1.3 the encrypted ones of these have the type of application data as well: an alert is known by its
 * length (two bytes, one of type, 16 of authentication), which a request of two bytes has, too; the client's Finished by
 * its length, and by being the first such record of a client. Where a client authenticates itself, a certificate comes
 * before that: the first of its records is passed over as well, what follows looks like a request.
 *
 * Nor are session tickets, which a server of TLS 1.3 sends when it has the client's Finished: mostly one or two, and with
 * OpenSSL of one length, which follows from a block cipher. An answer may have that length, too: whether it is one, the
 * caller has to decide.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_TLS_H
#define SLOTSCOPE_LOGIC_FRAMING_TLS_H

#include "framing_detect.h"

enum ss_tls_state {
	SS_TLS_TYPE = 0, /* between records */
	SS_TLS_MAJOR,
	SS_TLS_MINOR,
	SS_TLS_LENGTH_HIGH,
	SS_TLS_LENGTH_LOW,
};

enum ss_tls_type {
	SS_TLS_CHANGE_CIPHERS = 0x14,
	SS_TLS_ALERT = 0x15,
	SS_TLS_HANDSHAKE = 0x16,
	SS_TLS_DATA = 0x17,
	SS_TLS_HEARTBEAT = 0x18,
};

#define SS_TLS_HEADER_BYTES 5
#define SS_TLS_MOST_BYTES   (16384 + 2048)

/* Lengths of encrypted records. */
#define SS_TLS_ALERT_BYTES             (2 + 1 + 16)
#define SS_TLS_FINISHED_SHA256_BYTES   (4 + 32 + 1 + 16)
#define SS_TLS_FINISHED_SHA384_BYTES   (4 + 48 + 1 + 16)
#define SS_TLS_1_2_FINISHED_MOST_BYTES 100 /* shorter than any ClientHello of TLS 1.3, which may come a second time */

/* request.flags */
#define SS_TLS_IN_HANDSHAKE    1
#define SS_TLS_CIPHERS_CHANGED 2
#define SS_TLS_PASSED          4 /* in it, a record that looks like data was passed over */

/* response.flags */
#define SS_TLS_IN_DATA       1 /* the record that is being passed over is of application data, and no ticket */
#define SS_TLS_AWAITS_TICKET 2 /* the client's Finished of TLS 1.3 was the last thing of interest */
#define SS_TLS_TICKET_CAME   4 /* what may be one, of the length in stream->number */

/* Events beside those of framing.h, for a server's record. */
enum ss_tls_event {
	SS_TLS_TICKET = 1 << 8,     /* may be a session ticket, or an answer */
	SS_TLS_MORE = 1 << 9,       /* follows such a one, and the client has sent nothing in between */
	SS_TLS_NO_TICKET = 1 << 10, /* the first after a handshake, and none: with RESPONSE_BEGAN */
};

/* Is that the header of a record? */
static inline int ss_tls_looks_like_record(const __u8 *window, __u32 count)
{
	__u32 bytes;

	if (count < SS_TLS_HEADER_BYTES || !ss_is_tls_record(window, count))
		return 0;
	bytes = (__u32)window[3] << 8 | window[4];
	return bytes && bytes <= SS_TLS_MOST_BYTES;
}

static __always_inline __u32 ss_tls_is_finished(__u32 bytes)
{
	return bytes == SS_TLS_FINISHED_SHA256_BYTES || bytes == SS_TLS_FINISHED_SHA384_BYTES;
}

/* A client's record of the type of data, which is an alert or in the handshake in TLS 1.3. */
static __always_inline __u32 ss_tls_client_data(struct ss_framing *framing, __u32 bytes)
{
	struct ss_stream *stream = &framing->request;
	__u8 flags = stream->flags;

	if (bytes == SS_TLS_ALERT_BYTES)
		return 0;
	framing->response.flags &= (__u8)~SS_TLS_TICKET_CAME;
	if (!(flags & SS_TLS_IN_HANDSHAKE))
		return SS_FRAMING_REQUEST_BEGAN;
	if (ss_tls_is_finished(bytes)) {
		stream->flags = 0;
		framing->response.flags |= SS_TLS_AWAITS_TICKET;
		return 0;
	}
	stream->flags = flags & SS_TLS_PASSED ? 0 : flags | SS_TLS_PASSED;
	return flags & SS_TLS_PASSED ? (__u32)SS_FRAMING_REQUEST_BEGAN : 0;
}

static __always_inline __u32 ss_tls_client_record(struct ss_framing *framing, __u32 type, __u32 bytes)
{
	struct ss_stream *stream = &framing->request;

	switch (type) {
	case SS_TLS_DATA:
		return ss_tls_client_data(framing, bytes);
	case SS_TLS_CHANGE_CIPHERS:
		stream->flags |= SS_TLS_CIPHERS_CHANGED;
		return 0;
	case SS_TLS_HANDSHAKE: /* up to TLS 1.2 it ends with a Finished of this type */
		if (stream->flags & SS_TLS_CIPHERS_CHANGED && bytes <= SS_TLS_1_2_FINISHED_MOST_BYTES)
			stream->flags = 0;
		else
			stream->flags |= SS_TLS_IN_HANDSHAKE;
	}
	return 0;
}

/*
 * OpenSSL's NewSessionTicket (RFC 8446, section 4.6.1): 25 bytes with a nonce of 8, a type of one and 16 of authentication
 * around a ticket of 32 bytes, or of 64 and a session in blocks of 16.
 */
static __always_inline __u32 ss_tls_may_be_ticket(__u32 bytes)
{
	return (bytes & 15) == ((25 + 1) & 15) && bytes >= 25 + 32 + 1 + 16 && bytes <= 4096;
}

/* A server's record of the type of data, but for an alert. */
static __always_inline __u32 ss_tls_server_data(struct ss_stream *stream, __u32 bytes)
{
	__u8 flags = stream->flags;
	__u32 more = flags & SS_TLS_TICKET_CAME ? (__u32)SS_TLS_MORE : 0;

	if (flags & SS_TLS_AWAITS_TICKET && ss_tls_may_be_ticket(bytes)) {
		stream->number = bytes;
		stream->flags = SS_TLS_TICKET_CAME;
		return SS_TLS_TICKET;
	}
	if (more && stream->number == bytes) {
		stream->number = 0; /* more than two are seldom */
		return SS_TLS_TICKET | SS_TLS_MORE;
	}
	stream->flags = SS_TLS_IN_DATA;
	return SS_FRAMING_RESPONSE_BEGAN | more | (flags & SS_TLS_AWAITS_TICKET ? (__u32)SS_TLS_NO_TICKET : 0);
}

static __always_inline __u32 ss_tls_server_record(struct ss_stream *stream, __u32 type, __u32 bytes)
{
	stream->flags &= (__u8)~SS_TLS_IN_DATA;
	return type == SS_TLS_DATA && bytes != SS_TLS_ALERT_BYTES ? ss_tls_server_data(stream, bytes) : 0;
}

/* One byte of a record's header. `response` is known when this is compiled. */
static __always_inline __u32 ss_tls_byte(struct ss_framing *framing, __u8 byte, int response)
{
	struct ss_stream *stream = response ? &framing->response : &framing->request;
	__u8 state = stream->state;

	stream->state++;
	switch (state) {
	case SS_TLS_TYPE:
		stream->word = byte;
		return byte >= SS_TLS_CHANGE_CIPHERS && byte <= SS_TLS_HEARTBEAT ? 0 : SS_FRAMING_LOST;
	case SS_TLS_MAJOR:
		return byte == 3 ? 0 : SS_FRAMING_LOST;
	case SS_TLS_MINOR:
		return byte >= 1 && byte <= 4 ? 0 : SS_FRAMING_LOST;
	case SS_TLS_LENGTH_HIGH:
		stream->count = (__u16)(byte << 8);
		return 0;
	default:
		stream->count |= byte;
		if (stream->count > SS_TLS_MOST_BYTES)
			return SS_FRAMING_LOST;
		ss_framing_skip(stream, stream->count, SS_TLS_TYPE);
		return response ? ss_tls_server_record(stream, stream->word, stream->count)
				: ss_tls_client_record(framing, stream->word, stream->count);
	}
}

static __always_inline __u32 ss_tls_request_byte(struct ss_framing *framing, __u8 byte, __u32 first)
{
	(void)first;
	return ss_tls_byte(framing, byte, 0);
}

static __always_inline __u32 ss_tls_response_byte(struct ss_framing *framing, __u8 byte, __u32 first)
{
	(void)first;
	return ss_tls_byte(framing, byte, 1);
}

/* No more of a window than a header: the verifier goes through fewer bytes, and what follows is passed over mostly. */
static __always_inline __u32 ss_tls_shown(__u32 count)
{
	return count < SS_TLS_HEADER_BYTES ? count : SS_TLS_HEADER_BYTES;
}

static inline struct ss_step ss_tls_request(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_framing_bytes(framing, &framing->request, window, ss_tls_shown(count), ss_tls_request_byte);
}

static inline struct ss_step ss_tls_response(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_framing_bytes(framing, &framing->response, window, ss_tls_shown(count), ss_tls_response_byte);
}

#endif
