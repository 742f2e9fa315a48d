// SPDX-License-Identifier: MIT
// Keeping a history within its bounds.
#include "store/history.h"
#include "store/json_members.h"

namespace slotscope::store {
namespace {

constexpr int kMostDeletedAtOnce = 100; // to make room for one episode: a save stays short

// The row and what hangs on it.
Result<void> remove(Database& database, const std::string& which)
{
    const std::string these = " WHERE id IN (SELECT id FROM episodes WHERE " + which + ")";
    for (const char* table : {"timelines", "holders", "episodes"})
        if (auto removed = database.run("DELETE FROM " + std::string(table) + these); !removed)
            return removed;
    return {};
}

Result<std::uint64_t> used_bytes(const Database& database)
{
    std::int64_t numbers[3] = {};
    const char* const pragmas[] = {"PRAGMA page_count", "PRAGMA freelist_count", "PRAGMA page_size"};
    for (int index = 0; index < 3; ++index) {
        const auto read = database.number(pragmas[index]);
        if (!read)
            return read.error();
        numbers[index] = *read;
    }
    return static_cast<std::uint64_t>((numbers[0] - numbers[1]) * numbers[2]);
}

} // namespace

std::uint64_t History::size_bytes() const
{
    const auto used = used_bytes(*database_);
    return used ? *used : 0;
}

// False: there is none that has ended.
Result<bool> History::delete_oldest()
{
    const auto oldest =
        database_->number("SELECT id FROM episodes WHERE ended_ns IS NOT NULL ORDER BY ended_ns, id LIMIT 1");
    if (!oldest)
        return oldest.error();
    if (*oldest == 0)
        return false;
    if (auto removed = remove(*database_, "id = " + std::to_string(*oldest)); !removed)
        return removed.error();
    return true;
}

// Within a transaction. False: there is not so much room, even without those that have ended.
Result<bool> History::make_room(std::uint64_t bytes)
{
    for (int deleted = 0; deleted <= kMostDeletedAtOnce; ++deleted) {
        const auto used = used_bytes(*database_);
        if (!used)
            return used.error();
        if (*used + bytes <= bounds_.most_bytes)
            return true;
        if (const auto more = delete_oldest(); !more || !*more)
            return more;
    }
    return false;
}

Result<void> History::trim(TimePoint now)
{
    return noted(delete_what_is_out_of_bounds(now), now);
}

Result<void> History::delete_what_is_out_of_bounds(TimePoint now)
{
    auto transaction = Transaction::begin(*database_);
    if (!transaction)
        return transaction.error();
    const std::int64_t oldest_ns = nanoseconds_of(now - bounds_.longest);
    if (auto removed = remove(*database_, "ended_ns < " + std::to_string(oldest_ns)); !removed)
        return removed;
    // More than one only where the bound is lower than the last agent's.
    for (std::uint64_t used = size_bytes(); used > bounds_.most_bytes; used = size_bytes()) {
        const auto more = delete_oldest();
        if (!more)
            return more.error();
        if (!*more)
            break;
    }
    return transaction->commit();
}

} // namespace slotscope::store
