// SPDX-License-Identifier: MIT
#include "enrich/process.h"

#include "base/clock.h"
#include "temporary_directory.h"

#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace slotscope::enrich {
namespace {

std::string stat_line(std::uint32_t pid, const std::string& name, std::uint64_t started)
{
    return std::to_string(pid) + " (" + name + ") S 1 1 1 0 -1 4194304 100 0 0 0 0 0 0 0 20 0 1 0 " +
           std::to_string(started) + " 3133440 409 18446744073709551615\n";
}

// A /proc of the test's own.
class FakeProc : public ::testing::Test {
  protected:
    void run(std::uint32_t pid, const std::string& name, std::uint64_t started,
             const std::string& group = "/system.slice/app.service")
    {
        const std::string directory = std::to_string(pid) + "/";
        proc_.write(directory + "stat", stat_line(pid, name, started));
        proc_.write(directory + "cgroup", "0::" + group + "\n");
    }
    void end(std::uint32_t pid) { std::filesystem::remove_all(proc_ / std::to_string(pid)); }

    TemporaryDirectory proc_;
    Processes processes_{proc_ / "", 8};
};

TEST(ParseProcessStat, FindsTheNameWhateverItHolds)
{
    for (const std::string name : {"haproxy", "a b", "a) S 1 (b", "))((", "tab\tand\nline", "\xff\xfe"}) {
        const ProcessStat stat = parse_process_stat(stat_line(7, name, 150766));
        EXPECT_EQ(stat.name, name);
        EXPECT_EQ(stat.started_ticks, 150766U);
    }
}

TEST(ParseProcessStat, GivesNothingForWhatIsNoSuchLine)
{
    const std::string whole = stat_line(7, "app", 99);
    for (const std::string& text : {std::string(), std::string("7 app S"), std::string(") 7 ("),
                                    std::string("7 (app)"), whole.substr(0, whole.find(" 99") + 1)})
        EXPECT_EQ(parse_process_stat(text).name, "") << text;
}

TEST(ParseProcessStat, TellsWhereTheStackBeginsWhereThatIsThere)
{
    EXPECT_EQ(parse_process_stat(stat_line(7, "app", 99)).stack_start, 0U);
    EXPECT_EQ(parse_process_stat("7 (app) S 1 1 1 0 -1 4194304 100 0 0 0 0 0 0 0 20 0 1 0 99 3133440 409 "
                                 "18446744073709551615 94000 95000 140725 0 0\n")
                  .stack_start,
              140725U);
}

TEST(ParseProcessStat, BoundsTheName)
{
    EXPECT_EQ(parse_process_stat(stat_line(7, std::string(500, 'x'), 1)).name.size(), 64U);
}

TEST_F(FakeProc, GivesNameAndUnit)
{
    run(812, "haproxy", 100, "/system.slice/haproxy.service");
    const Process process = processes_.find(812, kSecond_ns);
    EXPECT_EQ(process.pid, 812U);
    EXPECT_EQ(process.name, "haproxy");
    EXPECT_EQ(process.unit, "haproxy.service");
}

TEST_F(FakeProc, GivesAnEmptyNameForAProcessNeverSeen)
{
    EXPECT_EQ(processes_.find(812, kSecond_ns).name, "");
    EXPECT_EQ(processes_.find(0, kSecond_ns).name, "");
}

TEST_F(FakeProc, KeepsTheNameOfAProcessThatHasGone)
{
    run(812, "haproxy", 100);
    (void)processes_.find(812, kSecond_ns);
    end(812);
    const Process gone = processes_.find(812, 100 * kSecond_ns);
    EXPECT_EQ(gone.name, "haproxy");
    EXPECT_EQ(gone.unit, "app.service");
}

TEST_F(FakeProc, LooksAgainAfterASecondOnly)
{
    run(812, "old", 100);
    (void)processes_.find(812, 5 * kSecond_ns);
    run(812, "new", 200);
    EXPECT_EQ(processes_.find(812, 6 * kSecond_ns - 1).name, "old");
    EXPECT_EQ(processes_.find(812, 6 * kSecond_ns).name, "new");
}

TEST_F(FakeProc, DoesNotMistakeAnotherProcessOfThatPid)
{
    run(812, "haproxy", 100, "/system.slice/haproxy.service");
    (void)processes_.find(812, kSecond_ns);
    run(812, "haproxy", 200, "/system.slice/other.service");
    EXPECT_EQ(processes_.find(812, 3 * kSecond_ns).unit, "other.service");
}

TEST_F(FakeProc, FollowsAProcessThatExecutesAnotherProgram)
{
    run(812, "sh", 100, "/init.scope");
    (void)processes_.find(812, kSecond_ns);
    run(812, "haproxy", 100, "/system.slice/haproxy.service");
    const Process process = processes_.find(812, 3 * kSecond_ns);
    EXPECT_EQ(process.name, "haproxy");
    EXPECT_EQ(process.unit, "haproxy.service");
}

TEST_F(FakeProc, FindsAProcessThatWasMissingAtFirst)
{
    EXPECT_EQ(processes_.find(812, kSecond_ns).name, "");
    run(812, "app", 100);
    EXPECT_EQ(processes_.find(812, 3 * kSecond_ns).name, "app");
}

TEST_F(FakeProc, DoesWithoutAControlGroup)
{
    proc_.write("812/stat", stat_line(812, "app", 100));
    EXPECT_EQ(processes_.find(812, kSecond_ns).name, "app");
    EXPECT_EQ(processes_.find(812, kSecond_ns).unit, "");
}

TEST_F(FakeProc, StaysWithinItsBoundAndKeepsWhatWasUsedLast)
{
    for (std::uint32_t pid = 1; pid <= 8; ++pid) {
        run(pid, "p" + std::to_string(pid), pid);
        (void)processes_.find(pid, pid);
    }
    end(1);
    end(8);
    run(9, "p9", 9);
    (void)processes_.find(9, 9);
    EXPECT_LE(processes_.size(), 8U);
    EXPECT_EQ(processes_.find(8, 10).name, "p8"); // remembered
    EXPECT_EQ(processes_.find(1, 10).name, "");   // forgotten, as the one that was used the longest ago
    for (std::uint32_t pid = 100; pid < 1000; ++pid)
        (void)processes_.find(pid, pid);
    EXPECT_LE(processes_.size(), 8U);
}

TEST(Processes, KnowsThisProcess)
{
    Processes processes;
    std::ifstream comm("/proc/self/comm");
    std::string name;
    std::getline(comm, name);
    EXPECT_EQ(processes.find(static_cast<std::uint32_t>(::getpid()), 1).name, name);
}

} // namespace
} // namespace slotscope::enrich
