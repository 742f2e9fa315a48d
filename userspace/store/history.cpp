// SPDX-License-Identifier: MIT
#include "store/history.h"

#include "base/clock.h"
#include "store/encoding.h"
#include "store/json_members.h"
#include "store/schema.h"
#include "store/syncer.h"

#include <functional>
#include <limits>

namespace slotscope::store {
namespace {

// What an episode takes besides its texts: its row, and a page that is not full for each text.
constexpr std::uint64_t kRowBytes = 16'384;

constexpr std::string_view kInsert =
    "INSERT INTO episodes VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET "
    "backend=excluded.backend, address=excluded.address, direction=excluded.direction, kind=excluded.kind, "
    "slot_limit=excluded.slot_limit, limit_source=excluded.limit_source, began_ns=excluded.began_ns, "
    "ended_ns=excluded.ended_ns, seen_ns=excluded.seen_ns, cut_off=excluded.cut_off, peak=excluded.peak, "
    "limit_hits=excluded.limit_hits, refusals=excluded.refusals, slot_seconds=excluded.slot_seconds, "
    "at_limit_seconds=excluded.at_limit_seconds, linked_to=excluded.linked_to, "
    "holders_total=excluded.holders_total, verdict=excluded.verdict";
constexpr std::string_view kColumns = "SELECT id, backend, address, direction, kind, slot_limit, "
                                      "limit_source, began_ns, ended_ns, seen_ns, cut_off, "
                                      "peak, limit_hits, refusals, slot_seconds, at_limit_seconds, "
                                      "linked_to, holders_total, verdict FROM episodes ";

// Counters here stay far below 2^63.
std::int64_t stored(std::uint64_t count)
{
    return static_cast<std::int64_t>(
        std::min<std::uint64_t>(count, std::numeric_limits<std::int64_t>::max()));
}

Result<Episode> episode_of(const Statement& row)
{
    Episode episode;
    int column = 0;
    episode.id = row.count(column++);
    episode.backend = row.text(column++);
    episode.address = row.text(column++);
    episode.direction = row.text(column++) == "inbound" ? Direction::inbound : Direction::outbound;
    episode.kind = row.text(column++) == "calls" ? SlotKind::calls : SlotKind::connections;
    episode.limit = row.count(column++);
    episode.limit_source = row.text(column++);
    episode.began = time_point_of(row.integer(column++));
    if (!row.is_null(column))
        episode.ended = time_point_of(row.integer(column));
    column += 2; // what it was seen at is for the next agent only
    episode.cut_off = row.integer(column++) != 0;
    episode.peak = row.count(column++);
    episode.limit_hits = row.count(column++);
    episode.refusals = row.count(column++);
    episode.slot_seconds = row.real(column++);
    episode.at_limit_seconds = row.real(column++);
    episode.linked_to = row.count(column++);
    episode.holders_total = row.count(column++);
    auto verdict = decode_verdict(row.text(column));
    if (!verdict)
        return Error{"the verdict of episode " + std::to_string(episode.id) + " cannot be read"};
    episode.verdict = std::move(*verdict);
    return episode;
}

} // namespace

std::uint64_t History::next_id()
{
    const std::uint64_t id = next_id_++;
    auto statement = database_.prepare("UPDATE numbers SET value = ? WHERE name = 'next_id'");
    // Where it cannot be written, the episode cannot either, and its save says so.
    if (statement)
        (void)statement->bind(stored(next_id_)).run();
    return id;
}

Result<void> History::save(const Episode& episode, TimePoint now)
{
    return noted(write(episode, now), now);
}

Result<void> History::write(const Episode& episode, TimePoint now)
{
    const std::string verdict = encode_verdict(episode.verdict);
    const std::string timeline = encode_timeline(episode.timeline);
    const std::string holders = encode_holders(episode.holders);
    auto transaction = Transaction::begin(database_);
    if (!transaction)
        return transaction.error();
    const auto room = make_room(kRowBytes + verdict.size() + timeline.size() + holders.size());
    if (!room)
        return room.error();
    auto insert = database_.prepare(kInsert);
    if (!insert)
        return insert.error();
    const std::optional<std::int64_t> ended =
        episode.ended ? std::optional(nanoseconds_of(*episode.ended)) : std::nullopt;
    insert->bind(stored(episode.id)).bind(episode.backend).bind(episode.address);
    insert->bind(to_string(episode.direction)).bind(to_string(episode.kind));
    insert->bind(stored(episode.limit)).bind(episode.limit_source);
    insert->bind(nanoseconds_of(episode.began)).bind(ended).bind(nanoseconds_of(now));
    insert->bind(std::int64_t{episode.cut_off}).bind(stored(episode.peak)).bind(stored(episode.limit_hits));
    insert->bind(stored(episode.refusals)).bind(episode.slot_seconds).bind(episode.at_limit_seconds);
    insert->bind(stored(episode.linked_to)).bind(stored(episode.holders_total)).bind(verdict);
    if (auto inserted = insert->run(); !inserted)
        return inserted;
    if (*room)
        if (auto detailed = write_details(episode, timeline, holders); !detailed)
            return detailed;
    return transaction->commit();
}

// The holders of the hit stay what they are while verdict and timeline change with every save.
Result<void> History::write_details(const Episode& episode, const std::string& timeline,
                                    const std::string& holders)
{
    const auto put = [&](std::string_view sql, const std::string& text) -> Result<void> {
        auto statement = database_.prepare(sql);
        return statement ? statement->bind(stored(episode.id)).bind(text).run() : statement.error();
    };
    if (auto written = put("INSERT OR REPLACE INTO timelines VALUES(?, ?)", timeline); !written)
        return written;
    const std::size_t hash = std::hash<std::string>()(holders);
    const auto saved = saved_holders_.find(episode.id);
    if (saved == saved_holders_.end() || saved->second != hash)
        if (auto written = put("INSERT OR REPLACE INTO holders VALUES(?, ?)", holders); !written)
            return written;
    if (episode.ended)
        saved_holders_.erase(episode.id);
    else
        saved_holders_[episode.id] = hash;
    return {};
}

Result<std::vector<Episode>> History::list(const EpisodeQuery& query) const
{
    constexpr auto kEarliest = std::numeric_limits<std::int64_t>::min();
    constexpr auto kLatest = std::numeric_limits<std::int64_t>::max();
    auto statement = database_.prepare(
        std::string(kColumns) + "WHERE (?1 = '' OR backend = ?1 OR address = ?1) AND began_ns < ?2 AND "
                                "(ended_ns IS NULL OR ended_ns >= ?3) ORDER BY id DESC LIMIT ?4");
    if (!statement)
        return statement.error();
    statement->bind(query.backend)
        .bind(query.until ? nanoseconds_of(*query.until) : kLatest)
        .bind(query.since ? nanoseconds_of(*query.since) : kEarliest)
        .bind(stored(query.count));
    std::vector<Episode> episodes;
    for (;;) {
        const auto row = statement->step();
        if (!row)
            return row.error();
        if (!*row)
            return episodes;
        auto episode = episode_of(*statement);
        if (episode)
            episodes.push_back(std::move(*episode));
        else // one that is damaged does not hide the others
            unreadable_ = "the history is not whole: " + episode.error().message;
    }
}

Result<std::optional<Episode>> History::find(std::uint64_t id) const
{
    auto statement = database_.prepare(std::string(kColumns) + "WHERE id = ?");
    if (!statement)
        return statement.error();
    const auto row = statement->bind(stored(id)).step();
    if (!row)
        return row.error();
    if (!*row)
        return std::optional<Episode>();
    auto episode = episode_of(*statement);
    if (!episode)
        return episode.error();
    if (auto details = read_details(*episode); !details)
        return details.error();
    return std::optional<Episode>(std::move(*episode));
}

// Absent ones had no room.
Result<void> History::read_details(Episode& episode) const
{
    const auto text_of = [&](const std::string& table) {
        return database_.text("SELECT text FROM " + table + " WHERE id = " + std::to_string(episode.id));
    };
    const auto timeline = text_of("timelines");
    const auto holders = text_of("holders");
    if (!timeline || !holders)
        return timeline ? holders.error() : timeline.error();
    auto windows = decode_timeline(timeline->empty() ? "[]" : *timeline);
    auto held = decode_holders(holders->empty() ? "[]" : *holders);
    if (!windows || !held)
        return Error{"the timeline or the holders of episode " + std::to_string(episode.id) +
                     " cannot be read"};
    episode.timeline = std::move(*windows);
    episode.holders = std::move(*held);
    return {};
}

// What is degraded from now on, or no more.
Result<void> History::noted(Result<void> result, TimePoint now)
{
    if (result) {
        write_warning_.clear();
        if (!in_memory()) {
            if (!syncer_)
                syncer_ = std::make_unique<Syncer>(file_);
            syncer_->wanted();
        }
        return result;
    }
    saved_holders_.clear(); // what was just written may have been taken back
    if (means_damage(result.error()) && !in_memory()) {
        syncer_.reset();
        database_ = Database();
        open_or_replace(now);
    } else {
        write_warning_ = "the history cannot be written since " + rfc3339(now) + ": " +
                         result.error().message + "; look at the room on the disk of " + directory_;
    }
    return result;
}

} // namespace slotscope::store
