// SPDX-License-Identifier: MIT
#include "analyze/advice_values.h"

#include "analyze/causes.h"
#include "analyze/sizing.h"
#include "analyze/words.h"

#include <algorithm>
#include <cmath>

namespace slotscope::analyze {
namespace {

std::uint64_t whole(double slots)
{
    return static_cast<std::uint64_t>(std::ceil(std::clamp(slots, 1.0, 1e6)));
}

// A time-out that no call meets which is long and healthy: twice the longest that ended before the trouble.
// Absent where too few are known for that, and where it would end nothing of what holds now.
std::optional<std::uint64_t> timeout_seconds(const Evidence& e, Cause cause)
{
    constexpr std::uint64_t kFewest = 100;
    constexpr double kShortest_seconds = 5;
    if (!e.baseline.known() || e.unit != Unit::calls || e.ended_before < kFewest ||
        e.longest_before_seconds <= 0)
        return std::nullopt;
    const double timeout = std::ceil(std::max(kShortest_seconds, 2 * e.longest_before_seconds));
    if (cause != Cause::stuck_calls && timeout > e.tally.oldest_seconds())
        return std::nullopt; // those that are stuck get older yet
    return static_cast<std::uint64_t>(timeout);
}

void set_timeout(AdviceValues& values, const Evidence& e, Cause cause)
{
    values["a_timeout"] = "a time-out above the longest that is normal";
    const auto timeout = timeout_seconds(e, cause);
    if (!timeout)
        return;
    values["timeout"] = std::to_string(*timeout) + "s";
    values["a_timeout"] = "a time-out of " + values["timeout"];
    values["timeout_seconds"] = std::to_string(*timeout);
    values["timeout_ms"] = std::to_string(*timeout * 1000);
    const bool shortest = static_cast<double>(*timeout) > std::ceil(2 * e.longest_before_seconds);
    values["longest"] = std::string(shortest ? "more than twice" : "twice") + " the longest of the " +
                        std::to_string(e.ended_before) + " calls before it (" +
                        words::duration(e.longest_before_seconds) + "); now the oldest is " +
                        words::duration(e.tally.oldest_seconds());
}

// The number to write for so many slots, where a larger limit is one number.
std::optional<std::uint64_t> to_write(const Evidence& e, std::uint64_t slots)
{
    if (e.setting.slots_each <= 0 || slots <= e.limit)
        return std::nullopt;
    const std::uint64_t written = e.setting.name.empty() ? e.limit : e.setting.value;
    return written + whole(static_cast<double>(slots - e.limit) / e.setting.slots_each);
}

void set_limit(AdviceValues& values, const Evidence& e, const Sizing& size)
{
    values["setting"] = e.setting.name.empty() ? "the limit" : e.setting.name;
    const std::uint64_t written = e.setting.name.empty() ? e.limit : e.setting.value;
    values["written"] = std::to_string(written);
    const auto needed = to_write(e, whole(size.slots));
    if (!needed) // a larger one helps nobody, or nobody knows where to write it
        return;
    values["needed"] = std::to_string(*needed);
    values["needed_headroom"] = std::to_string(*to_write(e, whole(1.2 * size.slots)));
    const auto slots =
        e.limit +
        static_cast<std::uint64_t>(std::floor(static_cast<double>(*needed - written) * e.setting.slots_each));
    values["multiplied"] =
        slots == *needed ? ""
                         : "; " + std::to_string(*needed) + " there make " + std::to_string(slots) + " slots";
}

void set_numbers(AdviceValues& values, const Evidence& e, Cause cause)
{
    Sizing size = sizing(e);
    if (filled_by_upgraded(e) > 0.5) // how many clients will come and stay is in no rate
        size = {};
    if (!size.arithmetic.empty()) // else nothing is known of what would be needed
        values["arithmetic"] = size.arithmetic;
    set_limit(values, e, size);
    if (e.unit == Unit::calls && e.kind == SlotKind::connections && !size.arithmetic.empty()) {
        values["pool"] = std::to_string(whole(std::max(2.0, size.slots)));
        values["pool_arithmetic"] = size.arithmetic;
    }
    set_timeout(values, e, cause);
    const std::string until = time_to_fill(e, 2 * static_cast<double>(std::max<std::uint64_t>(e.limit, 1)));
    values["fills"] = until.empty() ? "" : ": " + until;
    values["oldest"] = words::duration(e.tally.oldest_seconds());
    values["hold_words"] =
        "now " + words::duration(e.hold_during()) +
        (e.baseline.known() ? ", usually " + words::duration(e.baseline.hold_seconds) : "");
}

void set_shares(AdviceValues& values, const Evidence& e)
{
    values["idle"] = words::percent(e.tally.idle_share());
    if (const double share = e.tally.share(Doing::in_transaction); share >= 0.1)
        values["in_transaction"] = words::percent(share);
    if (e.uploads())
        values["uploading"] = words::percent(e.sent_by_clients());
    if (may_be_streams(e))
        values["streams"] = words::percent(answers_that_are_read(e));
    if (filled_by_upgraded(e) > 0.5)
        values["upgraded"] = words::number(e.upgraded());
    if (waits_for_locks(e) > 0)
        values["locked_sessions"] = words::counted(e.locks.waiting, "session");
    if (e.threads.open_files != 0) {
        values["files"] = std::to_string(e.threads.open_files);
        values["files_pid"] = std::to_string(e.threads.out_of_files);
    }
    if (e.disk_share >= kMostOnDisk)
        values["on_disk"] = words::percent(e.disk_share);
    if (e.threads.file_locked != 0)
        values["file_locked"] = words::counted(e.threads.file_locked, "worker");
    if (filled_by_forgotten(e) > 0.5)
        values["forgotten"] = std::to_string(e.forgotten.connections);
    else
        values["left_open"] = words::percent(e.tally.share(Doing::left_open));
    values["sending"] = words::percent(e.tally.share(Doing::response) + e.tally.share(Doing::stalled));
    values["old"] = words::counted(e.old_generations, "process");
    values["old_share"] = words::percent(e.old_generations_share);
    values["generation"] = e.generation_process;
    const auto failed = [&](Failure reason) { return e.during.failed[static_cast<std::size_t>(reason)]; };
    values["connect_words"] = std::to_string(failed(Failure::refused)) + " refused, " +
                              std::to_string(failed(Failure::timed_out)) + " timed out, " +
                              std::to_string(e.connecting) + " still connecting";
    if (failed(Failure::no_port) != 0)
        values["ports"] = std::to_string(failed(Failure::no_port)) +
                          " found no local port: ports ÷ 60 s of TIME_WAIT is what can be closed each second";
}

// What it takes to do all that comes, where all that may be used is: in proportion.
std::optional<double> cores_needed(const Evidence& e, const Throttled& throttled)
{
    constexpr double kAllUsed = 0.8;   // in so much of the time
    constexpr double kHeadroom = 1.25; // what is used to 80 % is not throttled all the time
    constexpr double kMostTimes = 10;
    const double done = e.during.completions_per_second;
    const double comes = std::max({e.during.arrivals_per_second, e.demand ? e.demand->during_per_second : 0,
                                   e.baseline.known() ? e.baseline.arrivals_per_second : 0});
    if (throttled.share < kAllUsed || done <= 0 || comes < 1.05 * done || comes > kMostTimes * done)
        return std::nullopt;
    return std::ceil(20 * kHeadroom * throttled.cores * comes / done) / 20;
}

void set_cpu(AdviceValues& values, const Evidence& e, Cause cause)
{
    const Throttled* const throttled = throttled_for(e, cause);
    if (!throttled)
        return;
    const bool own = e.throttled && throttled == &*e.throttled;
    const auto needed = own ? cores_needed(e, *throttled) : std::nullopt;
    const std::string cores = words::precise(throttled->cores);
    values["cpu_group"] = throttled->group;
    values["cpu_raise"] = needed ? "from " + cores + " to " + words::precise(*needed) : "above " + cores;
    values["cpu_reason"] =
        "in " + words::percent(throttled->share) + " of its periods of " +
        words::duration(throttled->period_seconds) + " it had none left, and its processes waited; " +
        (needed ? words::rate(e.during.completions_per_second) +
                      " get done with what there is, more come, and a quarter is to spare; "
                : "") +
        "in Kubernetes resources.limits.cpu, in a unit CPUQuota=, in the group cpu.max (version 1: "
        "cpu.cfs_quota_us)";
}

void set_names(AdviceValues& values, const Evidence& e, const Verdict& verdict)
{
    values["backend"] = e.backend;
    values["address"] = e.address;
    const std::size_t slash = e.backend.rfind('/');
    values["name"] = slash == std::string::npos ? e.backend : e.backend.substr(slash + 1);
    values["server"] = slash == std::string::npos ? "BACKEND/" + e.backend : e.backend;
    values["source"] = e.limit_source.empty() ? "where it is written" : e.limit_source;
    values["process"] = "its owner";
    if (!verdict.culprits.empty()) {
        const Culprit& first = verdict.culprits.front();
        values["call"] = first.call.empty()
                             ? "what " + (first.process.empty() ? e.backend : first.process) + " asks for"
                             : first.call;
        values["call_share"] = words::percent(first.share);
        if (!first.process.empty())
            values["process"] = first.process;
    }
    if (verdict.dependency && calls_itself(e, *verdict.dependency)) {
        values["itself_call"] = verdict.dependency->call.empty() ? "" : " (" + verdict.dependency->call + ")";
        values["itself"] = words::percent(verdict.dependency->share);
    } else if (verdict.dependency) {
        values["dependency"] = verdict.dependency->address;
        values["dependency_call"] = verdict.dependency->call.empty() ? "" : ": " + verdict.dependency->call;
        values["waits"] = words::percent(verdict.dependency->share);
    }
}

} // namespace

AdviceValues advice_values(const Evidence& evidence, const Verdict& verdict)
{
    AdviceValues values;
    set_numbers(values, evidence, verdict.cause);
    set_shares(values, evidence);
    set_cpu(values, evidence, verdict.cause);
    set_names(values, evidence, verdict);
    return values;
}

std::string filled(std::string_view text, const AdviceValues& values)
{
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t close = text[at] == '{' ? text.find('}', at) : std::string_view::npos;
        if (close == std::string_view::npos || text[at + 1] == ' ') { // "{ … }" of a product's syntax
            result += text[at++];
            continue;
        }
        const auto value = values.find(std::string(text.substr(at + 1, close - at - 1)));
        if (value == values.end())
            return {};
        result += value->second;
        at = close + 1;
    }
    return result;
}

} // namespace slotscope::analyze
