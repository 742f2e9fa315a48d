// SPDX-License-Identifier: MIT
#include "cli/render/holder_table.h"

#include "cli/render/hints.h"
#include "cli/text/units.h"

#include <algorithm>

namespace slotscope::cli {

namespace {

// Columns from which on a table with calls has room …
constexpr std::size_t kRoomForClients = 100; // … for the clients of inbound ones
constexpr std::size_t kRoomForAll = 130;     // … for bytes and both ends

// What the state and the last send or receive say, as briefly as possible.
std::string state_hint(const HolderRow& row)
{
    if (row.waits_for_accept)
        return "not accepted";
    if (row.has_call())
        return row.call_state + (row.is_call || !row.call_age ? "" : " " + duration_text(*row.call_age));
    if (row.is_idle())
        return (row.in_transaction ? "idle in tx" : "idle") +
               (row.last_io_ago ? " " + duration_text(*row.last_io_ago) : std::string());
    if (row.state == "peer_closed")
        return "peer closed";
    if (row.state == "half_closed")
        return "half closed";
    if (row.state != "established")
        return row.state;
    const std::string ago = row.last_io_ago ? " " + duration_text(*row.last_io_ago) : "";
    if (row.last_io == "sent")
        return row.direction == "outbound" ? "no reply" + ago : "sent" + ago + (ago.empty() ? "" : " ago");
    if (row.last_io == "received")
        return "read" + ago + (ago.empty() ? "" : " ago");
    return row.bytes_sent + row.bytes_received == 0 ? "no data yet" : "established";
}

std::string process_text(const HolderRow& row)
{
    return row.process_known ? row.process + "[" + std::to_string(row.pid) + "]" : "-";
}

Colour colour_of(const HolderRow& row)
{
    return row.state == "peer_closed" || row.waits_for_accept ? Colour::yellow : Colour::plain;
}

// Of HTTP/2's streams on the connection the oldest is the one that is told.
std::string streams_text(const HolderRow& row)
{
    const std::string count = std::to_string(*row.streams);
    if (row.call.empty())
        return "HTTP/2, " + count + (*row.streams == 1 ? " stream" : " streams");
    return *row.streams == 1 ? row.call : row.call + ", oldest of " + count + " streams";
}

std::string call_text(const HolderRow& row)
{
    if (!row.has_call())
        return row.in_transaction && !row.call.empty() ? row.call : "-";
    if (row.streams)
        return streams_text(row);
    return row.call.empty() ? (row.protocol.empty() ? "-" : "(" + row.protocol + ")") : row.call;
}

// Which columns there are besides those that every table has.
struct Shape {
    bool backend = false;
    bool call = false;
    bool waits_for = false;
    bool bytes = true; // and the local end
    bool remote = true;
};

Shape shape_of(const std::vector<HolderRow>& rows, bool with_backend, std::size_t width)
{
    const auto any = [&](auto condition) { return std::any_of(rows.begin(), rows.end(), condition); };
    Shape shape;
    shape.backend = with_backend;
    shape.call = any([](const HolderRow& row) { return row.has_call() || row.in_transaction; });
    shape.waits_for = any([](const HolderRow& row) { return !row.waits_for.empty(); });
    shape.bytes = !shape.call || width >= kRoomForAll;
    // The remote end of an outbound connection is the backend; that of an inbound one is the client.
    const bool clients = any([](const HolderRow& row) { return row.direction == "inbound"; });
    shape.remote = shape.bytes || (clients && width >= kRoomForClients);
    return shape;
}

std::vector<Column> columns_of(const Shape& shape)
{
    std::vector<Column> columns = {{"AGE", Align::right, false, false, ""},
                                   {"STATE", Align::left, false, false, ""}};
    const auto left = [&](const char* title, bool shrinks) {
        columns.push_back({title, Align::left, shrinks, false, ""});
    };
    if (shape.backend) {
        left("BACKEND", true);
        left("DIR", false);
    }
    left("PROCESS", true);
    if (shape.call)
        left("CALL", true);
    if (shape.waits_for)
        left("WAITS FOR", true);
    if (shape.bytes) {
        columns.push_back({"SENT", Align::right, false, false, ""});
        columns.push_back({"RECEIVED", Align::right, false, false, "READ"});
        left("LOCAL", true);
    }
    if (shape.remote)
        left(shape.bytes ? "→ REMOTE" : "CLIENT", true);
    return columns;
}

std::vector<Cell> cells_of(const HolderRow& row, const Shape& shape)
{
    std::vector<Cell> cells = {{age_text(row.age, row.age_is_lower_bound), Colour::plain, ""},
                               {state_hint(row), colour_of(row), ""}};
    const auto add = [&](std::string text) { cells.push_back({std::move(text), Colour::plain, ""}); };
    if (shape.backend) {
        add(row.backend);
        add(short_direction(row.direction));
    }
    add(process_text(row));
    if (shape.call)
        add(call_text(row));
    if (shape.waits_for)
        add(row.waits_for.empty() ? "-" : row.waits_for);
    if (shape.bytes) {
        add(size_text(row.bytes_sent));
        add(size_text(row.bytes_received));
        add(row.local);
    }
    const bool is_client = row.direction == "inbound";
    if (shape.remote)
        add(is_client ? "← " + row.remote : shape.bytes ? "→ " + row.remote : "-");
    return cells;
}

} // namespace

std::string age_text(double seconds, bool lower_bound)
{
    return (lower_bound ? "≥" : "") + duration_text(seconds);
}

Unfolded unfold(const std::vector<HolderRow>& rows, bool all)
{
    Unfolded result;
    // One that is idle in a transaction is nobody else's to use.
    const auto folds = [](const HolderRow& row) {
        return row.is_idle() && !row.is_call && !row.in_transaction;
    };
    if (!all)
        for (const HolderRow& row : rows)
            if (folds(row))
                if (IdleOnes& idle = result.idle[{row.backend, row.direction}]; ++idle.count == 1)
                    idle.oldest = row;
    std::erase_if(result.idle, [](const auto& each) { return each.second.count < 2; });
    for (const HolderRow& row : rows)
        if (!folds(row) || !result.idle.contains({row.backend, row.direction}))
            result.rows.push_back(row);
    return result;
}

Table holder_table(const std::vector<HolderRow>& rows, std::size_t count, bool with_backend,
                   std::size_t width)
{
    const Shape shape = shape_of(rows, with_backend, width);
    Table table(columns_of(shape));
    for (std::size_t i = 0; i < std::min(count, rows.size()); ++i)
        table.add(cells_of(rows[i], shape));
    return table;
}

std::string idle_lines(const Unfolded& unfolded, bool with_backend, std::size_t width)
{
    std::string text;
    for (const auto& [backend, idle] : unfolded.idle)
        text +=
            paragraph((with_backend ? backend.first + " " + short_direction(backend.second) + ": " : "") +
                          counted(idle.count, "idle connection") + ", oldest " +
                          age_text(idle.oldest.age, idle.oldest.age_is_lower_bound) + "; --all lists them",
                      width, 2);
    return text;
}

} // namespace slotscope::cli
