/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The backends that this CPU asked for last, so that a busy address costs no look-up in the hash: one for an outbound
 * connection, up to three for an inbound one. A hint holds while nothing has changed of what a look-up would give: every
 * such change raises index_generation.
 */
#ifndef SLOTSCOPE_HINTS_H
#define SLOTSCOPE_HINTS_H

#include "bounded.h"
#include "control.h"

#define SS_HINTS_MASK (SS_HINTS - 1)

/* A key that is compared in words: the verifier wants them aligned. */
#define SS_HINT_KEY __attribute__((aligned(8)))

/* The generation is above the index; no generation gives this. */
#define SS_HINT_INDEX_BITS 24
#define SS_HINT_BUSY       (~0ULL)

/* Read before the look-up whose answer becomes a hint: what changes meanwhile makes it void. */
static __always_inline u64 hints_generation(void)
{
	struct ss_control *ctl = control_get();

	return ctl ? *(volatile u64 *)&ctl->index_generation : 0;
}

static __always_inline void hints_void(void)
{
	struct ss_control *ctl = control_get();

	if (ctl)
		__sync_fetch_and_add(&ctl->index_generation, 1);
}

static __always_inline struct ss_hint *hint_of(const struct ss_backend_key *key)
{
	const u64 *words = (const u64 *)key;
	u64 mixed = (words[0] ^ words[1] ^ words[2]) * 0x9e3779b97f4a7c15ULL;
	struct ss_hints *all;
	u32 zero = 0;

	all = bpf_map_lookup_elem(&hints, &zero);
	if (!all)
		return NULL;
	barrier_var(all);
	return &all->hint[bounded(mixed >> 32, SS_HINTS_MASK)];
}

/* The backend of this key, or SS_BACKEND_OTHER where the hint is of another one, or void. */
static __always_inline u32 hint_read(const struct ss_hint *hint, const struct ss_backend_key *key, u64 generation)
{
	const u64 *kept = (const u64 *)&hint->key;
	const u64 *wanted = (const u64 *)key;
	u64 stamp = *(volatile u64 *)&hint->stamp;
	u64 difference;

	if (stamp >> SS_HINT_INDEX_BITS != generation)
		return SS_BACKEND_OTHER;
	difference = (kept[0] ^ wanted[0]) | (kept[1] ^ wanted[1]) | (kept[2] ^ wanted[2]);
	/* An interrupt of this CPU may have written another one while this was read. */
	if (difference || *(volatile u64 *)&hint->stamp != stamp)
		return SS_BACKEND_OTHER;
	return stamp & ((1ULL << SS_HINT_INDEX_BITS) - 1);
}

/* What an interrupted program has begun to write is left to it. */
static __always_inline void hint_write(struct ss_hint *hint, const struct ss_backend_key *key, u64 generation,
				       u32 index)
{
	if (index == SS_BACKEND_OTHER || __sync_lock_test_and_set(&hint->stamp, SS_HINT_BUSY) == SS_HINT_BUSY)
		return;
	__builtin_memcpy(&hint->key, key, sizeof(*key));
	__sync_lock_test_and_set(&hint->stamp, generation << SS_HINT_INDEX_BITS | index);
}

#endif
