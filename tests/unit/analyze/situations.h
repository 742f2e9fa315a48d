// SPDX-License-Identifier: MIT
// Evidence as it looks in incidents: each is a healthy backend at its limit to which one thing is done.
#pragma once

#include "analyze/evidence.h"

#include <string>
#include <vector>

namespace slotscope::analyze::test {

struct HolderIs {
    CallState call = CallState::waiting;
    double age_seconds = 0.1;
    ConnectionState state = ConnectionState::established;
    std::string label = "GET /item/{id}";
    std::optional<bool> accepted = std::nullopt;
    std::string waits_for = {}; // "127.0.0.1:5432"
    std::uint32_t pid = 100;
    double last_io_seconds = 0;
    std::optional<double> wait_seconds = {}; // the age of the wait; absent: all the time
};

inline Holder holder(const HolderIs& is)
{
    Holder holder;
    holder.backend = "app";
    holder.state = is.state;
    holder.call.state = is.call;
    holder.call.protocol = Protocol::http1;
    holder.age_seconds = is.age_seconds;
    holder.accepted = is.accepted;
    holder.call_label = is.label;
    holder.last_io = LastIo::sent;
    holder.last_io_seconds = is.last_io_seconds;
    holder.bytes_sent = 100;
    holder.process = Process{is.pid, is.pid, "haproxy", ""};
    if (!is.waits_for.empty()) {
        WaitsFor next;
        next.backend = "db";
        next.address = *parse_address(is.waits_for);
        next.call = "SELECT … FROM orders";
        next.age_seconds = is.wait_seconds.value_or(is.age_seconds);
        holder.waits_for = next;
    }
    return holder;
}

// `count` such holders, in each of `samples` looks half a second apart.
inline void held(Evidence& evidence, std::size_t count, const HolderIs& is, int samples = 4)
{
    const std::vector<Holder> holders(count, holder(is));
    evidence.tally = {};
    for (int i = 0; i < samples; ++i)
        evidence.tally.add(holders, count, 0.5);
}

inline void held(Evidence& evidence, const std::vector<HolderIs>& all, int samples = 4)
{
    std::vector<Holder> holders;
    for (const HolderIs& each : all)
        holders.push_back(holder(each));
    evidence.tally = {};
    for (int i = 0; i < samples; ++i)
        evidence.tally.add(holders, holders.size(), 0.5);
}

// 20 calls a second of 100 ms before: 2 of 8 slots.
inline Evidence at_limit()
{
    Evidence e;
    e.backend = "app";
    e.address = "127.0.0.1:8081";
    e.kind = SlotKind::calls;
    e.limit = e.in_use = e.peak = 8;
    e.unit = Unit::calls;
    e.lasted_seconds = 5;
    e.baseline.from = Baseline::From::minutes_before;
    e.baseline.seconds = 60;
    e.baseline.arrivals_per_second = e.baseline.completions_per_second = 20;
    e.baseline.hold_seconds = 0.1;
    e.baseline.hold_p95_seconds = 0.15;
    e.baseline.in_use = e.baseline.slots_in_use = 2;
    e.long_completions = 10;
    e.long_hold_seconds = 0.3;
    held(e, 8, {});
    return e;
}

// What moves during it: so many a second, each so long.
inline void flow(Evidence& e, double arrivals, double completions, double hold_seconds, double in_use = 8)
{
    for (Rates* rates : {&e.during, &e.lately}) {
        rates->seconds = 5;
        rates->arrivals_per_second = rates->peak_arrivals_per_second = arrivals;
        rates->completions_per_second = completions;
        rates->arrivals = static_cast<std::uint64_t>(arrivals * 5);
        rates->completions = static_cast<std::uint64_t>(completions * 5);
        rates->hold_seconds = hold_seconds;
        rates->in_use = rates->slots_in_use = in_use;
    }
}

// 80 a second, as long as ever.
inline Evidence surge()
{
    Evidence e = at_limit();
    flow(e, 80, 78, 0.1);
    return e;
}

// As many as ever, 1.5 s each: 5.3 a second get through.
inline Evidence slow()
{
    Evidence e = at_limit();
    flow(e, 5.5, 5.3, 1.5);
    held(e, 8, {.age_seconds = 0.8});
    return e;
}

} // namespace slotscope::analyze::test
