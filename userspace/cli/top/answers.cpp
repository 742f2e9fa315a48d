// SPDX-License-Identifier: MIT
#include "cli/top/answers.h"

#include "cli/text/units.h"

#include <slotscope/api/contract.h>

#include <algorithm>

namespace slotscope::cli::top {

namespace {

std::string text_or_empty(const Field& object, const char* name)
{
    const auto found = object.find(name);
    return found ? found->text() : "";
}

std::string state_of(const HolderRow& row, const std::string& call_state)
{
    if (row.waits_for_accept)
        return "not accepted";
    if (row.state == "peer_closed")
        return "peer closed";
    if (!call_state.empty() && row.state != "established" && row.state != "connecting")
        return row.state; // a call's own
    const std::string ago = row.last_io_ago ? " " + duration_text(*row.last_io_ago) : "";
    if (row.state == "established" && row.last_io == "sent")
        return (row.direction == "outbound" ? "no reply" : "sent") + ago;
    if (row.state == "established" && row.last_io == "received")
        return "read" + ago;
    return row.state;
}

std::string waits_for_of(const Field& holder)
{
    const auto waits = holder.find("waits_for");
    if (!waits)
        return {};
    std::string text = text_or_empty(*waits, "backend");
    const std::string address = text_or_empty(*waits, "address");
    if (text.empty() || text == address)
        text = address;
    else
        text += " " + address;
    const std::string call = text_or_empty(*waits, "call");
    text += call.empty() ? "" : ": " + call;
    if (const auto age = waits->find("age_seconds"))
        text += " for " + duration_text(age->number());
    return text;
}

HolderLine holder_line(HolderRow row, const Field& holder)
{
    HolderLine line;
    const auto slot = holder.find("slot");
    const bool is_call = slot && slot->text() == "call";
    line.state = state_of(row, is_call ? row.state : "");
    line.call = text_or_empty(holder, "call");
    line.waits_for = waits_for_of(holder);
    line.row = std::move(row);
    return line;
}

} // namespace

std::string identity(const BackendRow& row)
{
    return row.name + '\0' + row.direction + '\0' + row.network_namespace + '\0' + row.address;
}

Result<Backends> read_backends(const Json& answer)
{
    return reading([&] { return Backends{backend_rows(answer), miscounts_text(answer)}; });
}

Result<Holders> read_holders(const Json& answer)
{
    return reading([&] {
        Holders holders;
        const Field document(answer);
        holders.total = document.at("total").count();
        static_cast<void>(document.at("holders").elements()); // it is an array
        // One by one, since holder_rows() sorts them away from what else is said of each.
        for (const Json& holder : answer["holders"]) {
            Json one;
            one["holders"].push_back(holder);
            holders.lines.push_back(holder_line(holder_rows(one).front(), Field(holder)));
        }
        std::stable_sort(holders.lines.begin(), holders.lines.end(),
                         [](const HolderLine& a, const HolderLine& b) { return a.row.age > b.row.age; });
        return holders;
    });
}

Result<std::string> read_verdict(const Json& answer)
{
    return reading([&]() -> std::string {
        const auto verdicts = Field(answer).at("verdicts").elements();
        if (verdicts.empty())
            return "";
        const std::string sentence = verdicts.front().at("sentence").text();
        const std::string cause = text_or_empty(verdicts.front(), "cause");
        const std::string ended = text_or_empty(verdicts.front(), "ended");
        return (ended.empty() ? "" : "(over since " + ended + ") ") + (cause.empty() ? "" : cause + ": ") +
               sentence;
    });
}

} // namespace slotscope::cli::top
