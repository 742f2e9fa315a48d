/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Keeping the first bytes of a request, so that userspace can name the call. A request is kept only where it begins with
 * its message: bytes before it could be another one's body. All of it runs under the socket's lock.
 */
#ifndef SLOTSCOPE_LOGIC_REQUEST_HEAD_H
#define SLOTSCOPE_LOGIC_REQUEST_HEAD_H

#include "look.h"

/* How many bytes of each request are kept, 0: none; and the number of places less one. Set before loading. */
extern const volatile __u32 ss_request_head_bytes;
extern const volatile __u32 ss_request_head_mask;

/*
 * Not static: verified once. Keeps the `count` bytes of the head in this CPU's scratch, which the caller has taken and
 * filled, for the call that began at began_ns: behind those of the same call that are there. `whole`: no more is needed.
 */
int request_head_keep(u64 cookie, u64 began_ns, u32 count, u32 whole);

static __always_inline struct ss_request_head *request_head_of(u64 cookie)
{
	u32 number = (u32)cookie & ss_request_head_mask;

	return bpf_map_lookup_elem(&request_heads, &number);
}

/* What is kept of the call is not enough to name it. */
static __always_inline bool request_head_wants_more(u64 cookie, u64 began_ns)
{
	const struct ss_request_head *head = request_head_of(cookie);

	return head && head->cookie == cookie && head->began_ns == began_ns && head->size < ss_request_head_bytes &&
	       !(head->flags & SS_REQUEST_HEAD_WHOLE);
}

/* A request that begins with this message would be kept. */
static __always_inline bool request_head_may_begin(const struct look *look, struct ss_dialogue *dialogue)
{
	const struct ss_stream *stream = stream_of(dialogue, SIDE_REQUEST);

	return ss_request_head_bytes && look->side == SIDE_REQUEST && !look->at && !stream->state && !stream->skip;
}

/* The first request of a connection that no framer knows stays: it may be a TLS ClientHello, which names the server. */
static __always_inline bool request_head_stays(const struct ss_connection *conn, u64 cookie)
{
	const struct ss_request_head *head;

	if (conn->protocol != SS_PROTOCOL_TIMING)
		return false;
	head = request_head_of(cookie);
	return head && head->cookie == cookie;
}

/* Does this message hold bytes that are to be kept, now that it was looked at? */
static __always_inline bool request_head_is_wanted(const struct look *look, const struct ss_connection *conn,
						   u64 cookie, bool may_begin)
{
	if (look->kept || !ss_request_head_bytes || look->side != SIDE_REQUEST)
		return false;
	if (may_begin && look->began_ns)
		return !request_head_stays(conn, cookie);
	return !look->began_ns && conn->call_state == SS_CALL_REQUEST &&
	       request_head_wants_more(cookie, conn->call_began_ns);
}

/* Of the call that the message has begun, or goes on with. */
static __always_inline u64 request_head_began_ns(const struct look *look, const struct ss_connection *conn)
{
	return look->began_ns ? look->began_ns : conn->call_began_ns;
}

/* The scratch has `count` bytes of an HTTP head, which was looked at: its first line is what names the call. */
static __always_inline void request_head_keep_line(struct look *look, const struct ss_scratch *mine, u64 cookie,
						   u32 count)
{
	u32 line_ends = ((const struct ss_head *)mine->room)->line_ends;

	if (!look->began_ns || !ss_request_head_bytes)
		return;
	request_head_keep(cookie, look->began_ns, line_ends && line_ends < count ? line_ends : count, 1);
	look->kept = 1;
}

#endif
