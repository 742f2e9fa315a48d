/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * HTTP/1.0 and HTTP/1.1 (RFC 9112): a state for each direction, one byte of a head or of a chunk's frame at a time; the
 * rest of a line that does not matter is looked through 8 bytes at a time, bodies are skipped.
 *
 * It follows what peers do with the bytes, not what they ought to send: lines may end in a bare LF, the version of a
 * message changes nothing (chunks count in HTTP/1.0, too). Where peers may differ about the length of a message, or would
 * refuse it, it is LOST: Content-Lengths that differ, are no number, or are 2^48 and more; a request whose last coding is
 * not chunked; space before the colon of a header that matters; a quote or a parameter in Transfer-Encoding; any control
 * character but HT, CR and LF in a head. So are more than SS_HTTP1_OUTSTANDING requests without an answer.
 *
 * An answer begins with the first digit of its status, which says whether it is one: an interim one (100 Continue, 103 Early
 * Hints) leaves the call as it is. 101 is an answer with its head's last byte.
 *
 * An answer that nobody asked for is LOST, except for 408: servers send it to a connection that has been idle for too
 * long, and close it. It is no call: the rest of the stream is skipped without an event.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_HTTP1_H
#define SLOTSCOPE_LOGIC_FRAMING_HTTP1_H

#include "framing_http1_detect.h" /* is part of what this header offers */
#include "framing_http1_lines.h"

/*
 * A round takes one byte, after up to 8 that do not matter. So many in a step: the verifier takes each anew, and a window
 * that needs more of them is rare.
 */
#define SS_HTTP1_ROUNDS 16

/* Events that end a step: all but the one that belongs to its first byte. */
#define SS_HTTP1_STOPS (~(__u32)SS_FRAMING_REQUEST_BEGAN)

/* Nothing more is to be found in a stream. */
static SS_INLINE __u32 ss_http1_gone(struct ss_stream *stream, __u32 events)
{
	stream->state = SS_HTTP1_GONE;
	stream->skip = ~0ULL;
	return events;
}

static SS_INLINE __u32 ss_http1_begins(struct ss_framing *framing, struct ss_stream *stream, bool response)
{
	stream->flags = 0;
	if (response) {
		stream->state = SS_HTTP1_STATUS_LINE;
		stream->flags = framing->pending ? 0 : SS_HTTP1_UNASKED;
		return 0;
	}
	if (framing->pending >= SS_HTTP1_OUTSTANDING)
		return ss_http1_gone(stream, SS_FRAMING_LOST);
	framing->pending++;
	stream->state = SS_HTTP1_METHOD;
	return SS_FRAMING_REQUEST_BEGAN;
}

static SS_INLINE __u32 ss_http1_ends(struct ss_framing *framing, struct ss_stream *stream, bool response)
{
	stream->state = SS_HTTP1_START;
	if (!response)
		return SS_FRAMING_REQUEST_ENDED;
	if (framing->pending)
		framing->pending--;
	framing->marks >>= SS_HTTP1_MARK_BITS;
	return SS_FRAMING_RESPONSE_ENDED;
}

/* Where the body ends (RFC 9112 6.3, 3 to 8). */
static SS_INLINE __u32 ss_http1_body(struct ss_framing *framing, struct ss_stream *stream, bool response)
{
	__u64 length = ss_http1_length(stream);

	if (stream->flags & SS_HTTP1_IS_CHUNKED) {
		stream->state = SS_HTTP1_CHUNK;
		return 0;
	}
	if (stream->flags & SS_HTTP1_HAS_CODING)
		return response ? ss_http1_gone(stream, SS_FRAMING_UNTIL_CLOSE)
				: ss_http1_gone(stream, SS_FRAMING_LOST);
	if (stream->flags & SS_HTTP1_HAS_LENGTH) {
		if (!length)
			return ss_http1_ends(framing, stream, response);
		/* The last byte is shown, so that the end is told when it is there. */
		stream->skip = length - 1;
		stream->state = SS_HTTP1_BODY_END;
		return 0;
	}
	return response ? ss_http1_gone(stream, SS_FRAMING_UNTIL_CLOSE) : ss_http1_ends(framing, stream, response);
}

/* An answer's head says whether a body follows at all (RFC 9112 6.3, 1 and 2; RFC 9110 15.2). */
static SS_INLINE __u32 ss_http1_answer(struct ss_framing *framing, struct ss_stream *stream)
{
	__u32 status = framing->outcome;
	bool connected = status >= 200 && status < 300 && (framing->marks & SS_HTTP1_IS_CONNECT);

	if (status == 101 || connected) { /* both sides speak something else from here on */
		(void)ss_http1_gone(&framing->request, 0);
		return ss_http1_gone(stream, connected ? SS_FRAMING_UNTIL_CLOSE
						       : SS_FRAMING_RESPONSE_BEGAN | SS_FRAMING_UNTIL_CLOSE);
	}
	if (status < 200) { /* an interim answer, which may come before the request's body: the real one follows */
		stream->state = SS_HTTP1_START;
		return 0;
	}
	if (status == 204 || status == 304 || (framing->marks & SS_HTTP1_IS_HEAD))
		return ss_http1_ends(framing, stream, true);
	return ss_http1_body(framing, stream, true);
}

