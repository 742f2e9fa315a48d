// SPDX-License-Identifier: MIT
#include "store/schema.h"

#include <filesystem>
#include <sqlite3.h>

namespace slotscope::store {
namespace {

// "slot": what file(1) and SQLite know the file by.
constexpr std::int64_t kApplication = 0x736c6f74;

// Times are nanoseconds since 1970. What is only ever read as a whole is JSON (encoding.h); what is large and
// not wanted by lists has tables of its own.
constexpr const char* kTables = R"(
CREATE TABLE episodes(
  id INTEGER PRIMARY KEY, backend TEXT NOT NULL, address TEXT NOT NULL, direction TEXT NOT NULL, kind TEXT NOT NULL,
  slot_limit INTEGER NOT NULL, limit_source TEXT NOT NULL, began_ns INTEGER NOT NULL, ended_ns INTEGER,
  seen_ns INTEGER NOT NULL, cut_off INTEGER NOT NULL, peak INTEGER NOT NULL, limit_hits INTEGER NOT NULL,
  refusals INTEGER NOT NULL, slot_seconds REAL NOT NULL, at_limit_seconds REAL NOT NULL, linked_to INTEGER NOT NULL,
  holders_total INTEGER NOT NULL, verdict TEXT NOT NULL);
CREATE INDEX episodes_by_begin ON episodes(began_ns);
CREATE INDEX episodes_by_end ON episodes(ended_ns);
CREATE TABLE timelines(id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE holders(id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE numbers(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO numbers VALUES('next_id', 1);
CREATE TABLE baselines(
  backend TEXT NOT NULL, direction TEXT NOT NULL, unit TEXT NOT NULL, updated_ns INTEGER NOT NULL,
  observed_seconds REAL NOT NULL, arrivals_per_second REAL NOT NULL, completions_per_second REAL NOT NULL,
  in_use REAL NOT NULL, slots_in_use REAL NOT NULL, hold_mean_seconds REAL, hold_p95_seconds REAL,
  accept_wait_seconds REAL, PRIMARY KEY(backend, direction)) WITHOUT ROWID;
)";

// A table that lost a column is found now, not in the middle of an incident.
constexpr const char* kEveryColumn[] = {
    "SELECT id, backend, address, direction, kind, slot_limit, limit_source, began_ns, ended_ns, seen_ns, "
    "cut_off, peak, "
    "limit_hits, refusals, slot_seconds, at_limit_seconds, linked_to, holders_total, verdict FROM episodes "
    "LIMIT 1",
    "SELECT id, text FROM timelines LIMIT 1",
    "SELECT id, text FROM holders LIMIT 1",
    "SELECT name, value FROM numbers LIMIT 1",
    "SELECT backend, direction, unit, updated_ns, observed_seconds, arrivals_per_second, "
    "completions_per_second, "
    "in_use, slots_in_use, hold_mean_seconds, hold_p95_seconds, accept_wait_seconds FROM baselines LIMIT 1",
};

Opened refused(Condition condition, std::string why)
{
    return {Database(), condition, std::move(why)};
}

Opened refused(const Error& error)
{
    return refused(means_damage(error) ? Condition::broken : Condition::no_access, error.message);
}

// NORMAL: a commit is a write to the log, which outlives the process; Syncer brings it to the disk.
// Checkpoints are Syncer's, too, so that nobody waits for one.
Result<void> set_up(Database& database)
{
    return database.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0;"
                        "PRAGMA cache_size=-2048; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;"
                        "PRAGMA cell_size_check=ON");
}

Result<void> create(Database& database)
{
    auto transaction = Transaction::begin(database);
    if (!transaction)
        return transaction.error();
    const std::string head = "PRAGMA application_id=" + std::to_string(kApplication) +
                             "; PRAGMA user_version=" + std::to_string(kSchemaVersion) + ";";
    if (auto made = database.run(head + kTables); !made)
        return made.error();
    return transaction->commit();
}

Opened checked(Database database)
{
    const auto verdict = database.text("PRAGMA quick_check(1)");
    if (!verdict)
        return refused(verdict.error());
    if (*verdict != "ok")
        return refused(Condition::broken, *verdict);
    for (const char* sql : kEveryColumn) {
        const auto read = database.number(sql);
        if (!read && read.error().code == SQLITE_ERROR)
            return refused(Condition::broken, read.error().message);
        if (!read)
            return refused(read.error());
    }
    return {std::move(database), Condition::usable, {}};
}

// Before anything is written: whose file it is.
Opened recognised(Database database)
{
    const auto tables = database.number("SELECT count(*) FROM sqlite_master");
    if (!tables)
        return refused(tables.error());
    const auto application = database.number("PRAGMA application_id");
    const auto version = database.number("PRAGMA user_version");
    if (!application || !version)
        return refused(application ? version.error() : application.error());
    if (*tables == 0) // before the tables are: a database's pages move only once they are there
        (void)database.run("PRAGMA auto_vacuum=INCREMENTAL");
    else if (*application != kApplication)
        return refused(Condition::broken, "it is no history of slotscope's");
    else if (*version > kSchemaVersion)
        return refused(Condition::newer, "its schema is " + std::to_string(*version) +
                                             ", this slotscope knows " + std::to_string(kSchemaVersion));
    if (auto set = set_up(database); !set)
        return refused(set.error());
    if (*tables == 0)
        if (auto made = create(database); !made)
            return refused(made.error());
    return checked(std::move(database));
}

} // namespace

bool means_damage(const Error& error)
{
    return error.code == SQLITE_CORRUPT || error.code == SQLITE_NOTADB;
}

Opened open_history_file(const std::string& path)
{
    std::error_code ignored; // to open a FIFO is to wait for whoever writes to it
    const auto status = std::filesystem::status(path, ignored);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
        return refused(Condition::broken, "it is not a regular file");
    auto database = Database::open(path);
    if (!database)
        return refused(database.error());
    return recognised(std::move(*database));
}

} // namespace slotscope::store
