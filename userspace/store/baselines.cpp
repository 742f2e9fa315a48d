// SPDX-License-Identifier: MIT
// What is usual for each backend, over restarts.
#include "store/history.h"
#include "store/json_members.h"

namespace slotscope::store {
namespace {

constexpr std::string_view kPut = "INSERT OR REPLACE INTO baselines VALUES(?,?,?,?,?,?,?,?,?,?,?,?)";
constexpr std::string_view kAll =
    "SELECT backend, direction, unit, updated_ns, observed_seconds, arrivals_per_second, "
    "completions_per_second, "
    "in_use, slots_in_use, hold_mean_seconds, hold_p95_seconds, accept_wait_seconds FROM baselines "
    "ORDER BY backend, direction";

BackendBaseline baseline_of(const Statement& row)
{
    const auto optional = [&](int column) {
        return row.is_null(column) ? std::nullopt : std::optional(row.real(column));
    };
    BackendBaseline baseline;
    baseline.backend = row.text(0);
    baseline.direction = row.text(1) == "inbound" ? Direction::inbound : Direction::outbound;
    baseline.unit = row.text(2) == "calls" ? SlotKind::calls : SlotKind::connections;
    baseline.updated = time_point_of(row.integer(3));
    baseline.observed_seconds = row.real(4);
    baseline.arrivals_per_second = row.real(5);
    baseline.completions_per_second = row.real(6);
    baseline.in_use = row.real(7);
    baseline.connections_in_use = row.real(8);
    baseline.hold_mean_seconds = optional(9);
    baseline.hold_p95_seconds = optional(10);
    baseline.accept_wait_seconds = optional(11);
    return baseline;
}

} // namespace

Result<void> History::save_baselines(std::span<const BackendBaseline> baselines, TimePoint now)
{
    return noted(write_baselines(baselines), now);
}

Result<void> History::write_baselines(std::span<const BackendBaseline> baselines)
{
    auto transaction = Transaction::begin(database_);
    if (!transaction)
        return transaction.error();
    for (const BackendBaseline& each : baselines) {
        auto put = database_.prepare(kPut);
        if (!put)
            return put.error();
        put->bind(each.backend).bind(to_string(each.direction)).bind(to_string(each.unit));
        put->bind(nanoseconds_of(each.updated)).bind(each.observed_seconds);
        put->bind(each.arrivals_per_second).bind(each.completions_per_second);
        put->bind(each.in_use).bind(each.connections_in_use);
        put->bind(each.hold_mean_seconds).bind(each.hold_p95_seconds).bind(each.accept_wait_seconds);
        if (auto written = put->run(); !written)
            return written;
    }
    // Backends come and go under ever new addresses.
    if (auto bounded =
            database_.run("DELETE FROM baselines WHERE (backend, direction) IN (SELECT backend, direction "
                          "FROM baselines ORDER BY updated_ns DESC LIMIT -1 OFFSET " +
                          std::to_string(kMostBaselines) + ")");
        !bounded)
        return bounded;
    return transaction->commit();
}

Result<std::vector<BackendBaseline>> History::baselines() const
{
    auto statement = database_.prepare(kAll);
    if (!statement)
        return statement.error();
    std::vector<BackendBaseline> baselines;
    for (;;) {
        const auto row = statement->step();
        if (!row)
            return row.error();
        if (!*row)
            return baselines;
        baselines.push_back(baseline_of(*statement));
    }
}

} // namespace slotscope::store
