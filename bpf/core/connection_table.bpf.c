// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "connection_table.h"

const volatile __u32 ss_bucket_mask = 0; /* __u32: the skeleton repeats the type in userspace */

/* A bit for each free way. */
static __always_inline u32 ways_free(const struct ss_bucket *bucket)
{
	u64 ways = 0;

#pragma unroll
	for (int way = 0; way < SS_WAYS; way++)
		ways |= way_has(bucket, way, 0) << way;
	return ways;
}

static __always_inline u32 count_ways(u32 ways)
{
	ways = (ways & 0x55) + (ways >> 1 & 0x55);
	ways = (ways & 0x33) + (ways >> 2 & 0x33);
	return (ways & 0x0f) + (ways >> 4);
}

/* The highest of the ways; only for a set that is not empty. */
static __always_inline u32 one_of(u32 ways)
{
	return ss_log2(ways) & (SS_WAYS - 1);
}

/* -1 when there is none, or when another CPU took the one that was chosen. */
static __always_inline int claim_way(struct ss_bucket *bucket, u32 free_ways)
{
	u32 way = one_of(free_ways);

	if (!free_ways || __sync_val_compare_and_swap(&bucket->cookie[way], 0, SS_COOKIE_CLAIMED) != 0)
		return -1;
	return way;
}

/*
 * The emptier of two buckets ("the power of two choices", Azar et al. 1994) keeps buckets of 8 from running
 * over until the table is about seven tenths full (simulated; tests/bpf_host has it), connections in sequence
 * until it is full. The first choice wins a tie: connections that were opened in
 * sequence then stand in sequence.
 */
__hidden ss_place connection_claim(u64 cookie)
{
	u32 first = ss_bucket_first(cookie, ss_bucket_mask);
	u32 second = ss_bucket_second(cookie, ss_bucket_mask);
	struct ss_bucket *a = bucket_at(first);
	struct ss_bucket *b = bucket_at(second);

	/* A way that another CPU takes meanwhile is looked for anew. */
	for (int attempt = 0; attempt < 4; attempt++) {
		u32 free_a, free_b;
		int way;

		if (!a || !b)
			return -1;
		free_a = ways_free(a);
		free_b = ways_free(b);
		if (!(free_a | free_b))
			return -1;
		if (count_ways(free_b) > count_ways(free_a)) {
			way = claim_way(b, free_b);
			if (way >= 0)
				return (ss_place)second * SS_WAYS + way;
		} else {
			way = claim_way(a, free_a);
			if (way >= 0)
				return (ss_place)first * SS_WAYS + way;
		}
	}
	return -1;
}
