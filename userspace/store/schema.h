// SPDX-License-Identifier: MIT
// The tables of the history, and how its file is opened.
#pragma once

#include "store/database.h"

#include <string>

namespace slotscope::store {

// Of the tables below; the file says its own as SQLite's user_version. One that is higher is of a newer
// slotscope.
inline constexpr std::int64_t kSchemaVersion = 1;

enum class Condition {
    usable,
    broken,   // set it aside: it is damaged, or no history of ours
    newer,    // leave it alone
    no_access // it (or a new one) cannot be read or written: leave it alone
};

struct Opened {
    Database database; // only of a usable one
    Condition condition = Condition::usable;
    std::string why; // not of a usable one
};

// Opens PATH (made where it is not there; ":memory:" too), sets it up and looks whether it is whole.
Opened open_history_file(const std::string& path);

// Whether an Error that came while it was in use means that the file is damaged.
bool means_damage(const Error& error);

} // namespace slotscope::store
