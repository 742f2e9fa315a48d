/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The table of connections behind a few functions, so that its representation can be changed by a measurement.
 * Claims and publications for one socket are serialised by the socket's lock. connection_release may race with
 * itself (an audit beside the end of a connection) and lets exactly one caller win. A record that was found without
 * the lock may be gone, and be another's, by the time it is written to: only activity and owner are written so.
 */
#ifndef SLOTSCOPE_CONNECTION_TABLE_H
#define SLOTSCOPE_CONNECTION_TABLE_H

#include "bounded.h"
#include "maps.h"

#include <bpf/bpf_helpers.h>

/* A way that is being filled or emptied. Never a cookie: those count up from 1. */
#define SS_COOKIE_CLAIMED (~0ULL)

/* Where a record stands: bucket * SS_WAYS + way; negative: nowhere. */
typedef long ss_place;

/* Number of hot buckets - 1, of the others - 1: powers of two less one. Set before loading. */
extern const volatile __u32 ss_hot_mask;
extern const volatile __u32 ss_bucket_mask;

/*
 * How many connections of each hot bucket stand in another one. Where it is 0, a cookie that the hot bucket has not is
 * nowhere, and the two others, which nobody may have touched for long, need not be looked at.
 */
extern __u32 connections_elsewhere[SS_HOT_BUCKETS_MAX];

static __always_inline __u32 *elsewhere_of(u64 cookie)
{
	return &connections_elsewhere[bounded(ss_bucket_hot(cookie, ss_hot_mask), SS_HOT_BUCKETS_MAX - 1)];
}

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

/* A bit for each free way. */
static __always_inline u32 ways_free(const struct ss_bucket *bucket)
{
	u64 ways = 0;

#pragma unroll
	for (int way = 0; way < SS_WAYS; way++)
		ways |= way_has(bucket, way, 0) << way;
	return ways;
}

/* The highest of the ways; only for a set that is not empty. */
static __always_inline u32 one_of(u32 ways)
{
	return bounded(ss_log2(ways), SS_WAYS - 1);
}

/* -1 when there is none, or when another CPU took the one that was chosen. */
static __always_inline int claim_way(struct ss_bucket *bucket, u32 free_ways)
{
	u32 way = one_of(free_ways);

	if (!free_ways || __sync_val_compare_and_swap(&bucket->cookie[way], 0, SS_COOKIE_CLAIMED) != 0)
		return -1;
	return way;
}

/* The record at a place that is not negative. */
static __always_inline struct ss_connection *connection_at(ss_place place)
{
	struct ss_bucket *bucket = bucket_at((u32)((u64)place / SS_WAYS));

	if (!bucket)
		return NULL;
	barrier_var(bucket); /* or the compiler adds to it before the check, which the verifier refuses */
	return &bucket->way[bounded(place, SS_WAYS - 1)];
}

static __always_inline ss_place place_in(u32 number, u64 cookie)
{
	struct ss_bucket *bucket = bucket_at(number);
	u32 found;

	if (!bucket)
		return -1;
	found = way_of(bucket, cookie);
	return found ? (ss_place)number * SS_WAYS + (found - 1) : -1;
}

/*
 * Where the record of the socket with this cookie stands. Inlined: on CPUs whose returns are guarded against
 * speculation a call costs as much as the look-up.
 */
static __always_inline ss_place connection_place(u64 cookie)
{
	u32 hot = ss_bucket_hot(cookie, ss_hot_mask);
	ss_place place = place_in(hot, cookie);

	if (place >= 0 || !*elsewhere_of(cookie))
		return place;
	place = place_in(ss_bucket_first(cookie, ss_hot_mask, ss_bucket_mask), cookie);
	return place >= 0 ? place : place_in(ss_bucket_second(cookie, ss_hot_mask, ss_bucket_mask), cookie);
}

/* The record of the socket with this cookie, or NULL. */
static __always_inline struct ss_connection *connection_find(u64 cookie)
{
	ss_place place = connection_place(cookie);

	return place >= 0 ? connection_at(place) : NULL;
}

/* Claims a way for a connection whose hot bucket has none left. */
ss_place connection_claim_elsewhere(u64 cookie);

/* Claims a free way that is not yet visible; negative when the buckets are full. Fill it, then publish it. */
static __always_inline ss_place connection_claim(u64 cookie)
{
	u32 hot = ss_bucket_hot(cookie, ss_hot_mask);
	struct ss_bucket *bucket = bucket_at(hot);
	int way = bucket ? claim_way(bucket, ways_free(bucket)) : -1;

	return way >= 0 ? (ss_place)hot * SS_WAYS + way : connection_claim_elsewhere(cookie);
}

static __always_inline int set_tag(ss_place place, u64 tag)
{
	struct ss_bucket *bucket = bucket_at((u32)((u64)place / SS_WAYS));

	if (!bucket)
		return 0;
	/* An exchange orders the record's content before the tag that makes it visible. */
	__sync_lock_test_and_set(&bucket->cookie[bounded(place, SS_WAYS - 1)], tag);
	return 1;
}

/* Makes a claimed record visible under its cookie. */
static __always_inline int connection_publish(ss_place place, u64 cookie)
{
	return set_tag(place, cookie);
}

/*
 * Claims the record that connection_place has found for its end: true for the one caller that wins. From then on it
 * is invisible; end with connection_forget.
 */
static __always_inline bool connection_release(ss_place place, u64 cookie)
{
	struct ss_bucket *bucket = bucket_at((u32)((u64)place / SS_WAYS));

	if (!bucket)
		return false;
	return __sync_val_compare_and_swap(&bucket->cookie[bounded(place, SS_WAYS - 1)], cookie, SS_COOKIE_CLAIMED) ==
	       cookie;
}

/* Frees a released way. Its content stays readable as GONE until the way is used again. */
static __always_inline int connection_forget(ss_place place, u64 cookie)
{
	struct ss_connection *conn = connection_at(place);

	if (!conn)
		return 0;
	conn->state = SS_CONNECTION_GONE;
	set_tag(place, 0);
	if ((u64)place / SS_WAYS > ss_hot_mask)
		__sync_fetch_and_add(elsewhere_of(cookie), -1U);
	return 0;
}

#endif
