// SPDX-License-Identifier: MIT
// What a database of PgBouncer may have of connections to its server.
#pragma once

#include "limits/pgbouncer/users.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slotscope::limits::pgbouncer {

// A pool is one for each user of a database; the database as a whole may have a limit too. How many users
// there are is told by `user=` of the database, or by auth_file; else there is a number only where the
// database has one.
struct DatabaseLimit {
    std::uint64_t slots = 0;
    Certainty certainty = Certainty::certain;
    std::string doubt;
    std::vector<std::string> arithmetic;
    LimitSetting setting;
};

class Pools {
  public:
    Pools(const Configuration& configuration, Reading& reading, Findings& findings);

    // Absent, and told, where there is no number.
    std::optional<DatabaseLimit> of_database(const std::string& name, const Setting& value);

  private:
    // Of a database, as it is written for it or for all.
    struct Sizes {
        std::uint32_t pool = 0; // 0: any number
        std::uint32_t reserve = 0;
        std::uint32_t whole = 0; // 0: any number
    };
    struct UserPools {
        std::uint64_t slots = 0;    // of all of them; 0: any number
        std::uint64_t smallest = 0; // where the first of them is full; 0: none is
        bool any_number = false;
        bool alike = true;               // each is as the database has it
        std::vector<std::string> unlike; // what users have of their own, a sentence each
        std::string doubt;
    };

    std::optional<std::uint32_t> size_of(const Words& words, const char* word, const char* global,
                                         std::uint32_t by_default, const Setting& value);
    std::optional<Sizes> sizes_of(const Words& words, const Setting& value);
    UserPools pools_of(const std::set<std::string>& users, const Sizes& sizes, bool forced);
    struct OwnSizes { // of a user in [users]
        std::optional<std::uint32_t> pool;
        std::optional<std::uint32_t> reserve;
        std::uint32_t most = 0; // in all databases together; 0: as for everybody
    };
    const OwnSizes& own_sizes_of(const std::string& user);
    void add_user(const std::string& user, const Sizes& sizes, bool forced, UserPools& into);
    // What a database without a forced user lets in; empty, and WHY says it, where that cannot be told.
    std::set<std::string> users_without_force(const Words& words, std::string& why);
    DatabaseLimit by_whole(const UserPools& pools, const Sizes& sizes, bool users_are_known) const;
    DatabaseLimit by_pools(const UserPools& pools, const Sizes& sizes, std::size_t users) const;
    const Users& users();

    const Configuration& configuration_;
    Reading& reading_;
    Findings& findings_;
    std::optional<Users> users_; // read when they are needed first
    std::map<std::string, OwnSizes> own_sizes_;
    std::uint32_t most_of_user_ = 0; // that is for everybody; 0: any number
    bool gives_reserve_ = true;
};

} // namespace slotscope::limits::pgbouncer
