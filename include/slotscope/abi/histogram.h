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
#define SS_HISTOGRAM_PARTS          4
#define SS_HISTOGRAM_BUCKETS        ((SS_HISTOGRAM_LAST_EXPONENT - SS_HISTOGRAM_FIRST_EXPONENT) * SS_HISTOGRAM_PARTS + 2)

/*
 * 1 when value > most, else 0, for values below 2^63. Hidden from the compiler, which would make it a branch: the
 * verifier follows every branch of the logarithm through all that comes after it, 2^6 ways.
 */
static inline __u64 ss_above(__u64 value, __u64 most)
{
	__u64 difference = most - value;

	__asm__ volatile("" : "+r"(difference));
	return difference >> 63;
}

/* Position of the highest bit that is set; 0 for 0. (BPF has no instruction for it.) For values below 2^63. */
static inline __u32 ss_log2(__u64 value)
{
	__u64 result, shift;

	result = ss_above(value, 0xffffffffULL) << 5;
	value >>= result;
	shift = ss_above(value, 0xffff) << 4;
	value >>= shift;
	result |= shift;
	shift = ss_above(value, 0xff) << 3;
	value >>= shift;
	result |= shift;
	shift = ss_above(value, 0xf) << 2;
	value >>= shift;
	result |= shift;
	shift = ss_above(value, 0x3) << 1;
	value >>= shift;
	result |= shift;
	return (__u32)(result | (value >> 1));
}

/* Bucket of a duration, always below SS_HISTOGRAM_BUCKETS. Up to 2^63 ns, which is 292 years. */
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
