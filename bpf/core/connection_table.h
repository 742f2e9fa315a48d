/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The table of connections behind a few functions, so that its representation can be changed by a measurement.
 * Claims and publications for one socket are serialised by the socket's lock. connection_release may race with
 * itself (an audit beside the end of a connection) and lets exactly one caller win. A record that was found without
 * the lock may be gone, and be another's, by the time it is written to: only activity and owner are written so.
 */
#ifndef SLOTSCOPE_CONNECTION_TABLE_H
#define SLOTSCOPE_CONNECTION_TABLE_H

#include "maps.h"

#include <bpf/bpf_helpers.h>

/* A way that is being filled or emptied. Never a cookie: those count up from 1. */
#define SS_COOKIE_CLAIMED (~0ULL)

/* Where a record stands: bucket * SS_WAYS + way; negative: nowhere. */
typedef long ss_place;

/* Number of buckets - 1; a power of two less one. Set before loading. */
extern const volatile __u32 ss_bucket_mask;

static __always_inline struct ss_bucket *bucket_at(u32 number)
{
	return bpf_map_lookup_elem(&connections, &number);
}

/* 1 when the way carries this tag, else 0. */
static __always_inline u64 way_has(const struct ss_bucket *bucket, int way, u64 tag)
{
	u64 difference = bucket->cookie[way] ^ tag;
	u64 negative = -difference;
	u64 same;

	barrier_var(negative); /* or the compiler turns this back into a branch */
	same = ((difference | negative) >> 63) ^ 1;
	barrier_var(same);
	return same;
}

/*
 * 1 + the way that carries this cookie, 0 for none. Arithmetic instead of branches: the verifier follows every branch
 * through all that comes after it, and the CPU would have eight of them to predict. The result is built from 0 and 1,
 * never from 0 and -1: of those the verifier (6.18.y, maybe_fork_scalars) makes two paths of its own.
 */
static __always_inline u32 way_of(const struct ss_bucket *bucket, u64 cookie)
{
	u64 found = 0;

#pragma unroll
	for (int way = 0; way < SS_WAYS; way++)
		found += way_has(bucket, way, cookie) * (u64)(way + 1);
	return found;
}

/*
 * The record of the socket with this cookie, or NULL. Inlined: on CPUs whose returns are guarded against speculation a
 * call costs as much as the look-up.
 */
static __always_inline struct ss_connection *connection_find(u64 cookie)
{
	struct ss_bucket *bucket;
	u32 found;

	bucket = bucket_at(ss_bucket_first(cookie, ss_bucket_mask));
	if (!bucket)
		return NULL;
	found = way_of(bucket, cookie);
	if (!found) {
		bucket = bucket_at(ss_bucket_second(cookie, ss_bucket_mask));
		if (!bucket)
			return NULL;
		found = way_of(bucket, cookie);
		if (!found)
			return NULL;
	}
	return &bucket->way[(found - 1) & (SS_WAYS - 1)];
}

/* Claims a free way that is not yet visible; negative when both buckets are full. Fill it, then publish it. */
__hidden ss_place connection_claim(u64 cookie);

/* The record at a place that connection_claim gave. */
static __always_inline struct ss_connection *connection_at(ss_place place)
{
	struct ss_bucket *bucket = bucket_at((u32)((u64)place / SS_WAYS));

	if (!bucket)
		return NULL;
	barrier_var(bucket); /* or the compiler adds to it before the check, which the verifier refuses */
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

/* Makes a claimed record visible under its cookie. */
static __always_inline int connection_publish(ss_place place, u64 cookie)
{
	return set_tag(place, cookie);
}

static __always_inline ss_place release_from(u32 number, u64 cookie)
{
	struct ss_bucket *bucket = bucket_at(number);
	u32 found, way;

	if (!bucket)
		return -1;
	found = way_of(bucket, cookie);
	if (!found)
		return -1;
	way = (found - 1) & (SS_WAYS - 1);
	if (__sync_val_compare_and_swap(&bucket->cookie[way], cookie, SS_COOKIE_CLAIMED) != cookie)
		return -1;
	return (ss_place)number * SS_WAYS + way;
}

/*
 * Claims the record for its end: its place for the one caller that wins, negative for any other. From then on
 * it is invisible; end with connection_forget.
 */
static __always_inline ss_place connection_release(u64 cookie)
{
	ss_place place = release_from(ss_bucket_first(cookie, ss_bucket_mask), cookie);

	if (place >= 0)
		return place;
	return release_from(ss_bucket_second(cookie, ss_bucket_mask), cookie);
}

/* Frees a released way. Its content stays readable as GONE until the way is used again. */
static __always_inline int connection_forget(ss_place place)
{
	struct ss_connection *conn = connection_at(place);

	if (!conn)
		return 0;
	conn->state = SS_CONNECTION_GONE;
	return set_tag(place, 0);
}

#endif
