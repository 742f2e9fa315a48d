// SPDX-License-Identifier: MIT
#include "enrich/process_table.h"

#include "temporary_directory.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

namespace slotscope::enrich {
namespace {

// A /proc of the test's own.
class FakeProcesses : public ::testing::Test {
  protected:
    void run(std::uint32_t pid, std::uint32_t parent, const std::string& executable,
             const std::string& cmdline, std::uint64_t started = 100)
    {
        const std::string directory = std::to_string(pid) + "/";
        const std::string name = executable.substr(executable.rfind('/') + 1);
        proc_.write(directory + "stat", std::to_string(pid) + " (" + name + ") S " + std::to_string(parent) +
                                            " 1 1 0 -1 4194304 100 0 0 0 0 0 0 0 20 0 1 0 " +
                                            std::to_string(started) + " 3133440 409\n");
        proc_.write(directory + "cmdline", cmdline);
        link(directory + "exe", executable);
        link(directory + "ns/net", "net:[4026531992]");
    }
    void link(const std::string& name, const std::string& target) const
    {
        const std::filesystem::path path(proc_ / name);
        std::filesystem::create_directories(path.parent_path());
        std::filesystem::remove(path);
        std::filesystem::create_symlink(target, path);
    }
    std::vector<std::uint32_t> scan()
    {
        std::vector<std::uint32_t> pids;
        for (const RunningProcess& each : found_ = table_.scan())
            pids.push_back(each.pid);
        return pids;
    }

