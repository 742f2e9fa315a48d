// SPDX-License-Identifier: MIT
// A PostgreSQL cluster of a test's own, and what its clients say.
#pragma once

#include "base/fd.h"

#include <chrono>
#include <string>
#include <sys/types.h>

namespace slotscope::products {

inline constexpr const char* kPostgresPrograms = "/usr/lib/postgresql/15/bin/";

// Makes a cluster in DATA as USER (not root) and runs SQL in it, a statement a line; throws with what the
// programs said.
void make_cluster(const std::string& data, uid_t user, const std::string& sql);

// A startup message of protocol 3.0 for the database "postgres".
std::string startup_message(const std::string& user);

// A simple query.
std::string query_message(const std::string& sql);

// Reads until the server waits for a query; what it said, with "FATAL" in it where it did not let the client
// in. Empty: it said nothing for `quiet`.
std::string until_ready(const Fd& fd, std::chrono::milliseconds quiet);

} // namespace slotscope::products
