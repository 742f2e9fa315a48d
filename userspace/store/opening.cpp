// SPDX-License-Identifier: MIT
// Opening a history, and what takes its place where it cannot be used.
#include "store/history.h"
#include "store/json_members.h"
#include "store/schema.h"
#include "store/set_aside.h"
#include "store/syncer.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>

namespace slotscope::store {
namespace {

constexpr const char* kFile = "history.sqlite";

// One agent for a directory: two would cut off each other's episodes.
Result<Fd> locked(const std::string& directory)
{
    Fd opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened)
        return system_error(directory, errno);
    if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? Error{"another slotscoped uses " + directory, EWOULDBLOCK}
                                    : system_error(directory, errno);
    return opened;
}

} // namespace

History::History(std::string directory, const Bounds& bounds)
    : directory_(std::move(directory))
    , bounds_(bounds)
{
}

// The last sync comes before the database is closed, which moves the log into it.
History::~History()
{
    syncer_.reset();
}

std::unique_ptr<History> History::open(const std::string& directory, const Bounds& bounds, TimePoint now)
{
    std::unique_ptr<History> history(new History(directory, bounds));
    if (auto lock = locked(directory)) {
        history->lock_ = std::move(*lock);
        history->open_or_replace(now);
    } else {
        history->go_on_in_memory(lock.error().message, "give each agent a directory of its own with --state, "
                                                       "which it may write to");
    }
    return history;
}

void History::open_or_replace(TimePoint now)
{
    file_ = (std::filesystem::path(directory_) / kFile).string();
    Opened opened = open_history_file(file_);
    if (opened.condition == Condition::broken) {
        const std::uint64_t next_id = next_id_of_damaged(file_);
        const auto moved = set_aside(file_, now);
        if (!moved)
            return go_on_in_memory(opened.why + "; " + moved.error().message,
                                   "move it away and restart the agent");
        damage_warning_ = "the history was damaged (" + opened.why + ") and is set aside as " + *moved +
                          "; a new one is begun, and numbers of episodes go on " +
                          (next_id > 1 ? "from " + std::to_string(next_id) : "from 1 again");
        next_id_ = std::max(next_id_, next_id);
        opened = open_history_file(file_);
    }
    if (opened.condition != Condition::usable)
        return go_on_in_memory(file_ + ": " + opened.why,
                               opened.condition == Condition::newer
                                   ? "it is left as it is: run the newer slotscoped, or move the file away"
                                   : "make it writable for the agent, with room on the disk, and restart it");
    database_ = std::move(opened.database);
    if (auto begun = begin(now); !begun)
        go_on_in_memory(file_ + ": " + begun.error().message,
                        "restart the agent when the disk can be written");
}

void History::go_on_in_memory(const std::string& why, const std::string& remedy)
{
    opening_warning_ = "the history is kept in memory only, and a restart loses it: " + why + "; " + remedy;
    syncer_.reset();
    file_.clear();
    bounds_.most_bytes = std::min(bounds_.most_bytes, kMostBytesInMemory);
    Opened opened = open_history_file(":memory:");
    if (opened.condition != Condition::usable)
        opening_warning_ =
            "no history is kept, not in memory either (" + opened.why + "): " + why + "; " + remedy;
    database_ = std::move(opened.database);
}

// What the last agent left: its numbers, and episodes that it did not see the end of.
Result<void> History::begin(TimePoint now)
{
    const auto next_id = database_.number("SELECT max((SELECT value FROM numbers WHERE name='next_id'), "
                                          "coalesce((SELECT max(id) + 1 FROM episodes), 1))");
    if (!next_id)
        return next_id.error();
    next_id_ = std::max(next_id_, static_cast<std::uint64_t>(std::max<std::int64_t>(*next_id, 1)));
    if (auto cut = database_.run("UPDATE episodes SET cut_off = 1, ended_ns = max(seen_ns, began_ns) "
                                 "WHERE ended_ns IS NULL");
        !cut)
        return cut;
    // Not trim(): the second thread begins with the first save, when the agent has given up its privileges.
    if (auto trimmed = delete_what_is_out_of_bounds(now, std::chrono::nanoseconds(0)); !trimmed)
        return trimmed;
    return database_.run("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)");
}

std::vector<std::string> History::warnings() const
{
    std::vector<std::string> warnings;
    for (const std::string& each : {opening_warning_, damage_warning_, write_warning_, unreadable_})
        if (!each.empty())
            warnings.push_back(each);
    if (syncer_ && syncer_->last_error() != 0)
        warnings.push_back(
            system_error("the history does not reach the disk, a power loss would take its newest part",
                         syncer_->last_error())
                .message);
    return warnings;
}

} // namespace slotscope::store
