// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "http2_name.h"

#include "dialogue.h"
#include "framing_http2.h"
#include "hpack.h"
#include "http2.h"
#include "request_head.h"

const volatile __u32 ss_http2_names_mask = 0;

int http2_names_begin(u32 record)
{
	struct ss_hpack *hpack = bpf_map_lookup_elem(&http2_blocks, &record);

	if (hpack)
		ss_hpack_begins(hpack);
	return 0;
}

static __always_inline void keep(u32 stream, u64 began_ns, const struct ss_http2_name *name)
{
	struct ss_http2_named *named = http2_named_at(stream);

	/* Busy: another connection's program is at it: this call goes without a name. */
	if (!named || __sync_lock_test_and_set(&named->busy, 1))
		return;
	named->check = 0;
	named->began_ns = 0;
	barrier();
	named->stream = stream;
	__builtin_memcpy(&named->name, name, sizeof(*name));
	named->check = began_ns;
	barrier();
	named->began_ns = began_ns;
	__sync_lock_test_and_set(&named->busy, 0);
}

/* The block is over: its stream has a name, unless it is over as well, or was one too many. */
static __always_inline void name_stream(const struct ss_connection *conn, u32 id, const struct ss_hpack *hpack)
{
	const struct ss_http2 *streams;
	u32 record = conn->http2;
	u32 at;

	streams = bpf_map_lookup_elem(&http2_connections, &record);
	if (!streams)
		return;
	at = http2_search(streams, id, id);
	if (at < SS_HTTP2_STREAMS)
		keep(http2_stream_number(conn, at), streams->began_ns[at], &hpack->name);
}

int dialogue_block(long place, const struct ss_window *window, u32 looked)
{
	struct ss_connection *conn = connection_at(place);
	struct ss_dialogue *dialogue = dialogue_at(place);
	struct ss_hpack *hpack;
	u32 record;

	if (!conn || !dialogue || !window)
		return 0;
	record = conn->http2;
	hpack = record ? bpf_map_lookup_elem(&http2_blocks, &record) : NULL;
	if (!hpack)
		return 0;
	http2_block_bytes(hpack, window, looked & LOOK_DONE);
	if (!(looked & LOOK_BLOCK_ENDS))
		return 0;
	if (ss_hpack_ends(hpack))
		name_stream(conn, dialogue->framing.request.word, hpack);
	ss_hpack_forget_name(hpack);
	if (hpack->broken) /* none of those that follow can be understood */
		dialogue->framing.request.flags &= (u8)~SS_HTTP2_NAMED;
	return 0;
}
