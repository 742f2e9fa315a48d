// SPDX-License-Identifier: MIT
#include "daemon/stalls.h"

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kShortest_ns = 300'000'000; // a busy host is as late as a third of that
constexpr std::uint64_t kKept_ns = 600'000'000'000;
constexpr std::size_t kMost = 256;

} // namespace

void Stalls::begins(std::uint64_t now_ns, std::uint64_t cpu_ns)
{
    if (began_ns_ != 0) {
        const std::uint64_t usual_ns = pause_ns_ + (cpu_ns - cpu_ns_);
        const std::uint64_t took_ns = now_ns - began_ns_;
        if (took_ns >= usual_ns + kShortest_ns)
            stalls_.push_back({now_ns, took_ns - usual_ns});
    }
    began_ns_ = now_ns;
    cpu_ns_ = cpu_ns;
    while (!stalls_.empty() && (stalls_.size() > kMost || now_ns - stalls_.front().at_ns > kKept_ns))
        stalls_.pop_front();
}

double Stalls::seconds_since(std::uint64_t from_ns) const
{
    std::uint64_t all_ns = 0;
    for (const Stall& each : stalls_)
        all_ns += each.at_ns >= from_ns ? each.length_ns : 0;
    return static_cast<double>(all_ns) / 1e9;
}

} // namespace slotscope::daemon
