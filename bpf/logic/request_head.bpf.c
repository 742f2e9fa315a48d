// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "request_head.h"

const volatile __u32 ss_request_head_bytes = SS_REQUEST_HEAD;
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
	/* Nearly always the first piece is the only one: without a check for each word it is a third of the instructions. */
	if (!size) {
		__builtin_memcpy(__builtin_assume_aligned(kept->bytes, 8), __builtin_assume_aligned(bytes, 8),
				 SS_REQUEST_HEAD);
		return;
	}
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

u32 request_head_gather(u64 count, u32 size)
{
	struct ss_scratch *mine;
	u32 zero = 0;

	mine = bpf_map_lookup_elem(&scratch, &zero);
	if (!mine || size >= SS_REQUEST_HEAD)
		return size;
	if (count > mine->left)
		count = mine->left;
	mine->left -= count;
	if (!count)
		return size;
	if (count > SS_REQUEST_HEAD - size)
		count = SS_REQUEST_HEAD - size;
	if (!mine->base || bpf_probe_read_user(&head_in(mine)->bytes[bounded(size, SS_REQUEST_HEAD - 1)],
					       bounded(count - 1, SS_REQUEST_HEAD - 1) + 1, (void *)mine->base))
		return size | SS_GATHERED_ALL;
	return size + count;
}

/* What is kept of the call is not enough to name it. */
static __always_inline bool wants_more(const struct ss_request_head *head, u64 cookie, u64 began_ns)
{
	return head->cookie == cookie && head->began_ns == began_ns && head->size < ss_request_head_bytes &&
	       !(head->flags & SS_REQUEST_HEAD_WHOLE);
}

u32 request_head_interest_in(long place, u64 cookie, u32 may_begin)
{
	const struct ss_connection *conn = connection_at(place);
	const struct ss_request_head *head = request_head_of(cookie);

	if (!conn || !head)
		return INTEREST_NONE;
	/* A ClientHello, of which a server takes the record's header first. */
	if (!may_begin && conn->call_flags & SS_CALL_TLS && conn->call_state == SS_CALL_NONE)
		return wants_more(head, cookie, conn->opened_ns) ? INTEREST_GOES_ON : INTEREST_NONE;
	/* The first request of a connection that no framer knows stays: it may be a TLS ClientHello. */
	if (may_begin && conn->protocol == SS_PROTOCOL_TIMING && head->cookie == cookie)
		return INTEREST_NONE;
	if (conn->call_state == SS_CALL_REQUEST)
		return wants_more(head, cookie, conn->call_began_ns) ? INTEREST_GOES_ON : INTEREST_NONE;
	return may_begin ? INTEREST_BEGINS : INTEREST_NONE;
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

int request_head_settle(long place, u64 cookie, u32 interest, u64 began_ns, u32 count)
{
	const struct ss_connection *conn = connection_at(place);
	struct ss_scratch *mine;
	u32 zero = 0;

	mine = bpf_map_lookup_elem(&scratch, &zero);
	if (!conn || !mine)
		return 0;
	if (count && !began_ns &&
	    conn->call_flags & SS_CALL_TLS) /* a ClientHello is no call, and names those to come */
		request_head_keep(cookie, conn->opened_ns, count, 0);
	else if (count && (interest == INTEREST_BEGINS ? began_ns != 0 : began_ns == 0))
		request_head_keep(cookie, began_ns ? began_ns : conn->call_began_ns, count, 0);
	scratch_give_back(mine);
	return 0;
}
