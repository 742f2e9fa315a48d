// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "http2.h"

#include "dialogue.h"
#include "framing_http2.h"
#include "http2_name.h"
#include "http2_streams.h"

/* The record of the connection's streams; NULL where it has none. */
static __always_inline struct ss_http2 *streams_of(const struct ss_connection *conn)
{
	u32 number = conn->http2;

	return number ? bpf_map_lookup_elem(&http2_connections, &number) : NULL;
}

/* How many connections may have a record; set when the programs are loaded. */
const volatile __u32 ss_http2_records = 1;

/* Records that a connection looks at for a free one. */
#define SS_HTTP2_TRIED 32

/* Takes the record that `hint` leads to, where it is free. */
static __always_inline bool takes_record(u32 hint, u32 *taken)
{
	u32 number = 1 + hint % ss_http2_records;
	struct ss_http2 *streams = bpf_map_lookup_elem(&http2_connections, &number);

	if (!streams || __sync_val_compare_and_swap(&streams->taken, 0, 1))
		return false;
	*taken = number;
	return true;
}

int http2_begins(struct ss_connection *conn)
{
	struct ss_http2 *streams;
	u32 number = 0, round;

	if (!conn)
		return 0;
	if (conn->flags & SS_CONNECTION_UNIX)
		return 0; /* the call of the end that connects begins before anybody has looked */
	if (!(conn->flags & SS_CONNECTION_HOLDS))
		return 0; /* what ends its calls has been */
	ss_plain_rounds(round, SS_HTTP2_TRIED, takes_record(conn->cookie_low + round, &number));
	streams = number ? bpf_map_lookup_elem(&http2_connections, &number) : NULL;
	if (!streams) {
		count_loss(SS_LOSS_HTTP2_FULL);
		return 0;
	}
	streams->last_id = 0;
	conn->http2 = number;
	conn->http2_streams = 0;
	http2_names_begin(number);
	return 1;
}

/* The number of a place: verified once. */
u32 http2_search(const struct ss_http2 *streams, u32 near, u32 id)
{
	return streams ? ss_http2_search(streams, near, id) : SS_HTTP2_STREAMS;
}

/* The connection's call is its oldest one. */
static __always_inline void show_oldest(struct ss_connection *conn, const struct ss_http2 *streams)
{
	u32 at = ss_http2_place(streams->oldest);

	conn->http2_streams = streams->open;
	conn->call_stream = http2_stream_number(conn, at);
	conn->call_began_ns = streams->began_ns[at];
	conn->call_answered_ns = streams->answered_ns[at];
	conn->call_state = streams->answered_ns[at] ? SS_CALL_RESPONSE : SS_CALL_WAITING;
}

static __always_inline void stream_begins(struct ss_connection *conn, struct ss_http2 *streams, u32 id, u64 now_ns)
{
	u32 at = http2_search(streams, id, 0);

	streams->last_id = id;
	if (at >= SS_HTTP2_STREAMS) {
		count_loss(SS_LOSS_HTTP2_STREAMS_FULL);
		return;
	}
	ss_http2_open(streams, at, id, now_ns);
	conn->call_flags &= ~SS_CALL_OLDER;
	show_oldest(conn, streams);
	call_enter(conn, now_ns);
}

/* The stream at this place is over. */
int http2_stream_ends(struct ss_connection *conn, struct ss_http2 *streams, u32 at, u32 outcome, u64 now_ns)
{
	u64 began_ns;

	if (!conn || !streams)
		return 0;
	began_ns = streams->began_ns[ss_http2_place(at)];
	streams->ended = (u16)ss_http2_place(at);
	ss_http2_close(streams, at);
	if (streams->open) {
		show_oldest(conn, streams);
	} else {
		conn->http2_streams = 0;
		conn->call_state = SS_CALL_NONE;
		conn->call_outcome = outcome;
		conn->call_answered_ns = now_ns;
	}
	call_leave(conn, now_ns);
	count_outcome(conn, outcome);
	count_call(conn, outcome, began_ns, now_ns);
	return 0;
}

static __always_inline u32 outcome_of_stream(const struct ss_http2 *streams, u32 at)
{
	u32 status = streams->status[ss_http2_place(at)];

	return status ? http_outcome(status) : SS_CALL_UNKNOWN;
}

/* The server's header block: of an interim answer, of the answer, or its trailers. */
static __always_inline void stream_answered(struct ss_connection *conn, struct ss_http2 *streams, u32 at, u16 status,
					    u64 now_ns)
{
	at = ss_http2_place(at);
	if (status >= 200)
		streams->status[at] = status;
	if (streams->answered_ns[at])
		return;
	streams->answered_ns[at] = now_ns;
	count_first_byte(conn, streams->began_ns[at], now_ns);
	if (at == streams->oldest)
		show_oldest(conn, streams);
}

/* One side has sent all of it. */
static __always_inline void stream_half_ends(struct ss_connection *conn, struct ss_http2 *streams, u32 at, u32 side,
					     u64 now_ns)
{
	u8 *flags = &streams->flags[ss_http2_place(at)];

	*flags |= side == SIDE_RESPONSE ? SS_HTTP2_SERVER_ENDED : SS_HTTP2_CLIENT_ENDED;
	if ((*flags & SS_HTTP2_SERVER_ENDED) && (*flags & SS_HTTP2_CLIENT_ENDED))
		http2_stream_ends(conn, streams, at, outcome_of_stream(streams, at), now_ns);
}