static SS_INLINE __u32 ss_http1_chunk_begins(struct ss_stream *stream)
{
	if (stream->number) {
		stream->skip = stream->number;
		stream->state = SS_HTTP1_CHUNK_DATA_END;
	} else { /* the last one; trailers follow (RFC 9112 7.1.2) */
		stream->flags |= SS_HTTP1_IN_TRAILERS;
		stream->state = SS_HTTP1_LINE;
	}
	return 0;
}

/* A step from one part of a message into the next. */
static SS_INLINE __u32 ss_http1_turn(struct ss_framing *framing, struct ss_stream *stream, __u32 next, bool response)
{
	switch (next) {
	case SS_HTTP1_BEGINS:
		return ss_http1_begins(framing, stream, response);
	case SS_HTTP1_ANSWERS:
		stream->state = SS_HTTP1_STATUS_2;
		return SS_FRAMING_RESPONSE_BEGAN;
	case SS_HTTP1_HEAD_ENDS:
		if (stream->flags & SS_HTTP1_IN_TRAILERS)
			return ss_http1_ends(framing, stream, response);
		return response ? ss_http1_answer(framing, stream) : ss_http1_body(framing, stream, false);
	case SS_HTTP1_CHUNK_SIZE_ENDS:
		return ss_http1_chunk_begins(stream);
	case SS_HTTP1_ENDS:
		return ss_http1_ends(framing, stream, response);
	case SS_HTTP1_HANGS_UP:
		return ss_http1_gone(stream, 0);
	default:
		return ss_http1_gone(stream, SS_FRAMING_LOST);
	}
}

/*
 * A number below 128, as one of which the verifier knows no more: all ways to it are then the same to it, and what
 * follows is verified once for all. While there are bytes to look at, none are to be skipped: it adds 0.
 */
static SS_INLINE __u32 ss_http1_forget(const struct ss_stream *stream, __u32 number)
{
	__asm__ volatile("" ::: "memory");
	return (number + (__u32)stream->skip) & 127;
}

/* Where the next byte is that may matter: in a line that does not, its end, or a space that a version may follow. */
static SS_INLINE __u32 ss_http1_pass(const struct ss_stream *stream, const __u8 *window, __u32 at, __u32 count)
{
	__u32 state = stream->state;

	if (state != SS_HTTP1_FIELD && state != SS_HTTP1_TARGET && state != SS_HTTP1_CHUNK_EXTENSION)
		return at;
	at = ss_scan_shown_below(window, at, count, state == SS_HTTP1_TARGET ? ' ' + 1 : ' ');
	if (at + 1 < count && window[ss_window_index(at)] == '\r' && window[ss_window_index(at + 1)] == '\n')
		at++; /* in these states a CR says nothing */
	return at;
}

/* What a step has come to: the next byte, how many are shown, what was found. */
struct ss_http1_walk {
	__u32 at;
	__u32 count;
	__u32 events;
};

/* Reads on to the next byte that matters, and that one. True: the step is over. */
static SS_INLINE bool ss_http1_round(struct ss_framing *framing, struct ss_stream *stream, const __u8 *window,
				     struct ss_http1_walk *walk, bool response)
{
	__u32 state, next, events = 0;
	__u8 byte;

	if (walk->at >= walk->count)
		return true;
	walk->at = ss_http1_forget(stream, ss_http1_pass(stream, window, walk->at, walk->count));
	if (walk->at >= walk->count)
		return true;
	state = stream->state;
	byte = window[ss_window_index(walk->at)];
	if (state == SS_HTTP1_START && walk->at && byte != '\r' && byte != '\n')
		return true; /* a message begins with the first byte of a step */
	walk->at++;
	next = ss_http1_next(framing, stream, state, byte, response);
	if (next < SS_HTTP1_BEGINS || next >= SS_HTTP1_LITERAL)
		stream->state = (__u8)next;
	else
		events = ss_http1_turn(framing, stream, next, response);
	walk->events |= events;
	if (stream->skip || (events & SS_HTTP1_STOPS))
		return true;
	walk->at = ss_http1_forget(stream, walk->at);
	walk->count = ss_http1_forget(stream, walk->count);
	walk->events = ss_http1_forget(stream, walk->events);
	return false;
}

/* `window` as framing.h has it. */
static SS_INLINE struct ss_step ss_http1_step(struct ss_framing *framing, struct ss_stream *stream, const __u8 *window,
					      __u32 count, bool response)
{
	struct ss_http1_walk walk = {0, count, 0};
	__u32 round;

	if (stream->state == SS_HTTP1_GONE)
		return (struct ss_step){count, 0};
	stream->skip = 0;
	ss_rounds(round, SS_HTTP1_ROUNDS, ss_http1_round(framing, stream, window, &walk, response));
	return (struct ss_step){walk.at < walk.count ? walk.at : walk.count, walk.events};
}

static inline struct ss_step ss_http1_request(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_http1_step(framing, &framing->request, window, count, false);
}

static inline struct ss_step ss_http1_response(struct ss_framing *framing, const __u8 *window, __u32 count)
{
	return ss_http1_step(framing, &framing->response, window, count, true);
}

#endif
