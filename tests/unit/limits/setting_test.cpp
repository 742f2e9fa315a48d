// SPDX-License-Identifier: MIT
#include "limits/merge.h"
#include "sample.h"

#include <gtest/gtest.h>

namespace slotscope::limits {
namespace {

// "max_conns 8 x 3 = 24" of the limit at that address in a sample; "4 as written" without a setting.
std::string setting_of(const std::string& sample_name, const std::string& address)
{
    const Sample sample = parse_sample(std::string(TEST_DATA) + "/limits/" + sample_name + ".sample");
    const TemporaryDirectory root;
    write_files(sample, root);
    for (const Limit& limit : read_sample(sample, root).limits) {
        if (limit.addresses.empty() || to_string(limit.addresses[0]) != address)
            continue;
        const LimitSetting& setting = limit.origin.setting;
        const std::string slots = std::to_string(limit.slots);
        if (setting.slots_each == 0)
            return slots + " of several";
        return setting.name.empty() ? slots + " as written"
                                    : setting.name + " " + std::to_string(setting.value) + " x " +
                                          std::to_string(setting.slots_each).substr(0, 3) + " = " + slots;
    }
    return "no limit";
}

TEST(Setting, IsWhatNginxMultipliesByItsWorkers)
{
    EXPECT_EQ(setting_of("nginx/per-worker", "10.0.0.1:8080"), "max_conns 8 x 3.0 = 24");
    EXPECT_EQ(setting_of("nginx/worker-connections", "0.0.0.0:80"), "worker_connections 100 x 2.0 = 192");
}

TEST(Setting, IsTheDirectiveThatPgBouncersPoolsHaveInCommon)
{
    EXPECT_EQ(setting_of("pgbouncer/pools-by-default", "10.0.0.1:5432"), "default_pool_size 30 x 2.0 = 60");
    EXPECT_EQ(setting_of("pgbouncer/pools-by-default", "10.0.0.2:5432"),
              "pool_size of database alone 9 x 1.0 = 9");
    EXPECT_EQ(setting_of("pgbouncer/includes-and-default", "10.9.9.9:5432"),
              "max_db_connections 7 x 1.0 = 7");
    EXPECT_EQ(setting_of("pgbouncer/pools-of-databases", "10.0.0.1:5432"), "13 of several");
    EXPECT_EQ(setting_of("pgbouncer/pools-of-databases", "127.0.0.1:6432"),
              "max_client_conn 300 x 1.0 = 300");
}

TEST(Setting, OfApacheIsThePoolOfEachProcess)
{
    EXPECT_EQ(setting_of("apache/balancer", "10.0.0.1:8080"), "max= 5 x 1.0 = 5");
    EXPECT_EQ(setting_of("apache/balancer", "0.0.0.0:80"),
              "MaxRequestWorkers with ServerLimit (in steps of ThreadsPerChild, 50) 50 x 1.0 = 50");
}

TEST(Setting, OfLimitsThatAreAddedUpIsNotOneNumber)
{
    Limit one;
    one.name = "a";
    one.slots = 4;
    one.addresses = {Endpoint{*parse_address("10.0.0.1:80"), ""}};
    one.direction = Direction::outbound;
    one.origin.product = "haproxy";
    Limit other = one;
    other.name = "b";
    const auto merged = merge_limits({}, {one, other});
    ASSERT_EQ(merged.size(), 1U);
    EXPECT_EQ(merged[0].slots, 8U);
    EXPECT_EQ(merged[0].origin.setting.slots_each, 0);
}

} // namespace
} // namespace slotscope::limits
