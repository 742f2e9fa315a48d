/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Bounds that the verifier must see where the index is used. The compiler knows most of them from the arithmetic before
 * and drops the mask; verifiers follow less of that arithmetic, and each another part of it (6.1 nothing through an OR).
 */
#ifndef SLOTSCOPE_BOUNDED_H
#define SLOTSCOPE_BOUNDED_H

#include "kernel_types.h"

#include <bpf/bpf_helpers.h>

/* `mask` is a power of two less one. */
static __always_inline u64 bounded(u64 value, u64 mask)
{
	barrier_var(value);
	return value & mask;
}

#endif
