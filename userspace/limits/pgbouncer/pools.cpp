// SPDX-License-Identifier: MIT
// objects.c, launch_new_connection: pool, then database, then user. A request to cancel may open twice the
// pool for a moment, which is left out.
#include "limits/pgbouncer/pools.h"

#include "limits/text.h"

#include <algorithm>

namespace slotscope::limits::pgbouncer {
namespace {

constexpr std::uint32_t kDefaultPoolSize = 20;
constexpr std::size_t kMostToldUsers = 8;

std::string pool_in_words(std::uint64_t pool, std::uint64_t reserve)
{
    return "a pool of " + std::to_string(pool) +
           (reserve > 0 ? " and " + std::to_string(reserve) + " in reserve" : "");
}

} // namespace

Pools::Pools(const Configuration& configuration, Reading& reading, Findings& findings)
    : configuration_(configuration)
    , reading_(reading)
    , findings_(findings)
    , most_of_user_(count_of(configuration.global, "max_user_connections", 0, findings).value_or(0))
{
    const std::string seconds = text_of(configuration.global, "reserve_pool_timeout");
    gives_reserve_ = seconds.empty() || seconds.find_first_of("123456789") != std::string::npos; // 0 is never
}

const Users& Pools::users()
{
    if (!users_)
        users_ = users_of(configuration_, reading_);
    return *users_;
}

std::optional<std::uint32_t> Pools::size_of(const Words& words, const char* word, const char* global,
                                            std::uint32_t by_default, const Setting& value)
{
    const auto found = words.find(word);
    if (found == words.end())
        return count_of(configuration_.global, global, by_default, findings_);
    const auto count = count_in(found->second);
    if (!count)
        not_understood(findings_, value.place, std::string(word) + "=" + found->second, "not a whole number");
    return count;
}

std::optional<Pools::Sizes> Pools::sizes_of(const Words& words, const Setting& value)
{
    const char* reserve_word = words.contains("reserve_pool") ? "reserve_pool" : "reserve_pool_size";
    const auto pool = size_of(words, "pool_size", "default_pool_size", kDefaultPoolSize, value);
    const auto reserve = size_of(words, reserve_word, "reserve_pool_size", 0, value);
    auto whole = size_of(words, "max_db_connections", "max_db_connections", 0, value);
    if (!pool || !reserve || !whole)
        return std::nullopt;
    if (*whole == 0) // that of all databases holds
        whole = count_of(configuration_.global, "max_db_connections", 0, findings_);
    return Sizes{*pool, gives_reserve_ ? *reserve : 0, whole.value_or(0)};
}

const Pools::OwnSizes& Pools::own_sizes_of(const std::string& user)
{
    const auto [found, is_new] = own_sizes_.try_emplace(user);
    const auto settings = configuration_.users.find(user);
    if (!is_new || settings == configuration_.users.end())
        return found->second;
    const Words words = words_of_connection(settings->second.text);
    const auto size = [&](const char* word) -> std::optional<std::uint32_t> {
        const auto own = words.find(word);
        return own == words.end() ? std::nullopt : count_in(own->second);
    };
    found->second = {size("pool_size"), size("reserve_pool_size"), size("max_user_connections").value_or(0)};
    return found->second;
}

void Pools::add_user(const std::string& user, const Sizes& sizes, bool forced, UserPools& into)
{
    const OwnSizes& own = own_sizes_of(user);
    const std::uint32_t pool = own.pool.value_or(sizes.pool);
    const std::uint32_t reserve = gives_reserve_ ? own.reserve.value_or(sizes.reserve) : 0;
    const std::uint32_t most = own.most > 0 ? own.most : most_of_user_;
    const std::uint64_t whole_pool = pool == 0 ? 0 : std::uint64_t{pool} + reserve;
    const bool cut = most > 0 && (whole_pool == 0 || most < whole_pool);
    const std::uint64_t slots = cut ? most : whole_pool;
    const std::uint64_t first_full = cut && (pool == 0 || most < pool) ? most : pool;
    const bool tells = into.unlike.size() < kMostToldUsers;
    if (tells && (pool != sizes.pool || reserve != sizes.reserve))
        into.unlike.push_back("user " + user + " has " + pool_in_words(pool, reserve));
    if (tells && cut)
        into.unlike.push_back("user " + user + " may have " + std::to_string(most) +
                              " of all databases together (max_user_connections)");
    if (cut && forced && own.most > 0)
        into.doubt = "before PgBouncer 1.23, [users] does not hold for the user of a database";
    into.alike = into.alike && !cut && pool == sizes.pool && reserve == sizes.reserve;
    into.any_number = into.any_number || slots == 0;
    into.slots = into.any_number ? 0 : into.slots + slots;
    if (first_full > 0)
        into.smallest = into.smallest == 0 ? first_full : std::min(into.smallest, first_full);
}

Pools::UserPools Pools::pools_of(const std::set<std::string>& users, const Sizes& sizes, bool forced)
{
    UserPools pools;
    for (const std::string& user : users)
        add_user(user, sizes, forced, pools);
    return pools;
}

DatabaseLimit Pools::by_pools(const UserPools& pools, const Sizes& sizes, std::size_t users) const
{
    DatabaseLimit limit;
    limit.slots = pools.slots;
    limit.arithmetic.push_back(
        pool_in_words(sizes.pool, sizes.reserve) +
        (users == 1 ? " for its one user" : " for each of " + std::to_string(users) + " users"));
    limit.arithmetic.insert(limit.arithmetic.end(), pools.unlike.begin(), pools.unlike.end());
    if (pools.slots != pools.smallest) {
        limit.certainty = Certainty::at_most;
        limit.arithmetic.push_back(users == 1 ? "what is in reserve is for those that have waited for "
                                                "reserve_pool_timeout"
                                              : "a user's clients wait where that user's pool is full");
    }
    if (!pools.doubt.empty()) {
        limit.certainty = Certainty::unsure;
        limit.doubt = pools.doubt;
    }
    if (pools.alike)
        limit.setting = {"pool_size", sizes.pool, static_cast<double>(users)};
    else
        limit.setting = {"", 0, 0};
    return limit;
}

DatabaseLimit Pools::by_whole(const UserPools& pools, const Sizes& sizes, bool users_are_known) const
{
    DatabaseLimit limit;
    limit.slots = sizes.whole;
    limit.arithmetic.push_back("max_db_connections " + std::to_string(sizes.whole));
    const std::uint64_t first_full = users_are_known ? pools.smallest : sizes.pool; // 0: any number
    const bool may_differ = !users_are_known && !configuration_.users.empty();
    if (may_differ || (first_full > 0 && sizes.whole > first_full)) {
        limit.certainty = Certainty::at_most;
        limit.arithmetic.push_back("a user's clients wait where that user's pool is full" +
                                   (may_differ ? "" : ": of " + std::to_string(first_full)));
    }
    return limit;
}

std::set<std::string> Pools::users_without_force(const Words& words, std::string& why)
{
    why = words.contains("auth_user") ? "auth_user looks them up in the database" : users().unknown;
    return why.empty() ? users().names : std::set<std::string>{};
}

std::optional<DatabaseLimit> Pools::of_database(const std::string& name, const Setting& value)
{
    const Words words = words_of_connection(value.text);
    const auto sizes = sizes_of(words, value);
    if (!sizes)
        return std::nullopt;
    std::string unknown;
    const auto forced = words.find("user");
    const bool one_user = forced != words.end();
    const auto names = one_user ? std::set{forced->second} : users_without_force(words, unknown);
    const UserPools pools = pools_of(names, *sizes, one_user);
    const auto written = [&](const char* word, const char* otherwise) {
        return words.contains(word) ? std::string(word) + " of database " + name : std::string(otherwise);
    };
    if (sizes->whole > 0 && (pools.slots == 0 || sizes->whole <= pools.slots)) {
        DatabaseLimit limit = by_whole(pools, *sizes, unknown.empty());
        limit.setting = {written("max_db_connections", "max_db_connections"), sizes->whole};
        return limit;
    }
    if (pools.slots == 0) {
        const std::string what = name + " (pool of " + std::to_string(sizes->pool) + ")";
        not_understood(findings_, value.place, what,
                       unknown.empty()
                           ? "a pool of 0 has no limit"
                           : "a pool is one for each user, and how many users there are cannot be "
                             "read (" +
                                 unknown + "); set max_db_connections, or give the limit to slotscope");
        return std::nullopt;
    }
    DatabaseLimit limit = by_pools(pools, *sizes, names.size());
    if (!one_user)
        limit.arithmetic.front() += " of " + users().where;
    if (!limit.setting.name.empty())
        limit.setting.name = written("pool_size", "default_pool_size");
    if (words.contains("auth_user") || !text_of(configuration_.global, "auth_user").empty()) {
        limit.certainty = Certainty::unsure;
        limit.doubt = "auth_user has connections of its own beside those of the pool";
    }
    return limit;
}

} // namespace slotscope::limits::pgbouncer
