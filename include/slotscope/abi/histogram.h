/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Histogram of durations in nanoseconds: each power of two is cut into four equal parts, so that a value
 * is known to within 1/4 of its lower bound, from 1 microsecond to 73 minutes (HdrHistogram's layout with 2
 * sub-bucket bits). Bucket 0 takes all below 1024 ns, the last bucket all from 2^42 ns on.
 */
#ifndef SLOTSCOPE_ABI_HISTOGRAM_H
#define SLOTSCOPE_ABI_HISTOGRAM_H

#include <slotscope/abi/types.h>

#define SS_HISTOGRAM_FIRST_EXPONENT 10
#define SS_HISTOGRAM_LAST_EXPONENT  42
#define SS_HISTOGRAM_PARTS	    4
#define SS_HISTOGRAM_BUCKETS                                                                               \
	((SS_HISTOGRAM_LAST_EXPONENT - SS_HISTOGRAM_FIRST_EXPONENT) * SS_HISTOGRAM_PARTS + 2)

/* Position of the highest bit that is set; 0 for 0. (BPF has no instruction for it.) */
static inline __u32 ss_log2(__u64 value)
{
	__u32 result = 0;

	if (value >> 32) {
		value >>= 32;
		result += 32;
	}
	if (value >> 16) {
		value >>= 16;
		result += 16;
	}
	if (value >> 8) {
		value >>= 8;
		result += 8;
	}
	if (value >> 4) {
		value >>= 4;
		result += 4;
	}
	if (value >> 2) {
		value >>= 2;
		result += 2;
	}
	if (value >> 1)
		result += 1;
	return result;
}

/* Bucket of a duration, always below SS_HISTOGRAM_BUCKETS. */
static inline __u32 ss_histogram_bucket(__u64 duration_ns)
{
	__u32 exponent = ss_log2(duration_ns);

	if (exponent < SS_HISTOGRAM_FIRST_EXPONENT)
		return 0;
	if (exponent >= SS_HISTOGRAM_LAST_EXPONENT)
		return SS_HISTOGRAM_BUCKETS - 1;
	return 1 + (exponent - SS_HISTOGRAM_FIRST_EXPONENT) * SS_HISTOGRAM_PARTS +
	       (__u32)((duration_ns >> (exponent - 2)) & (SS_HISTOGRAM_PARTS - 1));
}

/* Smallest duration in nanoseconds that falls into the bucket. */
static inline __u64 ss_histogram_lower_bound_ns(__u32 bucket)
{
	__u32 exponent, part;

	if (bucket == 0)
		return 0;
	if (bucket >= SS_HISTOGRAM_BUCKETS - 1)
		return 1ULL << SS_HISTOGRAM_LAST_EXPONENT;
	exponent = SS_HISTOGRAM_FIRST_EXPONENT + (bucket - 1) / SS_HISTOGRAM_PARTS;
	part = (bucket - 1) % SS_HISTOGRAM_PARTS;
	return (1ULL << exponent) + ((__u64)part << (exponent - 2));
}

#endif
