/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Looking through a window 8 bytes at a time. A window is read in aligned groups of 8, the bytes before the position and
 * those after the shown ones included: it is always SS_WINDOW bytes long and aligned on 8, whatever it shows.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_SCAN_H
#define SLOTSCOPE_LOGIC_FRAMING_SCAN_H

#include "framing.h"

#define SS_EACH_BYTE 0x0101010101010101ULL
#define SS_HIGH_BITS 0x8080808080808080ULL

/* 8 bytes from `at` on, a multiple of 8; the first is the lowest, whatever the byte order of the machine. */
static SS_INLINE __u64 ss_window_group(const __u8 *window, __u32 at)
{
	__u64 group;

	__builtin_memcpy(&group, __builtin_assume_aligned(window + at, 8), sizeof(group));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	group = __builtin_bswap64(group);
#endif
	return group;
}

/*
 * Position of the first byte below `limit` (at most 0x80) from `at` on within the group of `at`; the next group's
 * position where there is none.
 */
static SS_INLINE __u32 ss_scan_below(const __u8 *window, __u32 at, __u8 limit)
{
	__u32 start = ss_window_index(at) & ~7U;
	__u64 group = ss_window_group(window, start);
	__u64 found;

	/* What lies before `at` must neither be found nor borrow from what follows: a high bit prevents both. */
	group |= SS_HIGH_BITS & ((1ULL << ((at & 7) * 8)) - 1);
	/* A byte below the limit borrows, which may mark the bytes after it, too; the first mark is always true. */
	found = (group - limit * SS_EACH_BYTE) & ~group & SS_HIGH_BITS;
	if (!found)
		return start + 8;
	/* All bytes before the first mark become 1, and are added up: BPF cannot count zeroes. */
	return start + (__u32)(((((found - 1) ^ found) >> 8 & SS_EACH_BYTE) * SS_EACH_BYTE) >> 56);
}

/* The same within the `count` bytes shown, of which there is one at `at`: their end where there is none. */
static SS_INLINE __u32 ss_scan_shown_below(const __u8 *window, __u32 at, __u32 count, __u8 limit)
{
	for (__u32 group = 0; group < SS_WINDOW / 8; group++) {
		__u32 end = (at & ~7U) + 8;

		at = ss_scan_below(window, at, limit);
		if (at < end || at >= count)
			break;
	}
	return at < count ? at : count;
}

#endif
