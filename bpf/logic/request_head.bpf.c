// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "request_head.h"

const volatile __u32 ss_request_head_bytes = 0;
const volatile __u32 ss_request_head_mask = 0;

#define WORDS (SS_REQUEST_HEAD / sizeof(u64))

/* What the last whole word leaves free is not used. */
static __always_inline u32 room_behind(u32 size)
{
	return size < SS_REQUEST_HEAD ? (SS_REQUEST_HEAD - size) & ~7U : 0;
}

/* Whole words from the scratch: what stands behind `count` there is not shown. */
static __always_inline void copy_behind(struct ss_request_head *kept, const u8 *bytes, u32 size)
{
	for (u32 word = 0; word < WORDS; word++) {
		u64 at = size + word * sizeof(u64);

		if (at > SS_REQUEST_HEAD - sizeof(u64))
			return;
		at = bounded(at, SS_REQUEST_HEAD - 1);
		if (at > SS_REQUEST_HEAD - sizeof(u64))
			return;
		*(u64 *)&kept->bytes[at] = *(const u64 *)&bytes[word * sizeof(u64)];
	}
}

static __always_inline void keep(struct ss_request_head *kept, const u8 *bytes, u64 cookie, u64 began_ns, u32 count)
{
	bool more = kept->cookie == cookie && kept->began_ns == began_ns;
	u32 size = more ? kept->size : 0;
	u32 room = room_behind(size);

	kept->check = 0;
	kept->began_ns = 0;
	barrier();
	copy_behind(kept, bytes, size);
	size += count < room ? count : room;
	kept->size = size < ss_request_head_bytes ? size : ss_request_head_bytes;
	kept->flags = more ? kept->flags : 0;
	kept->cookie = cookie;
}

int request_head_keep(u64 cookie, u64 began_ns, u32 count, u32 whole)
{
	struct ss_request_head *kept = request_head_of(cookie);
	struct ss_scratch *mine;
	u32 zero = 0;

	mine = bpf_map_lookup_elem(&scratch, &zero);
	if (!kept || !mine)
		return 0;
	/* Another connection's program is at it: this call goes without a name. */
	if (__sync_lock_test_and_set(&kept->busy, 1))
		return 0;
	keep(kept, head_in(mine)->bytes, cookie, began_ns, count);
	if (whole)
		kept->flags |= SS_REQUEST_HEAD_WHOLE;
	kept->check = began_ns;
	barrier();
	kept->began_ns = began_ns;
	__sync_lock_test_and_set(&kept->busy, 0);
	return 0;
}
