// SPDX-License-Identifier: MIT
#include "enrich/cpu_quota.h"

#include "temporary_directory.h"

#include <gtest/gtest.h>

namespace slotscope::enrich {
namespace {

constexpr const char* kVersionTwo =
    "22 1 0:20 / /proc rw,nosuid - proc proc rw\n"
    "35 24 0:30 / /sys/fs/cgroup rw,nosuid,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr const char* kVersionOne =
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "33 31 0:31 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

TEST(CpuHierarchies, AreThoseThatLimitProcessors)
{
    const auto one = cpu_hierarchies(kVersionOne);
    ASSERT_EQ(one.size(), 2U);
    EXPECT_EQ(one[0].version, CgroupVersion::one);
    EXPECT_EQ(one[0].mount, "/sys/fs/cgroup/cpu,cpuacct");
    EXPECT_EQ(one[1].version, CgroupVersion::two);
    const auto two = cpu_hierarchies(kVersionTwo);
    ASSERT_EQ(two.size(), 1U);
    EXPECT_EQ(two[0].root, "/");
    EXPECT_EQ(two[0].mount, "/sys/fs/cgroup");
    EXPECT_TRUE(cpu_hierarchies("").empty());
    EXPECT_TRUE(cpu_hierarchies("1 2 - \n - cgroup2\n\n").size() <= 1);
}

TEST(CpuGroup, IsThatOfVersionOneWhereCpuIsThere)
{
    EXPECT_EQ(cpu_group("4:memory:/m\n3:cpu,cpuacct:/app\n0::/unified\n"),
              std::pair(CgroupVersion::one, std::string("/app")));
    EXPECT_EQ(cpu_group("4:cpuset:/m\n0::/kubepods/pod:1\n"),
              std::pair(CgroupVersion::two, std::string("/kubepods/pod:1")));
    EXPECT_EQ(cpu_group("4:memory:/m\n"), std::nullopt);
    EXPECT_EQ(cpu_group(""), std::nullopt);
}

TEST(CpuLimit, IsQuotaByPeriod)
{
    EXPECT_EQ(cpu_limit("20000 100000\n"), std::pair(0.2, 0.1));
    EXPECT_EQ(cpu_limit("max 100000\n"), std::nullopt);
    EXPECT_EQ(cpu_limit("20000"), std::nullopt);
    EXPECT_EQ(cpu_limit("20000 0\n"), std::nullopt);
    EXPECT_EQ(cpu_limit(""), std::nullopt);
    EXPECT_EQ(cpu_limit("50000\n", "20000\n"), std::pair(2.5, 0.02));
    EXPECT_EQ(cpu_limit("-1\n", "100000\n"), std::nullopt);
}

class QuotasOfProcesses : public ::testing::Test {
  protected:
    // A file of the hierarchy as the process VIEW sees it.
    void file(const std::string& name, const std::string& text, const std::string& view = "self")
    {
        proc_.write(view + "/root/sys/fs/cgroup" + name, text);
    }
    void in_group(std::uint32_t pid, const std::string& path)
    {
        proc_.write(std::to_string(pid) + "/cgroup", "0::" + path + "\n");
    }

    TemporaryDirectory proc_;
    CpuQuotaReader reader_{proc_ / ""};
};

// The limit may be the pod's, around that of a container which has none.
TEST_F(QuotasOfProcesses, AreThoseOfTheirGroupsAndOfAllAround)
{
    proc_.write("self/mountinfo", kVersionTwo);
    in_group(7, "/kubepods.slice/pod1/app");
    in_group(8, "/kubepods.slice/pod1/side");
    file("/cpu.stat", "nr_throttled 77\n");
    file("/kubepods.slice/cpu.max", "max 100000\n");
    file("/kubepods.slice/pod1/cpu.max", "150000 100000\n");
    file("/kubepods.slice/pod1/cpu.stat",
         "usage_usec 9\nnr_periods 40\nnr_throttled 3\nthrottled_usec 2500\n");
    file("/kubepods.slice/pod1/app/cpu.max", "50000 100000\n");
    file("/kubepods.slice/pod1/app/cpu.stat", "nr_periods 40\nnr_throttled 12\nthrottled_usec 1500000\n");
    file("/kubepods.slice/pod1/side/cpu.max", "max 100000\n");
    const std::vector<CpuQuota> expected{{"/kubepods.slice/pod1/app", 0.5, 0.1, 12, 1.5},
                                         {"/kubepods.slice/pod1", 1.5, 0.1, 3, 0.0025}};
    EXPECT_EQ(reader_.look({7, 8}), expected);
    EXPECT_TRUE(reader_.look({9}).empty()) << "a process that has gone";
    EXPECT_TRUE(reader_.look({}).empty());
}

TEST_F(QuotasOfProcesses, AreReadOfVersionOneToo)
{
    proc_.write("self/mountinfo", kVersionOne);
    proc_.write("7/cgroup", "3:cpu,cpuacct:/app\n0::/\n");
    file("/cpu,cpuacct/app/cpu.cfs_quota_us", "10000\n");
    file("/cpu,cpuacct/app/cpu.cfs_period_us", "50000\n");
    file("/cpu,cpuacct/app/cpu.stat", "nr_periods 9\nnr_throttled 8\nthrottled_time 250000000\n");
    const std::vector<CpuQuota> expected{{"/app", 0.2, 0.05, 8, 0.25}};
    EXPECT_EQ(reader_.look({7}), expected);
}

// Paths are told as seen from the reader's own group; what is outside of it, process 1 sees.
TEST_F(QuotasOfProcesses, AreFoundFromWithinAContainer)
{
    proc_.write("self/mountinfo", kVersionTwo);
    proc_.write("1/mountinfo", "35 24 0:30 /../../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    in_group(7, "/../../../kubepods/app");
    file("/kubepods/app/cpu.max", "50000 100000\n", "1");
    file("/kubepods/app/cpu.stat", "nr_throttled 4\nthrottled_usec 1000000\n", "1");
    const std::vector<CpuQuota> expected{{"/kubepods/app", 0.5, 0.1, 4, 1}};
    EXPECT_EQ(reader_.look({7}), expected);
    in_group(7, "/../other"); // whose that is, nobody can tell
    EXPECT_TRUE(reader_.look({7}).empty());
}

TEST_F(QuotasOfProcesses, AreBoundedHoweverDeepTheGroupsAre)
{
    proc_.write("self/mountinfo", kVersionTwo);
    std::string path;
    for (int depth = 0; depth < 100; ++depth) {
        path += "/a";
        file(path + "/cpu.max", "50000 100000\n");
    }
    in_group(7, path);
    EXPECT_EQ(reader_.look({7}).size(), CpuQuotaReader::kMostGroups);
}

} // namespace
} // namespace slotscope::enrich
