// SPDX-License-Identifier: MIT
#include "daemon/recount.h"

namespace slotscope::daemon {
namespace {

std::uint64_t load(const __u64& counter)
{
    return __atomic_load_n(&counter, __ATOMIC_ACQUIRE);
}

void add(__u64& counter, std::uint64_t amount)
{
    __atomic_fetch_add(&counter, amount, __ATOMIC_RELEASE);
}

std::uint64_t calls_in_flight(const ss_connection& record)
{
    if (record.http2 != 0)
        return record.http2_streams;
    return record.call_state == SS_CALL_NONE || record.call_state == SS_CALL_ANSWERED ? 0 : 1;
}

} // namespace

Recounter::Counted Recounter::counted(const ss_backend& record)
{
    Counted result{load(record.opened), load(record.closed), load(record.in_use),
                   load(record.calls_in_flight),
                   load(record.calls_entered_sum_ns) + load(record.calls_left_sum_ns)};
    for (const __u64& failed : record.failed)
        result.ended += load(failed);
    return result;
}

std::vector<Recounter::Difference> Recounter::count_records(std::size_t backends) const
{
    std::vector<Difference> found(backends);
    for (const ss_bucket& bucket : session_.connections())
        for (std::size_t way = 0; way < SS_WAYS; ++way) {
            const std::uint64_t cookie = load(bucket.cookie[way]);
            const ss_connection& record = bucket.way[way];
            if (cookie == 0 || cookie == ~std::uint64_t{0} || record.state == SS_CONNECTION_LISTENING ||
                record.backend >= backends)
                continue;
            ++found[record.backend].open;
            found[record.backend].in_use += (record.flags & SS_CONNECTION_HOLDS) != 0;
            found[record.backend].calls += static_cast<std::int64_t>(calls_in_flight(record));
        }
    return found;
}

// The sums get the same amount at the same moment, so that slot-seconds neither jump nor drift.
void Recounter::correct(ss_backend& record, const Difference& difference, std::uint64_t now_ns)
{
    add(session_.control().untracked, static_cast<std::uint64_t>(difference.untracked));
    const auto in_use = static_cast<std::uint64_t>(difference.in_use); // may wrap: all of this is modulo 2^64
    add(record.entered_sum_ns, in_use * now_ns);
    add(record.in_use, in_use);
    if (difference.open > 0)
        add(record.opened, static_cast<std::uint64_t>(difference.open));
    else
        add(record.closed, static_cast<std::uint64_t>(-difference.open));
    const auto calls = static_cast<std::uint64_t>(difference.calls);
    add(record.calls_entered_sum_ns, calls * now_ns);
    add(record.calls_in_flight, calls);
    if (difference.calls < 0) // they have started: nobody knows how they ended
        add(record.call_outcomes[SS_CALL_UNKNOWN], -calls);
}

void Recounter::walk_begins()
{
    ss_control& control = session_.control();
    __atomic_store_n(&control.met_untracked, 0, __ATOMIC_RELEASE);
    other_before_ = counted(session_.backends()[SS_BACKEND_OTHER]);
    untracked_before_ = load(control.untracked);
}

bool Recounter::corrects(std::size_t index, const Counted& before, Difference& difference,
                         std::uint64_t now_ns)
{
    ss_backend& record = session_.backends()[index];
    difference.open -= static_cast<std::int64_t>(before.opened - before.ended);
    difference.in_use -= static_cast<std::int64_t>(before.in_use);
    difference.calls -= static_cast<std::int64_t>(before.calls);
    if (counted(record) != before)
        difference = {};
    if (difference == Difference{} || difference != last_[index])
        return false;
    correct(record, difference, now_ns);
    difference = {};
    return true;
}

// Besides connections whose backend found no room it counts those without a record. Of these the number is
// kept as well: were it too high for good, no connection that is missed would ever be taken up again.
bool Recounter::corrects_other(Difference& difference, std::uint64_t now_ns)
{
    const ss_control& control = session_.control();
    const std::uint64_t met = load(control.met_untracked);
    if (load(control.untracked) != untracked_before_) {
        difference = {};
        return false;
    }
    difference.open += static_cast<std::int64_t>(met);
    difference.in_use += static_cast<std::int64_t>(met);
    difference.untracked = static_cast<std::int64_t>(met - untracked_before_);
    return corrects(SS_BACKEND_OTHER, other_before_, difference, now_ns);
}

std::uint64_t Recounter::recount(std::uint64_t now_ns, bool walked_everywhere)
{
    const std::span<ss_backend> backends = session_.backends();
    std::vector<Counted> before(backends.size());
    for (std::size_t index = 0; index < backends.size(); ++index)
        before[index] = counted(backends[index]);
    std::vector<Difference> differences = count_records(backends.size());

    std::uint64_t corrected = 0;
    last_.resize(backends.size());
    for (std::size_t index = SS_BACKEND_OTHER + 1; index < backends.size(); ++index) {
        if (load(backends[index].created_ns) == 0)
            differences[index] = {};
        else
            corrected += corrects(index, before[index], differences[index], now_ns);
    }
    if (walked_everywhere)
        corrected += corrects_other(differences[SS_BACKEND_OTHER], now_ns);
    else
        differences[SS_BACKEND_OTHER] = {};
    add(session_.control().repairs[SS_REPAIR_RECOUNTED], corrected);
    last_ = std::move(differences);
    return corrected;
}

} // namespace slotscope::daemon
