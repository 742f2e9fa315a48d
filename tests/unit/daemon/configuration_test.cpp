// SPDX-License-Identifier: MIT
#include "daemon/configuration.h"

#include "limits/explicit/limit_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::daemon {
namespace {

using ::testing::ElementsAre;

Limit limit(const std::string& text)
{
    return limits::parse_limit_spec(text, "test").value();
}

TEST(Configuration, HasRightDefaults)
{
    const Configuration defaults;
    EXPECT_TRUE(check_socket(defaults.socket).ok());
    EXPECT_TRUE(check_metrics(defaults.metrics).ok());
    EXPECT_TRUE(check_state(defaults.state).ok());
    EXPECT_TRUE(check_log_level(defaults.log_level).ok());
    EXPECT_EQ(rounded_connections(defaults.max_connections), defaults.max_connections);
}

TEST(Configuration, RoundsTheConnectionTableUpToAPowerOfTwo)
{
    EXPECT_EQ(rounded_connections(1024), 1024U);
    EXPECT_EQ(rounded_connections(1025), 2048U);
    EXPECT_EQ(rounded_connections(300000), 524288U);
    EXPECT_EQ(rounded_connections(16777216), 16777216U);
}

TEST(Configuration, RejectsASocketPathThatTheKernelCannotTake)
{
    EXPECT_FALSE(check_socket("").ok());
    EXPECT_TRUE(check_socket("/" + std::string(106, 'x')).ok());
    EXPECT_FALSE(check_socket("/" + std::string(107, 'x')).ok());
    EXPECT_FALSE(check_socket(std::string("/run/a\0b", 8)).ok());
}

TEST(Configuration, TakesMetricsOffOrAnAddress)
{
    for (const char* right : {"off", "127.0.0.1:10048", "[::1]:9100", "0.0.0.0:9100"})
        EXPECT_TRUE(check_metrics(right).ok()) << right;
    for (const char* wrong : {"", "on", "127.0.0.1", "localhost:80", "127.0.0.1:0", "unix:/run/x", "OFF"})
        EXPECT_FALSE(check_metrics(wrong).ok()) << wrong;
}

TEST(OverrideLimits, ReplacesTheFilesLimitOfThatName)
{
    EXPECT_THAT(
        override_limits({limit("a=10.0.0.1:80:8"), limit("b=10.0.0.2:80:8")}, {limit("a=10.0.0.3:80:5")}),
        ElementsAre(limit("b=10.0.0.2:80:8"), limit("a=10.0.0.3:80:5")));
}

TEST(OverrideLimits, LeavesTheOtherDirectionAsTheFileHasIt)
{
    EXPECT_THAT(override_limits({limit("a=10.0.0.1:80:8")}, {limit("a=10.0.0.1:80:5/inbound")}),
                ElementsAre(limit("a=10.0.0.1:80:8/outbound"), limit("a=10.0.0.1:80:5/inbound")));
    EXPECT_THAT(override_limits({limit("a=10.0.0.1:80:8/outbound")}, {limit("a=10.0.0.1:80:5/inbound")}),
                ElementsAre(limit("a=10.0.0.1:80:8/outbound"), limit("a=10.0.0.1:80:5/inbound")));
}

TEST(OverrideLimits, LeavesNothingWhereBothDirectionsAreGiven)
{
    EXPECT_THAT(override_limits({limit("a=10.0.0.1:80:8")},
                                {limit("a=10.0.0.1:80:5/inbound"), limit("a=10.0.0.1:80:6/outbound")}),
                ElementsAre(limit("a=10.0.0.1:80:5/inbound"), limit("a=10.0.0.1:80:6/outbound")));
}

} // namespace
} // namespace slotscope::daemon
