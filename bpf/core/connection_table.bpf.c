// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "connection_table.h"

#include "control.h"

/* Number of buckets - 1; a power of two less one. Set before loading. */
const volatile __u32 ss_bucket_mask = 0; /* __u32: the skeleton repeats the type in userspace */

static __always_inline struct ss_bucket *bucket_at(u32 number)
{
	return bpf_map_lookup_elem(&connections, &number);
}

/*
 * A bit for each way that carries this tag. Arithmetic instead of branches: the verifier follows every branch
 * through all that comes after it, and the CPU would have eight of them to predict. The result is built from 0
 * and 1, never from 0 and -1: of those the verifier (6.18.y, maybe_fork_scalars) makes two paths of its own.
 */
static __always_inline u32 ways_with(const struct ss_bucket *bucket, u64 tag)
{
	u64 ways = 0;

#pragma unroll
	for (int way = 0; way < SS_WAYS; way++) {
		u64 difference = bucket->cookie[way] ^ tag;
		u64 negative = -difference;
		u64 same;

		barrier_var(negative); /* or the compiler turns this back into a branch */
		same = ((difference | negative) >> 63) ^ 1;
		barrier_var(same);
		ways |= same << way;
	}
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

__hidden struct ss_connection *connection_find(u64 cookie)
{
	struct ss_bucket *bucket;
	u32 ways;

	bucket = bucket_at(ss_bucket_first(cookie, ss_bucket_mask));
	if (!bucket)
		return NULL;
	ways = ways_with(bucket, cookie);
	if (!ways) {
		bucket = bucket_at(ss_bucket_second(cookie, ss_bucket_mask));
		if (!bucket)
			return NULL;
		ways = ways_with(bucket, cookie);
		if (!ways)
			return NULL;
	}
	return &bucket->way[one_of(ways)];
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
		free_a = ways_with(a, 0);
		free_b = ways_with(b, 0);
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

__hidden struct ss_connection *connection_at(ss_place place)
{
	struct ss_bucket *bucket = bucket_at((u32)((u64)place / SS_WAYS));

	if (!bucket)
		return NULL;
	return &bucket->way[place & (SS_WAYS - 1)];
}

static __always_inline int set_tag(ss_place place, u64 tag)
{
	struct ss_bucket *bucket = bucket_at((u32)((u64)place / SS_WAYS));

	if (!bucket)
		return 0;
	/* An exchange orders the record's content before the tag that makes it visible. */
	__sync_lock_test_and_set(&bucket->cookie[place & (SS_WAYS - 1)], tag);
	return 1;
}

__hidden int connection_publish(ss_place place, u64 cookie)
{
	struct ss_control *ctl = control_get();

	if (ctl)
		__sync_fetch_and_add(&ctl->tracked, 1);
	return set_tag(place, cookie);
}

static __always_inline ss_place release_from(u32 number, u64 cookie)
{
	struct ss_bucket *bucket = bucket_at(number);
	u32 ways, way;

	if (!bucket)
		return -1;
	ways = ways_with(bucket, cookie);
	if (!ways)
		return -1;
	way = one_of(ways);
	if (__sync_val_compare_and_swap(&bucket->cookie[way], cookie, SS_COOKIE_CLAIMED) != cookie)
		return -1;
	return (ss_place)number * SS_WAYS + way;
}

__hidden ss_place connection_release(u64 cookie)
{
	ss_place place = release_from(ss_bucket_first(cookie, ss_bucket_mask), cookie);

	if (place >= 0)
		return place;
	return release_from(ss_bucket_second(cookie, ss_bucket_mask), cookie);
}

__hidden int connection_forget(ss_place place)
{
	struct ss_connection *conn = connection_at(place);
	struct ss_control *ctl = control_get();

	if (!conn)
		return 0;
	conn->state = SS_CONNECTION_GONE;
	if (ctl)
		__sync_fetch_and_add(&ctl->tracked, -1ULL);
	return set_tag(place, 0);
}