/* A server that has answered in full may reset the stream, for the rest of the request is of no use to it. */
static __always_inline void stream_reset(struct ss_connection *conn, struct ss_http2 *streams, u32 at, u64 now_ns)
{
	bool answered = streams->flags[ss_http2_place(at)] & SS_HTTP2_SERVER_ENDED;

	http2_stream_ends(conn, streams, at, answered ? outcome_of_stream(streams, at) : SS_CALL_ABORTED, now_ns);
}

/* Of the streams above `last`, ends the newest. True: there are none any more. */
static __always_inline bool refuses_newest(struct ss_connection *conn, struct ss_http2 *streams, u32 last, u64 now_ns)
{
	u32 at = ss_http2_place(streams->newest);

	if (!streams->open || streams->id[at] <= last)
		return true;
	http2_stream_ends(conn, streams, at, SS_CALL_ABORTED, now_ns);
	return false;
}

/* GOAWAY: what the client has opened above this number was not served, and will not be. */
int http2_refuses(struct ss_connection *conn, struct ss_http2 *streams, u32 last, u64 now_ns)
{
	u32 round;

	if (!conn || !streams)
		return 0;
	ss_plain_rounds(round, SS_HTTP2_STREAMS, refuses_newest(conn, streams, last, now_ns));
	return 0;
}

/* HEADERS, END_STREAM or RST_STREAM. */
static __always_inline void stream_told(struct ss_connection *conn, struct ss_http2 *streams, u32 id, u32 events,
					u32 side_and_status, u64 now_ns)
{
	u32 side = side_and_status & 1;
	u32 at;

	if (side == SIDE_REQUEST && (events & SS_HTTP2_HEADERS) && ss_http2_is_new(streams, id))
		stream_begins(conn, streams, id, now_ns);
	at = http2_search(streams, id, id);
	if (at >= SS_HTTP2_STREAMS) {
		/* Of a stream that is over, or that the server opens, or of one too many; or nobody has opened it. */
		if (ss_http2_is_new(streams, id))
			http2_lost(conn, now_ns);
		return;
	}
	if (side == SIDE_RESPONSE && (events & SS_HTTP2_HEADERS))
		stream_answered(conn, streams, at, side_and_status >> 1, now_ns);
	if (events & SS_HTTP2_RESET)
		stream_reset(conn, streams, at, now_ns);
	else if (events & SS_HTTP2_ENDS)
		stream_half_ends(conn, streams, at, side, now_ns);
}

int http2_told(long place, u32 events, u32 side)
{
	struct ss_connection *conn = connection_at(place);
	struct ss_dialogue *dialogue = dialogue_at(place);
	u64 now_ns = bpf_ktime_get_ns();
	struct ss_http2 *streams;
	u32 id;

	if (!conn || !dialogue)
		return 0;
	if (events & SS_FRAMING_LOST)
		return http2_lost(conn, now_ns);
	streams = streams_of(conn);
	if (!streams)
		return 0;
	id = stream_of(dialogue, side)->word;
	if (events & SS_HTTP2_GOAWAY)
		return http2_refuses(conn, streams, id, now_ns);
	stream_told(conn, streams, id, events, side | (u32)dialogue->framing.outcome << 1, now_ns);
	return 0;
}

static __always_inline bool cuts_oldest(struct ss_connection *conn, struct ss_http2 *streams, u32 outcome, u64 now_ns)
{
	if (!streams->open)
		return true;
	http2_stream_ends(conn, streams, streams->oldest, outcome, now_ns);
	return false;
}

int http2_cut_off(struct ss_connection *conn, u32 outcome, u64 now_ns)
{
	struct ss_http2 *streams;
	u32 round;

	if (!conn)
		return 0;
	streams = streams_of(conn);
	if (!streams)
		return 0;
	ss_plain_rounds(round, SS_HTTP2_STREAMS, cuts_oldest(conn, streams, outcome, now_ns));
	conn->http2 = 0;
	__sync_lock_test_and_set(&streams->taken, 0);
	return 0;
}

int http2_lost(struct ss_connection *conn, u64 now_ns)
{
	if (!conn)
		return 0;
	conn->protocol = SS_PROTOCOL_TIMING;
	count_loss(SS_LOSS_HTTP2_LOST);
	return http2_cut_off(conn, SS_CALL_UNKNOWN, now_ns);
}

static __always_inline bool leaves_one(struct ss_connection *conn, u32 round, u64 now_ns)
{
	if (round >= conn->http2_streams)
		return true;
	call_leave(conn, now_ns);
	count_outcome(conn, SS_CALL_UNKNOWN);
	return false;
}

int http2_leaves_backend(struct ss_connection *conn, u64 now_ns)
{
	u32 round;

	if (!conn)
		return 0;
	ss_plain_rounds(round, SS_HTTP2_STREAMS, leaves_one(conn, round, now_ns));
	return 0;
}

static __always_inline bool enters_one(struct ss_connection *conn, u32 round, u64 now_ns)
{
	if (round >= conn->http2_streams)
		return true;
	call_enter(conn, now_ns);
	return false;
}

int http2_enters_backend(struct ss_connection *conn, u64 now_ns)
{
	u32 round;

	if (!conn)
		return 0;
	ss_plain_rounds(round, SS_HTTP2_STREAMS, enters_one(conn, round, now_ns));
	return 0;
}
