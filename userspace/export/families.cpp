// SPDX-License-Identifier: MIT
#include "export/families.h"

#include "base/clock.h"
#include "model/histogram.h"

#include <utility>

namespace slotscope::metrics {
namespace {

constexpr unsigned kFirstEdge = kHistogramFirstExponent;
constexpr unsigned kLastEdge = kHistogramLastExponent - 2;
constexpr unsigned kEdgeStep = 2;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_continuation(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

// Length of the well-formed UTF-8 sequence at the start of text, 0 where there is none (Unicode 15, table
// 3-7).
std::size_t sequence_length(std::string_view text)
{
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80)
        return 1;
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length)
        return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!is_continuation(text[i]))
            return 0;
    // Overlong forms, surrogates and what lies beyond U+10FFFF.
    const auto second = static_cast<unsigned char>(text[1]);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
        (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
        return 0;
    return length;
}

std::string valid_utf8(std::string_view text)
{
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        result += length == 0 ? kReplacement : text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return result;
}

} // namespace

prometheus::ClientMetric::Label label(std::string_view name, std::string_view value)
{
    return {std::string(name), valid_utf8(value)};
}

prometheus::ClientMetric counter(Labels labels, double value)
{
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.counter.value = value;
    return metric;
}

prometheus::ClientMetric gauge(Labels labels, double value)
{
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = value;
    return metric;
}

prometheus::ClientMetric histogram(Labels labels, const Histogram& histogram)
{
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.histogram.sample_count = histogram.total();
    metric.histogram.sample_sum = seconds_of(histogram.sum_ns);
    for (unsigned exponent = kFirstEdge; exponent <= kLastEdge; exponent += kEdgeStep) {
        const std::uint64_t edge_ns = std::uint64_t{1} << exponent;
        metric.histogram.bucket.push_back({count_below_ns(histogram, edge_ns), seconds_of(edge_ns)});
    }
    return metric;
}

void add_family(Families& families, std::string name, std::string help, prometheus::MetricType type,
                std::vector<prometheus::ClientMetric> metrics)
{
    if (metrics.empty())
        return;
    families.push_back({std::move(name), std::move(help), type, std::move(metrics)});
}

} // namespace slotscope::metrics
