// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "dialogue.h"

#include "call.h"
#include "framing_detect.h"
#include "framing_fastcgi.h"
#include "framing_http1_head.h"
#include "framing_http2.h"
#include "framing_memcached.h"
#include "framing_memcached_answer.h"
#include "framing_mysql.h"
#include "framing_mysql_answer.h"
#include "framing_postgresql.h"
#include "framing_postgresql_answer.h"
#include "framing_redis.h"
#include "framing_redis_reply.h"
#include "framing_tls.h"
#include "hpack.h"
#include "http2.h"
#include "request_head.h"
#include "tls.h"

/* The framers, each a function that is verified by itself. */
#define FRAMER(name)                                                                                                   \
	u64 frame_##name(struct ss_framing *framing, const struct ss_window *window, u32 count)                        \
	{                                                                                                              \
		struct ss_step step;                                                                                   \
                                                                                                                       \
		if (!framing || !window)                                                                               \
			return 0;                                                                                      \
		step = ss_##name(framing, window->bytes, count);                                                       \
		return (u64)step.events << STEP_EVENTS_SHIFT | step.consumed;                                          \
	}

FRAMER(http1_request)
FRAMER(http1_response)
FRAMER(fastcgi_request)
FRAMER(fastcgi_response)
FRAMER(postgresql_request)
FRAMER(postgresql_response)
FRAMER(mysql_request)
FRAMER(mysql_response)
FRAMER(redis_request)
FRAMER(redis_response)
FRAMER(memcached_request)
FRAMER(memcached_response)
FRAMER(http2_request)
FRAMER(http2_response)
FRAMER(tls_request) /* for tls.bpf.c: the linker of libbpf 1.1 takes what a loop needs from one object only */
FRAMER(tls_response)

/* Here, because libbpf 1.1 links no function of the kernel that two files name: the loop has some. */
int http2_block_bytes(struct ss_hpack *hpack, const struct ss_window *window, u32 count)
{
	if (hpack && window && count <= SS_WINDOW)
		ss_hpack_bytes(hpack, window->bytes, count, ss_request_head_bytes);
	return 0;
}

