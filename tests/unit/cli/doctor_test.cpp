// SPDX-License-Identifier: MIT
#include "cli/agent_program.h"
#include "cli/child.h"
#include "fake_agent.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::cli::test {

using testing::HasSubstr;

namespace {

constexpr std::chrono::seconds kPatient(30);

Result<ChildOutput> shell(const std::string& script, std::chrono::milliseconds timeout = kPatient,
                          std::size_t most = 1000)
{
    return run_child("/bin/sh", {"-c", script}, timeout, most);
}

void write_program(const std::string& path, const std::string& script)
{
    std::ofstream(path) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

} // namespace

TEST(RunChild, GivesOutputAndExitCode)
{
    const Result<ChildOutput> child = shell("echo hello; exit 2");
    ASSERT_TRUE(child) << child.error().message;
    EXPECT_EQ(child->text, "hello\n");
    EXPECT_EQ(child->exit_code, 2);
    EXPECT_EQ(shell("kill -9 $$")->exit_code, 137);
}

// As under some supervisors and `trap "" CHLD`: an exit code of 2 must not become 0.
TEST(RunChild, GivesTheExitCodeWhereSigchldIsIgnored)
{
    const auto before = ::signal(SIGCHLD, SIG_IGN);
    const Result<ChildOutput> child = shell("exit 2");
    const auto during = ::signal(SIGCHLD, before);
    ASSERT_TRUE(child) << child.error().message;
    EXPECT_EQ(child->exit_code, 2);
    EXPECT_EQ(during, SIG_IGN) << "it is as it was";
}

TEST(RunChild, EndsAChildThatTakesTooLong)
{
    const Result<ChildOutput> child = shell("exec sleep 1000", std::chrono::milliseconds(50));
    ASSERT_FALSE(child);
    EXPECT_THAT(child.error().message, HasSubstr("took too long"));
    EXPECT_FALSE(shell("exec >&-; exec sleep 1000", std::chrono::milliseconds(200)));
}

TEST(RunChild, EndsAChildThatPrintsTooMuch)
{
    const Result<ChildOutput> child = shell("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxx; done");
    ASSERT_FALSE(child);
    EXPECT_THAT(child.error().message, HasSubstr("more than 1000 bytes"));
}

TEST(RunChild, SaysThatAProgramCannotBeRun)
{
    const Result<ChildOutput> child = run_child("/nonexistent/program", {}, kPatient, 1000);
    ASSERT_FALSE(child);
    EXPECT_EQ(child.error().code, 3);
    EXPECT_THAT(child.error().message, HasSubstr("cannot be run"));
}

TEST(FindAgent, TakesTheFirstThatCanBeRun)
{
    const TemporaryDirectory directory;
    std::filesystem::create_directories(directory.path("a/slotscoped")); // a directory is no program
    std::filesystem::create_directory(directory.path("b"));
    std::ofstream(directory.path("b/slotscoped")) << "not executable";
    std::filesystem::create_directory(directory.path("c"));
    write_program(directory.path("c/slotscoped"), "exit 0\n");
    const std::vector<std::string> all = {directory.path("none"), directory.path("a"), directory.path("b"),
                                          directory.path("c")};
    EXPECT_EQ(find_agent(all), directory.path("c/slotscoped"));
    EXPECT_EQ(find_agent({directory.path("none")}), std::nullopt);
}

TEST(AgentDirectories, BeginBesideThisProgramAndNeverUseTheWorkingDirectory)
{
    const std::vector<std::string> directories = agent_directories();
    EXPECT_EQ(directories.front(), std::filesystem::read_symlink("/proc/self/exe").parent_path().string());
    for (const std::string& directory : directories)
        EXPECT_TRUE(directory.starts_with('/')) << directory;
}

} // namespace slotscope::cli::test
