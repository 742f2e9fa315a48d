// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "connection_table.h"

/* __u32: the skeleton repeats the types in userspace */
const volatile __u32 ss_hot_mask = 0;
const volatile __u32 ss_bucket_mask = 0;
__u32 connections_elsewhere[SS_HOT_BUCKETS_MAX];

static __always_inline u32 count_ways(u32 ways)
{
	ways = (ways & 0x55) + (ways >> 1 & 0x55);
	ways = (ways & 0x33) + (ways >> 2 & 0x33);
	return (ways & 0x0f) + (ways >> 4);
}

/*
 * The emptier of two buckets ("the power of two choices", Azar et al. 1994) keeps buckets of 8 from running
 * over until the table is about seven tenths full (simulated; tests/bpf_host has it), connections in sequence
 * until it is full. The first choice wins a tie: connections that were opened in sequence then stand in sequence.
 */
static __always_inline ss_place claim_one_of_two(u64 cookie)
{
	u32 first = ss_bucket_first(cookie, ss_hot_mask, ss_bucket_mask);
	u32 second = ss_bucket_second(cookie, ss_hot_mask, ss_bucket_mask);
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

ss_place connection_claim_elsewhere(u64 cookie)
{
	ss_place place;

	/* Counted before it can be found there. */
	__sync_fetch_and_add(elsewhere_of(cookie), 1);
	place = claim_one_of_two(cookie);
	if (place < 0)
		__sync_fetch_and_add(elsewhere_of(cookie), -1U);
	return place;
}
