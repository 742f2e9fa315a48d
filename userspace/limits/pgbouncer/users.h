// SPDX-License-Identifier: MIT
// Who may log in to PgBouncer: each of them has a pool of their own in each database.
#pragma once

#include "limits/pgbouncer/configuration.h"

#include <set>
#include <string>

namespace slotscope::limits::pgbouncer {

struct Users {
    std::set<std::string> names;
    std::string where;   // "auth_file /etc/pgbouncer/userlist.txt"
    std::string unknown; // why the names cannot be told; empty: these are all
};

// Those of auth_file, where nobody else is let in. Their passwords are passed over.
Users users_of(const Configuration& configuration, Reading& reading);

} // namespace slotscope::limits::pgbouncer