#define FRAME(name)                                                                                                    \
	(side == SIDE_RESPONSE ? frame_##name##_response(framing, window, count)                                       \
			       : frame_##name##_request(framing, window, count))

static __always_inline u64 frame(u32 protocol, struct ss_framing *framing, const struct ss_window *window, u32 count,
				 u32 side)
{
	switch (protocol) {
	case SS_PROTOCOL_HTTP1:
		return FRAME(http1);
	case SS_PROTOCOL_FASTCGI:
		return FRAME(fastcgi);
	case SS_PROTOCOL_POSTGRESQL:
		return FRAME(postgresql);
	case SS_PROTOCOL_MYSQL:
		return FRAME(mysql);
	case SS_PROTOCOL_REDIS:
		return FRAME(redis);
	case SS_PROTOCOL_MEMCACHED:
		return FRAME(memcached);
	case SS_PROTOCOL_HTTP2:
		return FRAME(http2);
	default:
		return (u64)SS_FRAMING_LOST << STEP_EVENTS_SHIFT | count;
	}
}

static __always_inline u32 outcome_of(u32 protocol, u32 outcome)
{
	if (protocol != SS_PROTOCOL_HTTP1)
		return outcome & SS_FRAMING_FAILED ? SS_CALL_ERROR : SS_CALL_OK;
	return http_outcome(outcome);
}

static __always_inline bool unanswered(const struct ss_connection *conn)
{
	return conn->call_state == SS_CALL_REQUEST || conn->call_state == SS_CALL_WAITING;
}

/* Forgets what was to be left out of the streams, too: nobody knows where their messages are, so each byte may be of a call. */
static __always_inline void lose(struct ss_connection *conn, struct ss_dialogue *dialogue, u64 now_ns)
{
	__builtin_memset(&dialogue->framing, 0, sizeof(dialogue->framing));
	if (conn->protocol == SS_PROTOCOL_HTTP2) {
		http2_lost(conn, now_ns);
		return;
	}
	conn->protocol = SS_PROTOCOL_TIMING;
	conn->call_flags &= ~(SS_CALL_UNTIL_CLOSE | SS_CALL_UPGRADED | SS_CALL_TLS | SS_CALL_IN_TRANSACTION);
	if (conn->call_state == SS_CALL_REQUEST)
		conn->call_state = SS_CALL_WAITING;
	if (conn->call_state == SS_CALL_RESPONSE)
		call_answered_by_timing(conn, now_ns);
}

/* The answer is complete; a pipelined request holds the connection from here on. */
static __always_inline void answer_ended(struct ss_connection *conn, const struct ss_framing *framing, u64 now_ns)
{
	conn->call_flags &= ~SS_CALL_IN_TRANSACTION;
	if (conn->protocol != SS_PROTOCOL_HTTP1 && framing->outcome & SS_FRAMING_IN_TRANSACTION)
		conn->call_flags |= SS_CALL_IN_TRANSACTION;
	if (conn->call_state != SS_CALL_NONE)
		call_ends(conn, outcome_of(conn->protocol, framing->outcome), now_ns);
	if (framing->pending)
		call_begins(conn, framing->request.state ? SS_CALL_REQUEST : SS_CALL_WAITING, now_ns);
}

static __always_inline void request_ended(struct ss_connection *conn, const struct ss_framing *framing, u64 now_ns)
{
	if (conn->call_state != SS_CALL_REQUEST)
		return;
	conn->call_state = SS_CALL_WAITING;
	if (!framing->pending) /* a command that gets no answer */
		call_ends(conn, SS_CALL_OK, now_ns);
}

/* What a framer has found. */
int dialogue_told(long place, u32 events)
{
	struct ss_connection *conn = connection_at(place);
	struct ss_dialogue *dialogue = dialogue_at(place);
	u64 now_ns = bpf_ktime_get_ns();

	if (!conn || !dialogue)
		return 0;
	if ((events & SS_FRAMING_REQUEST_BEGAN) && conn->call_state == SS_CALL_NONE)
		call_begins(conn, SS_CALL_REQUEST, now_ns);
	if (events & SS_FRAMING_REQUEST_ENDED)
		request_ended(conn, &dialogue->framing, now_ns);
	if ((events & SS_FRAMING_RESPONSE_BEGAN) && unanswered(conn)) {
		call_answered(conn, now_ns);
		conn->call_state = SS_CALL_RESPONSE;
	}
	if (events & SS_FRAMING_UNTIL_CLOSE) {
		conn->call_flags |= SS_CALL_UNTIL_CLOSE;
		conn->call_outcome = outcome_of(conn->protocol, dialogue->framing.outcome);
		if (conn->protocol == SS_PROTOCOL_HTTP1 && dialogue->framing.outcome == 101)
			conn->call_flags |= SS_CALL_UPGRADED;
	}
	if (events & SS_FRAMING_RESPONSE_ENDED)
		answer_ended(conn, &dialogue->framing, now_ns);
	if (events & SS_FRAMING_LOST)
		lose(conn, dialogue, now_ns);
	return 0;
}

/* What the bytes look like, each question verified by itself. */
#define DETECTOR(name, looks)                                                                                          \
	int detects_##name(const struct ss_window *window, u32 count)                                                  \
	{                                                                                                              \
		return window && count && ss_##looks(window->bytes, count < SS_WINDOW ? count : SS_WINDOW);            \
	}

DETECTOR(http1_request, http1_looks_like_request)
DETECTOR(http1_part_of_method, http1_looks_like_part_of_method)
DETECTOR(fastcgi_request, fastcgi_looks_like_request)
DETECTOR(redis_request, redis_looks_like_request)
DETECTOR(mysql_greeting, mysql_looks_like_greeting)
DETECTOR(http2_request, http2_looks_like_request)
DETECTOR(http2_greeting, http2_looks_like_greeting)

static __always_inline u8 detected(const struct ss_window *window, u32 count, u32 side)
{
	if (side == SIDE_RESPONSE && detects_http2_greeting(window, count))
		return SS_PROTOCOL_HTTP2;
	if (side == SIDE_RESPONSE)
		return detects_mysql_greeting(window, count) ? SS_PROTOCOL_MYSQL : SS_PROTOCOL_UNKNOWN;
	if (detects_http2_request(window, count)) /* before HTTP/1, to which it looks like a method */
		return SS_PROTOCOL_HTTP2;
	if (detects_http1_request(window, count) || detects_http1_part_of_method(window, count))
		return SS_PROTOCOL_HTTP1;
	if (detects_fastcgi_request(window, count))
		return SS_PROTOCOL_FASTCGI;
	if (detects_redis_request(window, count))
		return SS_PROTOCOL_REDIS;
	if (ss_postgresql_looks_like_request(window->bytes, count))
		return SS_PROTOCOL_POSTGRESQL;
	if (ss_mysql_looks_like_request(window->bytes, count))
		return SS_PROTOCOL_MYSQL;
	return ss_memcached_looks_like_request(window->bytes, count) ? SS_PROTOCOL_MEMCACHED : SS_PROTOCOL_TIMING;
}

static __always_inline void recognise(struct ss_connection *conn, struct ss_dialogue *dialogue, u8 protocol)
{
	if (protocol > SS_PROTOCOL_TIMING) {
		if (conn->call_state == SS_CALL_ANSWERED)
			call_was_over(conn);
		__builtin_memset(&dialogue->framing, 0, sizeof(dialogue->framing));
	}
	if (protocol == SS_PROTOCOL_HTTP2 && !http2_begins(conn))
		protocol = SS_PROTOCOL_TIMING;
	if (protocol == SS_PROTOCOL_HTTP2 && ss_request_head_bytes)
		dialogue->framing.request.flags = SS_HTTP2_NAMED;
	conn->protocol = protocol;
}

int dialogue_timed(long place, u32 side)
{
	struct ss_connection *conn = connection_at(place);
	u64 now_ns = bpf_ktime_get_ns();

	if (!conn)
		return 0;
	if (side == SIDE_RESPONSE) {
		if (unanswered(conn))
			call_answered_by_timing(conn, now_ns);
		else if (conn->call_state == SS_CALL_ANSWERED)
			call_answered_more(conn, now_ns);
		return 0; /* a server that speaks first answers no call */
	}
	if (conn->call_state == SS_CALL_ANSWERED)
		call_was_over(conn);
	conn->protocol = SS_PROTOCOL_TIMING;
	if (conn->call_state == SS_CALL_NONE)
		call_begins(conn, SS_CALL_WAITING, now_ns);
	return 0;
}

int dialogue_lost(long place)
{
	struct ss_connection *conn = connection_at(place);
	struct ss_dialogue *dialogue = dialogue_at(place);

	if (conn && dialogue)
		lose(conn, dialogue, bpf_ktime_get_ns());
	return 0;
}

/* The bytes are of a request's header block: what dialogue_look gives has it as well. */
#define BLOCK_EVENTS (SS_HTTP2_BLOCK | SS_HTTP2_BLOCK_ENDS)
#define BLOCK_SHIFT  (STEP_EVENTS_SHIFT + 4)
_Static_assert((u64)BLOCK_EVENTS << STEP_EVENTS_SHIFT >> BLOCK_SHIFT == (LOOK_BLOCK | LOOK_BLOCK_ENDS), "bit by bit");

/* Shows `count` bytes to the framer; gives what dialogue_look does. */
static __always_inline u32 show(long place, u32 protocol, struct ss_framing *framing, const struct ss_window *window,
				u32 count, u32 side)
{
	u64 step = frame(protocol, framing, window, count, side);

	if (!(step >> STEP_EVENTS_SHIFT))
		return step & 0xff ? step & 0xff : count;
	if (protocol == SS_PROTOCOL_HTTP2) {
		if (step >> STEP_EVENTS_SHIFT & ~BLOCK_EVENTS)
			http2_told(place, step >> STEP_EVENTS_SHIFT, side);
		if (side == SIDE_RESPONSE && (step >> STEP_EVENTS_SHIFT) & SS_FRAMING_LOST)
			dialogue_timed(place, side);
		return (step & 0xff) | (step >> BLOCK_SHIFT & (LOOK_BLOCK | LOOK_BLOCK_ENDS));
	}
	dialogue_told(place, step >> STEP_EVENTS_SHIFT);
	/* What cannot be read has come all the same. */
	if (side == SIDE_RESPONSE && (step >> STEP_EVENTS_SHIFT) & SS_FRAMING_LOST)
		dialogue_timed(place, side);
	return step & 0xff ? step & 0xff : count;
}

static __always_inline bool begins_tls(const struct ss_connection *conn, const struct ss_window *window, u32 count,
				       u32 side)
{
	return side == SIDE_REQUEST && !(conn->flags & SS_CONNECTION_UNIX) &&
	       ss_tls_looks_like_record(window->bytes, count);
}

u32 dialogue_look(long place, const struct ss_window *window, u32 count, u32 side)
{
	struct ss_connection *conn = connection_at(place);
	struct ss_dialogue *dialogue = dialogue_at(place);

	if (!conn || !dialogue || !window || !count || count > SS_WINDOW)
		return 0;
	if (wants_detection(conn, side)) {
		if (begins_tls(conn, window, count, side)) {
			__builtin_memset(&dialogue->framing, 0, sizeof(dialogue->framing));
			conn->protocol = SS_PROTOCOL_TIMING;
			conn->call_flags |= SS_CALL_TLS;
		} else {
			recognise(conn, dialogue, detected(window, count, side));
		}
	}
	if (conn->call_flags & SS_CALL_TLS)
		return tls_look(place, window, count, side);
	if (conn->protocol > SS_PROTOCOL_TIMING)
		return show(place, conn->protocol, &dialogue->framing, window, count, side);
	dialogue_timed(place, side);
	return 0;
}

/* The steps of looking at a head, each verified by itself. */
int head_turn(struct ss_head *head, u32 count)
{
	return head && count <= SS_HEAD && ss_head_turn(head, count);
}

u64 head_length(const struct ss_head *head)
{
	return head ? ss_head_length(head) : SS_HEAD_NO_LENGTH;
}

/* Gives consumed and events as a framer does. The body's length is kept in head->controls, which is done with. */
u64 head_read(struct ss_framing *framing, const struct ss_head *head, u32 count, u32 left, u32 side)
{
	struct ss_step step;

	if (!framing || !head)
		return 0;
	step = ss_head_read(framing, head, head->controls, count, left, side == SIDE_RESPONSE);
	return (u64)step.events << STEP_EVENTS_SHIFT | step.consumed;
}

u32 dialogue_look_at_head(long place, u32 count, u32 left, u32 side)
{
	struct ss_connection *conn = connection_at(place);
	struct ss_dialogue *dialogue = dialogue_at(place);
	struct ss_scratch *mine;
	struct ss_head *head;
	u32 zero = 0;
	u64 step;

	mine = bpf_map_lookup_elem(&scratch, &zero);
	if (!conn || !dialogue || !mine || count > SS_HEAD || count > left)
		return 0;
	head = head_in(mine);
	if (side == SIDE_REQUEST && wants_detection(conn, side)) {
		if (!detects_http1_request((const struct ss_window *)head->bytes, count) ||
		    detects_http2_request((const struct ss_window *)head->bytes, count))
			return 0;
		recognise(conn, dialogue, SS_PROTOCOL_HTTP1);
	}
	if (!ss_head_may_begin(&dialogue->framing, side == SIDE_RESPONSE))
		return 0;
	ss_head_begin(head);
	for (u32 turn = 0; turn < SS_HEAD_TURNS && head_turn(head, count); turn++)
		;
	head->controls = head_length(head);
	step = head_read(&dialogue->framing, head, count, left, side);
	if (step)
		dialogue_told(place, step >> STEP_EVENTS_SHIFT);
	return (u32)step;
}

u64 dialogue_pass_over(long place, u64 count, u32 side)
{
	struct ss_connection *conn = connection_at(place);
	struct ss_dialogue *dialogue = dialogue_at(place);
	struct ss_stream *stream;
	u64 skipped;

	if (!conn || !dialogue)
		return count;
	stream = stream_of(dialogue, side);
	skipped = skip_some(stream, count);
	if (conn->call_flags & SS_CALL_TLS) {
		if (skipped && side == SIDE_RESPONSE && stream->flags & SS_TLS_IN_DATA)
			dialogue_timed(place, side);
		return skipped;
	}
	if (skipped < count && conn->protocol == SS_PROTOCOL_HTTP2 && ss_http2_is_last_byte(stream)) {
		http2_told(place, ss_http2_ended(stream), side);
		return skipped + 1;
	}
	if (skipped == count || !is_last_byte_of_body(conn, stream))
		return skipped;
	dialogue_told(place, ss_http1_ends(&dialogue->framing, stream, side == SIDE_RESPONSE));
	return skipped + 1;
}

/* False: they mattered, and the connection is judged by timing from here on. */
static __always_inline bool passes_unseen(struct ss_connection *conn, long place, u64 count, u32 side)
{
	if (conn->protocol <= SS_PROTOCOL_TIMING) {
		if (conn->call_flags & SS_CALL_TLS && dialogue_pass_over(place, count, side) < count)
			conn->call_flags &= ~SS_CALL_TLS;
		return false;
	}
	if (dialogue_pass_over(place, count, side) == count)
		return true;
	dialogue_lost(place);
	return false;
}

int dialogue_unseen(long place, u64 count, u32 side)
{
	struct ss_connection *conn = connection_at(place);

	if (conn && !passes_unseen(conn, place, count, side))
		dialogue_timed(place, side);
	return 0;
}

int dialogue_gap(long place, u64 count, u32 side)
{
	struct ss_connection *conn = connection_at(place);
	u32 was;

	if (!conn)
		return 0;
	was = conn->protocol;
	if (!passes_unseen(conn, place, count, side) && (was <= SS_PROTOCOL_TIMING || side == SIDE_RESPONSE))
		dialogue_timed(place, side);
	return 0;
}
