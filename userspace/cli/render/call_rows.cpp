// SPDX-License-Identifier: MIT
#include "cli/render/call_rows.h"

#include <algorithm>
#include <tuple>

namespace slotscope::cli {
namespace {

using Key = std::tuple<std::string, std::string, std::string, std::string>; // call, process, protocol, state
using Rows = std::map<Key, CallRow>;

std::string optional_text(const Field& object, const char* name)
{
    const auto value = object.find(name);
    return value ? value->text() : "";
}

std::string waits_for_text(const Field& share)
{
    const auto waits_for = share.find("waits_for");
    if (!waits_for)
        return "";
    const std::string call = optional_text(*waits_for, "call");
    return (waits_for->at("certain").flag() ? "" : "~") + waits_for->at("address").text() +
           (call.empty() ? "" : " " + call);
}

CallShare share_of(const Field& share)
{
    return {optional_text(share, "call"),
            optional_text(share, "process"),
            optional_text(share, "protocol"),
            share.at("state").text(),
            waits_for_text(share),
            share.at("slot_seconds").number(),
            share.at("oldest_seconds").number()};
}

void add(CallRow& row, const CallShare& share, double part)
{
    row.states[share.state] += share.slot_seconds;
    row.waits[share.waits_for] += share.slot_seconds;
    row.part += part;
    row.share.slot_seconds += share.slot_seconds;
    row.share.oldest = std::max(row.share.oldest, share.oldest);
}

CallRow& row_of(Rows& rows, const Field& backend, const CallShare& share)
{
    const auto [found, fresh] =
        rows.try_emplace({share.call, share.process, share.protocol, share.is_call() ? "" : share.state});
    CallRow& row = found->second;
    if (!fresh)
        return row;
    row.backend = backend.at("name").text();
    row.direction = backend.at("direction").text();
    row.sampled_seconds = backend.at("sampled_seconds").number();
    row.share = share;
    row.share.slot_seconds = 0;
    return row;
}

// Calls that are over: no look at the holders need have met one of them.
void add_counts(Rows& rows, const Field& backend)
{
    const auto by_call = backend.find("by_call");
    if (!by_call)
        return;
    const bool exact = backend.at("counted").at("exact").flag();
    for (const Field& field : by_call->elements()) {
        const std::uint64_t count = field.at("count").count();
        if (count == 0)
            continue;
        CallShare share;
        share.call = optional_text(field, "call");
        share.process = optional_text(field, "process");
        share.protocol = optional_text(field, "protocol");
        CallRow& row = row_of(rows, backend, share);
        row.count = count;
        row.exact = exact;
        row.mean = field.at("mean_seconds").number();
        row.p99 = field.at("p99_seconds").number();
    }
}

} // namespace

std::vector<CallRow> call_rows(const Field& backend)
{
    Rows rows;
    for (const Field& field : backend.at("shares").elements()) {
        const CallShare share = share_of(field);
        add(row_of(rows, backend, share), share, field.at("share").number());
    }
    add_counts(rows, backend);
    std::vector<CallRow> result;
    for (auto& [key, row] : rows)
        result.push_back(std::move(row));
    return result;
}

} // namespace slotscope::cli
