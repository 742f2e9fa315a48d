// SPDX-License-Identifier: MIT
#include "store/encoding.h"

#include "store/json_members.h"

namespace slotscope::store {

// What a model value is made of, in one place for both ways: MEMBERS is a JsonWriter or a JsonReader.

template <typename Members>
static void visit(Members& members, Of<Members, Window>& window)
{
    members("begin_ns", window.begin);
    members("seconds", window.seconds);
    members("arrivals", window.arrivals);
    members("completions", window.completions);
    members("failures", window.failures);
    members("refusals", window.refusals);
    members("limit_hits", window.limit_hits);
    members("in_use", window.in_use);
    members("peak", window.peak);
    members("limit", window.limit);
    members("slot_seconds", window.slot_seconds);
    members("at_limit_seconds", window.at_limit_seconds);
    members("hold_mean_seconds", window.hold_mean_seconds);
    members("hold_p50_seconds", window.hold_p50_seconds);
    members("hold_p95_seconds", window.hold_p95_seconds);
}

template <typename Members>
static void visit(Members& members, Of<Members, Culprit>& culprit)
{
    members("process", culprit.process);
    members("call", culprit.call);
    members("state", culprit.state);
    members("share", culprit.share);
    members("oldest_seconds", culprit.oldest_seconds);
    members("waits_for_address", culprit.waits_for_address);
    members("waits_for_call", culprit.waits_for_call);
}

template <typename Members>
static void visit(Members& members, Of<Members, Dependency>& dependency)
{
    members("backend", dependency.backend);
    members("address", dependency.address);
    members("call", dependency.call);
    members("share", dependency.share);
    members("shared", dependency.shared);
}

template <typename Members>
static void visit(Members& members, Of<Members, Advice>& advice)
{
    members("product", advice.product);
    members("change", advice.change);
    members("reason", advice.reason);
}

template <typename Members>
static void visit(Members& members, Of<Members, Contribution>& contribution)
{
    members("cause", contribution.cause);
    members("score", contribution.score);
    members("because", contribution.because);
}

template <typename Members>
static void visit(Members& members, Of<Members, Verdict>& verdict)
{
    members("cause", verdict.cause);
    members("confidence", verdict.confidence);
    members("sentence", verdict.sentence);
    members("evidence", verdict.evidence);
    members("culprits", verdict.culprits);
    members("dependency", verdict.dependency);
    members("causes", verdict.causes);
    members("advice", verdict.advice);
    members("missing", verdict.missing);
}

template <typename Members>
static void visit(Members& members, Of<Members, Call>& call)
{
    members("state", call.state, CallState::answered);
    members("protocol", call.protocol, Protocol::http2);
    members("older", call.older);
    members("began_ns", call.began_ns);
    members("answered_ns", call.answered_ns);
    members("streams", call.streams);
}

template <typename Members>
static void visit(Members& members, Of<Members, Process>& process)
{
    members("pid", process.pid);
    members("tid", process.tid);
    members("name", process.name);
    members("unit", process.unit);
}

template <typename Members>
static void visit(Members& members, Of<Members, WaitsFor>& waits_for)
{
    members("backend", waits_for.backend);
    members("address", waits_for.address);
    members("call", waits_for.call);
    members("age_seconds", waits_for.age_seconds);
    members("process", waits_for.process);
    members("certain", waits_for.certain);
}

template <typename Members>
static void visit(Members& members, Of<Members, Holder>& holder)
{
    members("backend", holder.backend);
    members("direction", holder.direction, Direction::inbound);
    members("slot", holder.slot, SlotKind::calls);
    members("state", holder.state, ConnectionState::gone);
    members("call", holder.call);
    members("age_seconds", holder.age_seconds);
    members("call_age_seconds", holder.call_age_seconds);
    members("age_is_lower_bound", holder.age_is_lower_bound);
    members("accepted", holder.accepted);
    members("last_io", holder.last_io, LastIo::received);
    members("last_io_seconds", holder.last_io_seconds);
    members("bytes_sent", holder.bytes_sent);
    members("bytes_received", holder.bytes_received);
    members("local", holder.local);
    members("remote", holder.remote);
    members("process", holder.process);
    members("call_label", holder.call_label);
    members("waits_for", holder.waits_for);
}

std::string encode_verdict(const Verdict& verdict)
{
    return JsonWriter().write(verdict);
}

std::string encode_timeline(std::span<const Window> timeline)
{
    return JsonWriter().write(timeline);
}

std::string encode_holders(std::span<const Holder> holders)
{
    return JsonWriter().write(holders);
}

Result<Verdict> decode_verdict(std::string_view text)
{
    return JsonReader::read<Verdict>(text);
}

Result<std::vector<Window>> decode_timeline(std::string_view text)
{
    return JsonReader::read<std::vector<Window>>(text);
}

Result<std::vector<Holder>> decode_holders(std::string_view text)
{
    return JsonReader::read<std::vector<Holder>>(text);
}

} // namespace slotscope::store
