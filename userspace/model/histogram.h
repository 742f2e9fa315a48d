// SPDX-License-Identifier: MIT
// Reading histograms of durations. The layout is the kernel's, slotscope/abi/histogram.h, said again here for
// those that must not see the kernel's records; tests/unit/export holds the two together.
#pragma once

#include "model/backend.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace slotscope {

constexpr unsigned kHistogramFirstExponent = 10; // bucket 0 takes all below 2^10 ns
constexpr unsigned kHistogramLastExponent = 42;  // the last bucket takes all from 2^42 ns on
constexpr unsigned kHistogramParts = 4;          // of each power of two
constexpr std::size_t kHistogramBuckets =
    (kHistogramLastExponent - kHistogramFirstExponent) * kHistogramParts + 2;

// Smallest duration in nanoseconds that falls into the bucket; of the last one for any bucket after it.
constexpr std::uint64_t histogram_lower_bound_ns(std::size_t bucket)
{
    if (bucket == 0)
        return 0;
    if (bucket >= kHistogramBuckets - 1)
        return std::uint64_t{1} << kHistogramLastExponent;
    const std::size_t exponent = kHistogramFirstExponent + (bucket - 1) / kHistogramParts;
    const std::size_t part = (bucket - 1) % kHistogramParts;
    return (std::uint64_t{1} << exponent) + (std::uint64_t{part} << (exponent - 2));
}

// How many durations were shorter than edge_ns. Exact where edge_ns is a lower bound of a bucket, else
// without those of the bucket that it cuts.
std::uint64_t count_below_ns(const Histogram& histogram, std::uint64_t edge_ns);

// Mean in nanoseconds, exact (the sum is kept); absent where nothing was counted.
std::optional<double> mean_ns(const Histogram& histogram);

// The duration in nanoseconds that the fraction q (0 to 1, else the nearer of them) of all durations does not
// exceed, by linear interpolation within its bucket as in Prometheus' histogram_quantile: off by at most the
// width of the bucket, a quarter of its lower bound. In the last bucket, which has no end, its lower bound.
// Absent where nothing was counted.
std::optional<double> quantile_ns(const Histogram& histogram, double q);

} // namespace slotscope
