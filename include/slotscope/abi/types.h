/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/* Fixed-width types for records that BPF and userspace share. Plain C, so that both compilers read it. */
#ifndef SLOTSCOPE_ABI_TYPES_H
#define SLOTSCOPE_ABI_TYPES_H

#include <linux/types.h>

#ifdef __cplusplus
#define SS_STATIC_ASSERT(condition, text) static_assert(condition, text)
#else
#define SS_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

#endif
