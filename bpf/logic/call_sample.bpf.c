// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* Telling userspace of some of the calls that are over, so that it can count them by name. */
#include "call.h"
#include "http2_name.h"
#include "request_head.h"

/* Samples that wait: with so many bytes of them somebody is woken, with so many no more are added. */
#define WAKE_AT   (SS_EVENTS_BYTES / 4)
#define REFUSE_AT (SS_EVENTS_BYTES / 2)

/* By timing the first request of the connection is kept: it names all that follow. */
static __always_inline bool is_head_of(const struct ss_request_head *head, const struct ss_connection *conn,
				       u64 began_ns)
{
	return (u32)head->cookie == conn->cookie_low && head->began_ns &&
	       (head->began_ns == began_ns || conn->protocol == SS_PROTOCOL_TIMING);
}

/* Gives how many bytes there are; 0 also where another connection's program has begun to write meanwhile. */
static __always_inline u16 copy_head(struct ss_event_call_ended *event, const struct ss_connection *conn)
{
	const struct ss_request_head *head = request_head_of(conn->cookie_low);
	u16 size;

	if (!ss_request_head_bytes || !head || !is_head_of(head, conn, event->began_ns))
		return 0;
	size = head->size;
	__builtin_memcpy(event->bytes, head->bytes, sizeof(event->bytes));
	barrier();
	return is_head_of(head, conn, event->began_ns) ? size : 0;
}

/* The same of a stream that has ended just now. */
static __always_inline u16 copy_name(struct ss_event_call_ended *event, const struct ss_connection *conn)
{
	const struct ss_http2_named *named;
	const struct ss_http2 *streams;
	u32 record = conn->http2, stream;

	_Static_assert(sizeof(named->name) <= sizeof(event->bytes), "a name fits into the event");
	streams = record ? bpf_map_lookup_elem(&http2_connections, &record) : NULL;
	if (!streams || !ss_request_head_bytes)
		return 0;
	stream = http2_stream_number(conn, streams->ended);
	named = http2_named_at(stream);
	if (!named || named->stream != stream || named->began_ns != event->began_ns)
		return 0;
	__builtin_memcpy(event->bytes, &named->name, sizeof(named->name));
	barrier();
	return named->stream == stream && named->began_ns == event->began_ns ? sizeof(named->name) : 0;
}

int call_sampled(const struct ss_connection *conn, u32 outcome, u64 began_ns, u64 took_ns)
{
	u64 waiting = bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);
	struct ss_event_call_ended *event = NULL;
	struct ss_backend *backend;

	if (!conn)
		return 0;
	backend = backend_at(conn->backend);
	if (!backend)
		return 0;
	if (waiting < REFUSE_AT)
		event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (!event) {
		__sync_fetch_and_add(&backend->call_samples_lost, 1);
		return 0;
	}
	event->kind = SS_EVENT_CALL_ENDED;
	event->backend = conn->backend;
	event->began_ns = began_ns;
	event->took_ns = took_ns;
	event->every = (u32)backend->call_sample_mask + 1;
	event->pid = conn->pid;
	event->protocol = conn->protocol;
	event->outcome = (u8)outcome;
	event->unused = 0;
	event->size = conn->protocol == SS_PROTOCOL_HTTP2 ? copy_name(event, conn) : copy_head(event, conn);
	bpf_ringbuf_submit(event, waiting < WAKE_AT ? BPF_RB_NO_WAKEUP : BPF_RB_FORCE_WAKEUP);
	return 0;
}
