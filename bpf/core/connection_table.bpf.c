// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "connection_table.h"

#include "control.h"

/* Number of buckets - 1; a power of two less one. Set before loading. */
const volatile __u32 ss_bucket_mask = 0; /* __u32: the skeleton repeats the type in userspace */

static __always_inline struct ss_bucket *bucket_at(u32 number)
{
	return bpf_map_lookup_elem(&connections, &number);
}

static __always_inline int way_of(const struct ss_bucket *bucket, u64 cookie)
{
#pragma unroll
	for (int way = 0; way < SS_WAYS; way++)
		if (bucket->cookie[way] == cookie)
			return way;
	return -1;
}

/* Without a branch for each way: the verifier would follow 2^16 paths through two buckets. */
static __always_inline u64 used_ways(const struct ss_bucket *bucket)
{
	u64 count = 0;

#pragma unroll
	for (int way = 0; way < SS_WAYS; way++) {
		u64 cookie = bucket->cookie[way];
		u64 negative = -cookie;

		barrier_var(negative);
		count += (cookie | negative) >> 63;
	}
	return count;
}

/* The free way that was left the longest ago is not looked for: buckets are visited in turn anyway. */
static __always_inline int claim_way(struct ss_bucket *bucket)
{
#pragma unroll
	for (int way = 0; way < SS_WAYS; way++)
		if (!bucket->cookie[way] &&
		    __sync_val_compare_and_swap(&bucket->cookie[way], 0, SS_COOKIE_CLAIMED) == 0)
			return way;
	return -1;
}

__hidden struct ss_connection *connection_find(u64 cookie)
{
	struct ss_bucket *bucket;
	int way;

	bucket = bucket_at(ss_bucket_first(cookie, ss_bucket_mask));
	if (!bucket)
		return NULL;
	way = way_of(bucket, cookie);
	if (way >= 0)
		return &bucket->way[way & (SS_WAYS - 1)];
	bucket = bucket_at(ss_bucket_second(cookie, ss_bucket_mask));
	if (!bucket)
		return NULL;
	way = way_of(bucket, cookie);
	if (way >= 0)
		return &bucket->way[way & (SS_WAYS - 1)];
	return NULL;
}

/*
 * The emptier of two buckets ("the power of two choices", Azar et al. 1994) keeps buckets of 8 from running
 * over until the table is about nine tenths full. The first choice wins a tie: connections that were opened in
 * sequence then stand in sequence.
 */
__hidden ss_place connection_claim(u64 cookie)
{
	u32 first = ss_bucket_first(cookie, ss_bucket_mask);
	u32 second = ss_bucket_second(cookie, ss_bucket_mask);
	struct ss_bucket *a = bucket_at(first);
	struct ss_bucket *b = bucket_at(second);
	int way;

	if (!a || !b)
		return -1;
	if (used_ways(b) < used_ways(a)) {
		way = claim_way(b);
		if (way >= 0)
			return (ss_place)second * SS_WAYS + way;
	}
	way = claim_way(a);
	if (way >= 0)
		return (ss_place)first * SS_WAYS + way;
	way = claim_way(b);
	if (way >= 0)
		return (ss_place)second * SS_WAYS + way;
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
	int way;

	if (!bucket)
		return -1;
	way = way_of(bucket, cookie);
	if (way < 0)
		return -1;
	way &= SS_WAYS - 1;
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
