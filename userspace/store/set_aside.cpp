// SPDX-License-Identifier: MIT
#include "store/set_aside.h"

#include "store/database.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <vector>

namespace slotscope::store {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBesides[] = {"-wal", "-shm"};
constexpr const char* kMark = ".damaged-";

std::string stamp(std::chrono::system_clock::time_point now)
{
    const std::time_t time = std::chrono::system_clock::to_time_t(now);
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &parts)};
}

std::string free_name(const std::string& name)
{
    std::error_code ignored;
    std::string free = name;
    for (int number = 2; fs::exists(free, ignored); ++number)
        free = name + "-" + std::to_string(number);
    return free;
}

void remove_with_besides(const std::string& file)
{
    std::error_code ignored;
    fs::remove_all(file, ignored);
    for (const char* beside : kBesides)
        fs::remove(file + beside, ignored);
}

// Not NEWEST, whatever the clock says: it may be behind.
void remove_oldest(const std::string& file, const std::string& newest)
{
    std::vector<std::string> kept;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(fs::path(file).parent_path(), ignored)) {
        const std::string path = entry.path().string();
        if (path != newest && path.starts_with(file + kMark) && !path.ends_with("-wal") &&
            !path.ends_with("-shm"))
            kept.push_back(path);
    }
    std::sort(kept.begin(), kept.end()); // the time is in the name
    for (std::size_t index = 0; index + kMostSetAside - 1 < kept.size(); ++index)
        remove_with_besides(kept[index]);
}

} // namespace

Result<std::string> set_aside(const std::string& file, std::chrono::system_clock::time_point now)
{
    const std::string to = free_name(file + kMark + stamp(now));
    std::error_code error;
    // The log first: if it stayed alone behind, SQLite would take it for the new file's.
    for (const char* beside : kBesides)
        if (fs::exists(file + beside, error))
            fs::rename(file + beside, to + beside, error);
    fs::rename(file, to, error);
    if (error)
        return Error{"it cannot be renamed to " + to + ": " + error.message()};
    remove_oldest(file, to);
    return to;
}

std::uint64_t next_id_of_damaged(const std::string& file)
{
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored))
        return 0;
    const auto database = Database::open(file, Database::How::read_only);
    if (!database)
        return 0;
    std::int64_t next = 0;
    for (const char* sql :
         {"SELECT value FROM numbers WHERE name='next_id'", "SELECT max(id) + 1 FROM episodes"})
        if (const auto found = database->number(sql))
            next = std::max(next, *found);
    return static_cast<std::uint64_t>(next);
}

} // namespace slotscope::store
