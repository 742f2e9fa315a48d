// SPDX-License-Identifier: MIT
#include "analyze/quota_tally.h"

#include "base/clock.h"
#include "base/growth.h"

#include <algorithm>

namespace slotscope::analyze {
namespace {

constexpr std::uint64_t kHalf_ns = 30'000'000'000;
constexpr double kShortest_seconds = 0.5; // some periods, which are a tenth of a second nearly always

} // namespace

void QuotaTally::add(std::span<const CpuQuota> seen, std::uint64_t now_ns)
{
    std::map<std::string, Course> now;
    for (const CpuQuota& quota : seen) {
        const Look look{now_ns, quota};
        const auto before = groups_.find(quota.group);
        // What was counted under another limit says nothing of this one.
        const bool known = before != groups_.end() && before->second.last.quota.cores == quota.cores;
        Course course = known ? before->second : Course{look, look, look};
        if (now_ns - course.middle.at_ns >= kHalf_ns) {
            course.first = course.middle;
            course.middle = look;
        }
        course.last = look;
        now.emplace(quota.group, std::move(course));
    }
    groups_ = std::move(now);
}

std::optional<Throttled> QuotaTally::most(const std::string& who) const
{
    std::optional<Throttled> most;
    for (const auto& [group, course] : groups_) {
        const CpuQuota& then = course.first.quota;
        const CpuQuota& now = course.last.quota;
        const double seconds = seconds_of(course.last.at_ns - course.first.at_ns);
        if (seconds < kShortest_seconds)
            continue;
        const auto periods = static_cast<double>(grown(then.throttled_periods, now.throttled_periods));
        Throttled throttled{who, group, now.cores, now.period_seconds};
        throttled.share = std::min(1.0, periods * now.period_seconds / seconds);
        throttled.seconds = std::max(0.0, now.throttled_seconds - then.throttled_seconds) / seconds;
        if (!most || throttled.share > most->share)
            most = std::move(throttled);
    }
    return most;
}

} // namespace slotscope::analyze
