/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* The names of HTTP/2's streams: where each is kept. Written under the socket's lock. */
#ifndef SLOTSCOPE_LOGIC_HTTP2_NAME_H
#define SLOTSCOPE_LOGIC_HTTP2_NAME_H

#include "../core/maps.h"
#include "call.h"

/* The number of places less one; set when the programs are loaded. */
extern const volatile __u32 ss_http2_names_mask;

/* The record takes up with a new connection, whose header blocks are to be followed from the first one on. */
int http2_names_begin(u32 record);

/* Among all streams of the host: that of the connection which stands at this place of its record. */
static __always_inline u32 http2_stream_number(const struct ss_connection *conn, u32 at)
{
	return (u32)conn->http2 * SS_HTTP2_STREAMS + at;
}

static __always_inline struct ss_http2_named *http2_named_at(u32 stream)
{
	u32 number = stream & ss_http2_names_mask;

	return bpf_map_lookup_elem(&http2_names, &number);
}

#endif