    TemporaryDirectory proc_;
    int asked_ = 0;
    std::vector<RunningProcess> found_;
    ProcessTable table_{[this](const RunningProcess& process) {
                            ++asked_;
                            return process.executable.ends_with("/nginx");
                        },
                        proc_ / ""};
    using Pids = std::vector<std::uint32_t>;
};

TEST_F(FakeProcesses, FindsWhatIsWantedAndTellsWhatItIs)
{
    run(812, 1, "/usr/sbin/nginx", std::string("nginx: master process nginx\0", 28));
    run(813, 812, "/usr/sbin/nginx (deleted)", std::string("a\0b c\0", 6));
    run(9, 1, "/usr/bin/other", "other");
    proc_.write("10/stat", "no such line");
    EXPECT_EQ(scan(), (Pids{812, 813}));
    EXPECT_EQ(found_[0].argv, (std::vector<std::string>{"nginx: master process nginx"}));
    EXPECT_EQ(found_[1].argv, (std::vector<std::string>{"a", "b c"}));
    EXPECT_EQ(found_[1].parent, 812U);
    EXPECT_EQ(found_[1].executable, "/usr/sbin/nginx");
    EXPECT_EQ(found_[1].netns, 4026531992U);
}

TEST_F(FakeProcesses, AnOldProcessThatIsNotWantedIsAskedAboutOnce)
{
    run(9, 1, "/usr/bin/other", "other");
    scan();
    scan();
    EXPECT_EQ(asked_, 1);
    run(9, 1, "/usr/sbin/nginx", "nginx"); // execve changes the name
    EXPECT_EQ(scan(), Pids{9});
}

// By its name it is the same, so that nothing else would have it asked about again.
TEST_F(FakeProcesses, OneThatIsBetweenTwoProgramsIsAskedAboutAgain)
{
    run(812, 1, "/usr/sbin/nginx", "nginx");
    EXPECT_EQ(scan(), Pids{812});
    proc_.write("812/cmdline", "");
    EXPECT_EQ(scan(), Pids{});
    proc_.write("812/cmdline", "nginx");
    EXPECT_EQ(scan(), Pids{812});
}

TEST_F(FakeProcesses, StartTimesStayTheSameFromScanToScan)
{
    run(812, 1, "/usr/sbin/nginx", "nginx");
    scan();
    const std::int64_t started = found_.at(0).started_ns;
    ::usleep(2000);
    scan();
    EXPECT_EQ(found_.at(0).started_ns, started);
    run(812, 1, "/usr/sbin/nginx", "nginx", 500); // another process with its pid
    scan();
    EXPECT_NE(found_.at(0).started_ns, started);
}

TEST_F(FakeProcesses, ListeningSocketsAreThoseOfTheProcesses)
{
    const std::string titles =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n";
    const std::string tail = " 00000000:00000000 00:00000000 00000000     0        0 ";
    proc_.write("812/net/tcp", titles + "   0: 0100007F:1F90 00000000:0000 0A" + tail + "71 1 x\n" +
                                   "   1: 00000000:0050 00000000:0000 0A" + tail + "72 1 x\n" +
                                   "   2: 00000000:0051 00000000:0000 0A" + tail + "99 1 x\n" + // another's
                                   "   3: 0100007F:1F91 0100007F:0001 01" + tail +
                                   "73 1 x\n"); // a connection
    proc_.write("812/net/tcp6", titles +
                                    "   0: 00000000000000000000000001000000:1538 "
                                    "00000000000000000000000000000000:0000 0A" +
                                    tail + "74 1 x\n");
    proc_.write("812/net/unix",
                "Num       RefCount Protocol Flags    Type St Inode Path\n"
                "0000000000000000: 00000002 00000000 00010000 0001 01    75 /run/a b.sock\n"
                "0000000000000000: 00000002 00000000 00000000 0001 03    76 /run/connected.sock\n");
    for (const char* inode : {"71", "73", "75", "76"})
        link(std::string("812/fd/") + inode, std::string("socket:[") + inode + "]");
    for (const char* inode : {"72", "74"})
        link(std::string("813/fd/") + inode, std::string("socket:[") + inode + "]");
    link("813/fd/1", "/dev/null");

    std::vector<std::string> found;
    for (const Endpoint& each : listening_sockets(proc_ / "", {812, 813}))
        found.push_back(to_string(each));
    EXPECT_EQ(found,
              (std::vector<std::string>{"unix:/run/a b.sock", "[::1]:5432", "0.0.0.0:80", "127.0.0.1:8080"}));
    EXPECT_TRUE(listening_sockets(proc_ / "", {}).empty());
    EXPECT_TRUE(listening_sockets(proc_ / "", {4711}).empty());
}

// Children have their master's listening sockets until they close them.
TEST_F(FakeProcesses, TellsWhoListensNoMore)
{
    proc_.write("812/net/tcp", "titles\n   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 "
                               "00000000     0        0 71 1 x\n");
    for (const char* pid : {"812", "813"})
        link(std::string(pid) + "/fd/3", "socket:[71]");
    link("814/fd/4", "socket:[88]"); // a connection
    EXPECT_EQ(not_listening(proc_ / "", {812, 813, 814, 815}),
              std::vector<std::uint32_t>{814}); // 815 has gone
    EXPECT_TRUE(not_listening(proc_ / "", {814, 812}).empty());
    EXPECT_TRUE(not_listening(proc_ / "", {}).empty());
}

TEST_F(FakeProcesses, LimitsDirectoryAndEnvironment)
{
    proc_.write("812/limits", "Limit                     Soft Limit           Hard Limit           Units\n"
                              "Max processes             127   127   processes\n"
                              "Max open files            1024                 524288               files\n");
    proc_.write("812/environ", std::string("A=1\0B=x y\0", 10));
    link("812/cwd", "/srv");
    EXPECT_EQ(most_open_files_of(proc_ / "", 812), 1024U);
    EXPECT_EQ(most_open_files_of(proc_ / "", 1), 0U);
    EXPECT_EQ(environment_of(proc_ / "", 812), (std::vector<std::string>{"A=1", "B=x y"}));
    EXPECT_EQ(working_directory_of(proc_ / "", 812), "/srv");
    EXPECT_EQ(working_directory_of(proc_ / "", 1), "/");
}

} // namespace
} // namespace slotscope::enrich
