/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * HTTP/2: each stream of a connection is a call, and many are in flight at a time. The connection's record has how many, and
 * as its call the oldest of them. All of it runs under the socket's lock, or when nobody else has the record any more.
 */
#ifndef SLOTSCOPE_LOGIC_HTTP2_H
#define SLOTSCOPE_LOGIC_HTTP2_H

#include "call.h"

struct ss_window;

/* Not static: each is verified once. */

/* The connection speaks HTTP/2: takes a record for its streams. 0: there is none left, which is counted as a loss. */
int http2_begins(struct ss_connection *conn);

/* What the framer has found on this side, and on which stream: enum ss_http2_event, of what `stream` of the framing has. */
int http2_told(long place, u32 events, u32 side);

/* Reads them (hpack.h). */
int http2_block_bytes(struct ss_hpack *hpack, const struct ss_window *window, u32 count);

/* As ss_http2_search. */
u32 http2_search(const struct ss_http2 *streams, u32 near, u32 id);

/* Ends all calls as `outcome`, and gives the record of the streams back. */
int http2_cut_off(struct ss_connection *conn, u32 outcome, u64 now_ns);

/* Bytes were missed, or are not understood. */
int http2_lost(struct ss_connection *conn, u64 now_ns);

/* The connection's calls leave its backend, and end there as not known; or enter it. */
int http2_leaves_backend(struct ss_connection *conn, u64 now_ns);
int http2_enters_backend(struct ss_connection *conn, u64 now_ns);

#endif
