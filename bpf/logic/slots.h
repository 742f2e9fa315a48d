/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Slots of a backend: what enters, what leaves, what ends, and how long they were held. Inlined where connections open
 * and end, several times a request: a call costs as much as the counting.
 */
#ifndef SLOTSCOPE_LOGIC_SLOTS_H
#define SLOTSCOPE_LOGIC_SLOTS_H

#include "../core/bounded.h"
#include "../core/maps.h"

/* Counted under `closed`, not under a failure. */
#define SS_CLOSED SS_FAILED_REASONS

/* The record; NULL only to satisfy the verifier. */
static __always_inline struct ss_backend *backend_at(u32 index)
{
	return bpf_map_lookup_elem(&backends, &index);
}

static __always_inline void atomic_max(u64 *target, u64 value)
{
	u64 seen = *target;

	/*
	 * A lost exchange means that another CPU has raised it. Not a function of its own, nor more attempts: before 6.13 a frame
	 * takes 32 bytes of the 512 that all calls have, and some chains have no more.
	 */
	for (int attempt = 0; attempt < 4 && value > seen; attempt++) {
		u64 before = __sync_val_compare_and_swap(target, seen, value);

		if (before == seen)
			return;
		seen = before;
	}
}

static __always_inline void count_duration(u64 *histogram, u64 duration_ns)
{
	u64 bucket = ss_histogram_bucket(duration_ns);

	barrier_var(bucket); /* or the compiler drops the check that the verifier wants to see (6.1 to 7.2) */
	if (bucket < SS_HISTOGRAM_BUCKETS)
		__sync_fetch_and_add(&histogram[bucket], 1);
}

/* The slot that was just taken is the last one: counts it, and tells userspace. */
int limit_reached(u32 index, u64 in_use, u64 now_ns, u64 cookie);

/* A connection opens and takes a slot. Sends the event when that slot is the last one. */
static __always_inline void backend_enter(u32 index, u64 now_ns, u64 cookie)
{
	struct ss_backend *backend = backend_at(index);
	u64 in_use;

	if (!backend)
		return;
	in_use = __sync_fetch_and_add(&backend->in_use, 1) + 1;
	__sync_fetch_and_add(&backend->entered_sum_ns, now_ns);
	__sync_fetch_and_add(&backend->opened, 1);
	atomic_max(&backend->peak, in_use);
	if (in_use == backend->limit)
		limit_reached(index, in_use, now_ns, cookie);
}

/* The backend is below its limit again. */
static __always_inline void limit_left(struct ss_backend *backend, u64 now_ns)
{
	__sync_fetch_and_add(&backend->limit_left, 1);
	__sync_fetch_and_add(&backend->limit_left_sum_ns, now_ns);
}

/* A slot that was taken at opened_ns is free again. */
static __always_inline void backend_leave(u32 index, u64 opened_ns, u64 now_ns)
{
	struct ss_backend *backend = backend_at(index);
	u64 before, hold_ns;

	if (!backend)
		return;
	before = __sync_fetch_and_add(&backend->in_use, -1ULL);
	__sync_fetch_and_add(&backend->left_sum_ns, now_ns);
	hold_ns = now_ns > opened_ns ? now_ns - opened_ns : 0;
	__sync_fetch_and_add(&backend->hold_sum_ns, hold_ns);
	atomic_max(&backend->hold_max_ns, hold_ns);
	count_duration(backend->hold, hold_ns);
	if (backend->limit && before == backend->limit)
		limit_left(backend, now_ns);
}

/* One connection less, by how it ended: an enum ss_failure, or SS_CLOSED. */
static __always_inline void backend_count_end(struct ss_backend *backend, u32 how)
{
	if (how >= SS_FAILED_REASONS) {
		__sync_fetch_and_add(&backend->closed, 1);
		return;
	}
	__sync_fetch_and_add(&backend->failed[bounded(how, SS_FAILED_REASONS - 1)], 1);
}

#endif
