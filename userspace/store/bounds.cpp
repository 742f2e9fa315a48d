// SPDX-License-Identifier: MIT
// Keeping a history within its bounds.
#include "base/growth.h"
#include "store/history.h"
#include "store/json_members.h"

#include <algorithm>
#include <limits>

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
    const auto used = used_bytes(database_);
    return used ? *used : 0;
}

// By its number: by the clock, what was saved while that was behind would go first. False: there is none that
// has ended.
Result<bool> History::delete_oldest()
{
    const auto oldest =
        database_.number("SELECT id FROM episodes WHERE ended_ns IS NOT NULL ORDER BY id LIMIT 1");
    if (!oldest)
        return oldest.error();
    if (*oldest == 0)
        return false;
    if (auto removed = remove(database_, "id = " + std::to_string(*oldest)); !removed)
        return removed.error();
    return true;
}

// Within a transaction. False: there is not so much room, even without those that have ended.
Result<bool> History::make_room(std::uint64_t bytes)
{
    for (int deleted = 0; deleted <= kMostDeletedAtOnce; ++deleted) {
        const auto used = used_bytes(database_);
        if (!used)
            return used.error();
        if (*used + bytes <= bounds_.most_bytes)
            return true;
        if (const auto more = delete_oldest(); !more || !*more)
            return more;
    }
    return false;
}

Result<void> History::trim(TimePoint now, std::uint64_t now_ns)
{
    const std::chrono::nanoseconds passed(trimmed_ns_ == 0 ? 0 : grown(trimmed_ns_, now_ns));
    trimmed_ns_ = now_ns;
    return noted(delete_what_is_out_of_bounds(now, passed), now);
}

// An episode with a higher number is not older than one with a lower: what says that it is was saved while
// the clock was behind.
std::string History::too_old(TimePoint now) const
{
    const std::string oldest_ns = std::to_string(nanoseconds_of(now - bounds_.longest));
    return "ended_ns < " + oldest_ns +
           " AND id < coalesce((SELECT min(id) FROM episodes WHERE ended_ns BETWEEN " + oldest_ns + " AND " +
           std::to_string(nanoseconds_of(now)) + "), " +
           std::to_string(std::numeric_limits<std::int64_t>::max()) + ")";
}

// How far the clock is believed now. While there is nothing to lose, that is as it is; of a history that was
// never told, the newest row says where its clock was.
Result<TimePoint> History::believe(TimePoint now, std::chrono::nanoseconds passed)
{
    const auto newest = database_.number("SELECT max(seen_ns) FROM episodes"); // 0: there is none
    const auto stored = database_.number("SELECT value FROM numbers WHERE name = 'believed_ns'"); // likewise
    if (!newest || !stored)
        return newest ? stored.error() : newest.error();
    TimePoint believed = now;
    if (*newest != 0) {
        believed = *stored != 0 ? time_point_of(*stored) : std::min(now, time_point_of(*newest));
        if (now > believed)
            believed += std::min<std::chrono::nanoseconds>(now - believed, kBelievedAtMost * passed);
    }
    auto put = database_.prepare("INSERT OR REPLACE INTO numbers VALUES('believed_ns', ?)");
    if (!put)
        return put.error();
    if (auto written = put->bind(nanoseconds_of(believed)).run(); !written)
        return written.error();
    return believed;
}

Result<void> History::delete_what_is_out_of_bounds(TimePoint now, std::chrono::nanoseconds passed)
{
    auto transaction = Transaction::begin(database_);
    if (!transaction)
        return transaction.error();
    const auto believed = believe(now, passed);
    if (!believed)
        return believed.error();
    if (auto removed = remove(database_, too_old(std::min(*believed, now))); !removed)
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
