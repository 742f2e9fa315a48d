// SPDX-License-Identifier: MIT
#include "cli/render/rows.h"

#include <slotscope/api/contract.h>

#include <algorithm>
#include <tuple>

namespace slotscope::cli {

namespace {

void read_slots(const Field& slots, BackendRow& row)
{
    row.in_use = slots.at("in_use").count();
    if (const auto limit = slots.find("limit"))
        row.limit = limit->count();
    if (const auto source = slots.find("limit_source"))
        row.limit_is_learned = source->text() == api::kLearnedSource;
    row.peak = slots.at("peak").count();
    row.limit_hits = slots.at("limit_hits").count();
    row.time_at_limit = slots.at("time_at_limit_seconds").number();
    if (const auto at_limit = slots.find("at_limit"))
        row.at_limit = at_limit->flag();
}

// Fuller first; exact, where a division would make neighbours equal.
bool fuller(const BackendRow& a, const BackendRow& b)
{
    if (a.limit.has_value() != b.limit.has_value())
        return a.limit.has_value();
    if (a.limit && b.limit) {
        const auto left = static_cast<long double>(a.in_use) * static_cast<long double>(*b.limit);
        const auto right = static_cast<long double>(b.in_use) * static_cast<long double>(*a.limit);
        if (left != right)
            return left > right;
    }
    if (a.in_use != b.in_use)
        return a.in_use > b.in_use;
    return std::tie(a.name, b.direction) < std::tie(b.name, a.direction); // outbound before inbound
}

std::string text_or_nothing(const Field& object, const char* name)
{
    const auto value = object.find(name);
    return value ? value->text() : "";
}

void read_call(const Field& holder, HolderRow& row)
{
    row.is_call = text_or_nothing(holder, "slot") == "call";
    row.call_state = text_or_nothing(holder, "call_state");
    if (const auto age = holder.find("call_age_seconds"))
        row.call_age = age->number();
    if (const auto in_transaction = holder.find("in_transaction"))
        row.in_transaction = in_transaction->flag();
    row.protocol = text_or_nothing(holder, "protocol");
    row.call = text_or_nothing(holder, "call");
    if (const auto streams = holder.find("streams"))
        row.streams = streams->count();
    if (const auto waits_for = holder.find("waits_for")) {
        const std::string call = text_or_nothing(*waits_for, "call");
        row.waits_for = (waits_for->at("certain").flag() ? "" : "~") + waits_for->at("address").text() +
                        (call.empty() ? "" : " " + call);
    }
}

HolderRow holder_row(const Field& holder)
{
    HolderRow row;
    row.backend = holder.at("backend").text();
    row.direction = holder.at("direction").text();
    row.state = holder.at("state").text();
    row.age = holder.at("age_seconds").number();
    row.age_is_lower_bound = holder.at("age_is_lower_bound").flag();
    row.local = holder.at("local").text();
    row.remote = holder.at("remote").text();
    if (const auto process = holder.find("process")) {
        row.process_known = true;
        row.pid = process->at("pid").count();
        row.process = process->at("name").text();
    }
    row.bytes_sent = holder.at("bytes_sent").count();
    row.bytes_received = holder.at("bytes_received").count();
    if (const auto last_io = holder.find("last_io"))
        row.last_io = last_io->text();
    if (const auto ago = holder.find("last_io_seconds"))
        row.last_io_ago = ago->number();
    if (const auto accepted = holder.find("accepted"))
        row.waits_for_accept = !accepted->flag();
    read_call(holder, row);
    return row;
}

// "connections_full 12, ring_full 3"
std::string listed(const Field& losses)
{
    std::string text;
    for (const auto& [reason, count] : losses.members())
        text += (text.empty() ? "" : ", ") + reason + " " + std::to_string(count.count());
    return text;
}

// Of the last minutes; older agents tell those since their start only.
void read_holds(const Field& backend, BackendRow& row)
{
    const bool has_recent = backend.has("recent_hold_seconds");
    const auto hold = backend.find(has_recent ? "recent_hold_seconds" : "hold_seconds");
    if (!hold || (has_recent && hold->at("count").count() == 0))
        return;
    row.hold_p50 = hold->at("p50").number();
    row.hold_p99 = hold->at("p99").number();
}

} // namespace

BackendRow backend_row(const Field& backend)
{
    BackendRow row;
    row.name = backend.at("name").text();
    row.address = backend.at("address").text();
    row.direction = backend.at("direction").text();
    if (const auto members = backend.find("members"))
        row.more_addresses = std::max<std::size_t>(members->elements().size(), 1) - 1;
    if (const auto network_namespace = backend.find("namespace"))
        row.network_namespace = network_namespace->text();
    read_slots(backend.at("slots"), row);
    const Field connections = backend.at("connections");
    row.open = connections.at("open").count();
    for (const auto& [reason, count] : connections.at("failed").members())
        row.failed += count.count();
    row.arrivals_per_second = backend.at("arrivals_per_second").number();
    read_holds(backend, row);
    return row;
}

std::vector<BackendRow> backend_rows(const Json& answer)
{
    std::vector<BackendRow> rows;
    for (const Field& backend : Field(answer).at("backends").elements())
        rows.push_back(backend_row(backend));
    std::stable_sort(rows.begin(), rows.end(), fuller);
    return rows;
}

std::vector<HolderRow> holder_rows(const Json& answer)
{
    std::vector<HolderRow> rows;
    for (const Field& holder : Field(answer).at("holders").elements())
        rows.push_back(holder_row(holder));
    std::stable_sort(rows.begin(), rows.end(),
                     [](const HolderRow& a, const HolderRow& b) { return a.age > b.age; });
    return rows;
}

std::string short_direction(const std::string& direction)
{
    if (direction == "outbound")
        return "out";
    return direction == "inbound" ? "in" : direction;
}

std::string losses_text(const Json& answer)
{
    const Field document(answer);
    if (document.at("complete").flag())
        return {};
    const std::string text = listed(document.at("losses"));
    return text.empty() ? "no reason given" : text;
}

std::string miscounts_text(const Json& answer)
{
    const auto recent = Field(answer).find("losses_recent");
    return recent ? listed(*recent) : losses_text(answer);
}

} // namespace slotscope::cli
