// SPDX-License-Identifier: MIT
#include "analyze/advice_values.h"

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

// A time-out that no usual call meets and that frees slots soon: ten times what is usual, 1 s to 60 s.
double timeout_seconds(const Evidence& e)
{
    const double usual =
        e.baseline.known() ? e.baseline.hold_p95_seconds.value_or(e.baseline.hold_seconds) : 1;
    return std::clamp(std::ceil(10 * usual), 1.0, 60.0);
}

void set_numbers(AdviceValues& values, const Evidence& e)
{
    const Sizing size = sizing(e);
    if (!size.arithmetic.empty()) // else nothing is known of what would be needed
        values["arithmetic"] = size.arithmetic;
    const double needed =
        std::max(size.slots, static_cast<double>(e.limit) + 1); // what is full is not enough
    values["needed"] = std::to_string(whole(needed));
    values["needed_headroom"] = std::to_string(whole(1.2 * needed));
    values["pool"] = std::to_string(
        whole(std::max(2.0, e.unit == Unit::calls ? size.slots : slots_needed(peak_arrivals(e), 0.1))));
    values["connections"] = std::to_string(whole(std::max(1024.0, 4 * needed)));
    const auto timeout = static_cast<std::uint64_t>(timeout_seconds(e));
    values["timeout"] = std::to_string(timeout) + "s";
    values["timeout_of_worker"] = std::to_string(std::max<std::uint64_t>(timeout, 10)) + "s";
    values["timeout_seconds"] = std::to_string(timeout);
    values["timeout_ms"] = std::to_string(timeout * 1000);
    const std::string until = time_to_fill(e, 2 * static_cast<double>(std::max<std::uint64_t>(e.limit, 1)));
    values["fills"] = until.empty() ? "" : ": " + until;
    values["limit"] = std::to_string(e.limit);
    values["oldest"] = words::duration(e.tally.oldest_seconds());
    values["hold_words"] =
        "now " + words::duration(e.hold_during()) +
        (e.baseline.known() ? ", usually " + words::duration(e.baseline.hold_seconds) : "");
}

void set_shares(AdviceValues& values, const Evidence& e)
{
    values["idle"] = words::percent(e.tally.share(Doing::idle));
    if (e.uploads())
        values["uploading"] = words::percent(e.tally.share(Doing::uploading));
    if (e.threads.file_locked != 0)
        values["file_locked"] = words::counted(e.threads.file_locked, "worker");
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
    if (verdict.dependency) {
        values["dependency"] = verdict.dependency->address;
        values["dependency_call"] = verdict.dependency->call.empty() ? "" : ": " + verdict.dependency->call;
        values["waits"] = words::percent(verdict.dependency->share);
    }
}

} // namespace

AdviceValues advice_values(const Evidence& evidence, const Verdict& verdict)
{
    AdviceValues values;
    set_numbers(values, evidence);
    set_shares(values, evidence);
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
