// SPDX-License-Identifier: MIT
// Starts that cannot work: each says what is wrong and what to do, with the exit code of the contract.
#include "harness/agent.h"
#include "harness/check.h"
#include "harness/process.h"
#include "harness/sock.h"

#include <gmock/gmock.h>
#include <slotscope/api/contract.h>

#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace slotscope::live {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class BadStart : public testing::Test {
  protected:
    // What slotscoped says to these arguments; --socket and --metrics are given unless they are among them.
    Outcome start(std::vector<std::string> arguments, uid_t uid = 0) const
    {
        const auto has = [&](const std::string& name) {
            return std::ranges::find(arguments, name) != arguments.end();
        };
        if (!has("--socket"))
            arguments.insert(arguments.end(), {"--socket", dir_.file("own.sock")});
        if (!has("--metrics"))
            arguments.insert(arguments.end(), {"--metrics", "off"});
        arguments.insert(arguments.end(), {"--state", dir_.file("state")});
        arguments.insert(arguments.begin(), program_);
        ProgramOptions options;
        options.command = arguments;
        options.uid = uid;
        return run(options);
    }
    Outcome start_with_config(const std::string& text) const
    {
        write_file(dir_.file("slotscope.toml"), text);
        return start({"--config", dir_.file("slotscope.toml")});
    }
    static void expect_refusal(const Outcome& outcome, int code, const testing::Matcher<std::string>& message)
    {
        ASSERT_TRUE(outcome.ended) << "it started, or hangs: " << outcome.said();
        EXPECT_EQ(outcome.signal, 0) << outcome.said();
        EXPECT_EQ(outcome.exit, code) << outcome.said();
        EXPECT_THAT(outcome.err, message);
        EXPECT_THAT(outcome.out, testing::Not(HasSubstr("ready")));
    }

    TempDir dir_;
    std::string program_ = agent_path();
};

TEST_F(BadStart, WrongConfigurationNamesFileLineAndTheRightKey)
{
    struct Case {
        const char* text;
        const char* where;
        const char* hint;
    };
    const Case cases[] = {
        {"[tables]\nconections = 4096\n", "slotscope.toml:2", "connections"},
        {"[tables\n", "slotscope.toml:1", ""},
        {"[tables]\nconnections = \"many\"\n", "slotscope.toml:2", "connections"},
        {"[tables]\nconnections = 1\n", "slotscope.toml:2", "1024"},
        {"[[limit]]\nname = \"app\"\nadress = \"10.0.0.1:80\"\nslots = 8\n", "slotscope.toml:3", "address"},
        {"[[limit]]\nname = \"app\"\naddress = \"10.0.0.1\"\nslots = 8\n", "slotscope.toml:3", "port"},
        {"[[limit]]\nname = \"app\"\naddress = \"10.0.0.1:80\"\nslots = 0\n", "slotscope.toml:4",
         "at least 1"},
        {"[[limit]]\nname = \"app\"\naddress = \"10.0.0.1:80\"\n", "slotscope.toml:1", "slots"},
        {"[limits]\n", "slotscope.toml:1", "limit"},
    };
    for (const Case& wrong : cases) {
        SCOPED_TRACE(wrong.text);
        expect_refusal(start_with_config(wrong.text), api::kExitUsage,
                       AllOf(HasSubstr(wrong.where), HasSubstr(wrong.hint)));
        write_file(dir_.file("slotscope.toml"), wrong.text);
        const Outcome checked = start({"--check-config", "--config", dir_.file("slotscope.toml")});
        EXPECT_EQ(checked.exit, api::kExitUsage) << checked.said();
        EXPECT_THAT(checked.said(), HasSubstr(wrong.where));
    }
}

TEST_F(BadStart, RightConfigurationChecksWithoutStarting)
{
    write_file(dir_.file("slotscope.toml"),
               "[[limit]]\nname = \"app\"\naddress = \"10.0.0.1:80\"\nslots = 8\n");
    const Outcome outcome = start({"--check-config", "--config", dir_.file("slotscope.toml")});
    EXPECT_TRUE(outcome.ended);
    EXPECT_EQ(outcome.exit, api::kExitDone) << outcome.said();
    EXPECT_FALSE(std::filesystem::exists(dir_.file("own.sock")));
}

TEST_F(BadStart, MissingConfigurationFileIsNamed)
{
    expect_refusal(start({"--config", dir_.file("absent.toml")}), api::kExitUsage, HasSubstr("absent.toml"));
}

TEST_F(BadStart, WrongLimitIsQuotedWithARightOne)
{
    for (const char* limit :
         {"app", "app=", "app=127.0.0.1:80", "app=127.0.0.1:80:0", "app=127.0.0.1:80:x",
          "app=127.0.0.1:80:-1", "app=localhost:80:5", "=127.0.0.1:80:5", "app=127.0.0.1:80:5/sideways",
          "app=127.0.0.1:99999:5", "app=127.0.0.1:80:99999999999", "app=[::1:80:5", "app=127.0.0.1:80,:5"}) {
        SCOPED_TRACE(limit);
        expect_refusal(start({"--limit", limit}), api::kExitUsage,
                       AllOf(HasSubstr(limit), HasSubstr("--limit")));
    }
}

TEST_F(BadStart, UnknownOptionIsWrongUsage)
{
    expect_refusal(start({"--frobnicate"}), api::kExitUsage, HasSubstr("--frobnicate"));
}

TEST_F(BadStart, MetricsAddressThatIsNoneIsWrongUsage)
{
    expect_refusal(start({"--metrics", "everywhere"}), api::kExitUsage,
                   AllOf(HasSubstr("everywhere"), HasSubstr("off")));
}

TEST_F(BadStart, MetricsPortInUseSaysWhichAndHowToChooseAnother)
{
    const Fd taken = listen_on(address("127.0.0.1", 0), Family::ip4);
    const std::string metrics = to_string(local_address(taken));
    expect_refusal(start({"--metrics", metrics}), api::kExitError,
                   AllOf(HasSubstr(metrics), HasSubstr("already"), HasSubstr("--metrics")));
}

TEST_F(BadStart, SocketPathTooLongSaysHowLongItMayBe)
{
    const std::string path = "/tmp/" + std::string(120, 'x');
    expect_refusal(start({"--socket", path}), api::kExitUsage, AllOf(HasSubstr("107"), HasSubstr("socket")));
}

TEST_F(BadStart, SocketInAMissingDirectoryNamesIt)
{
    expect_refusal(start({"--socket", dir_.file("absent/own.sock")}), api::kExitError,
                   AllOf(HasSubstr(dir_.file("absent")),
                         testing::AnyOf(HasSubstr("mkdir"), HasSubstr("create"), HasSubstr("--socket"))));
}

TEST_F(BadStart, FileInThePlaceOfTheSocketIsLeftAlone)
{
    write_file(dir_.file("own.sock"), "precious");
    expect_refusal(start({}), api::kExitError, HasSubstr("own.sock"));
    EXPECT_EQ(read_file(dir_.file("own.sock")), "precious");
}

TEST_F(BadStart, SecondAgentOnTheSameSocketLeavesTheFirstAlone)
{
    Agent first;
    expect_refusal(start({"--socket", first.socket()}), api::kExitError,
                   AllOf(HasSubstr(first.socket()), HasSubstr("--socket")));
    EXPECT_TRUE(first.running());
    EXPECT_EQ(first.get("/v1/status").at("agent").at("pid"), first.pid());
    EXPECT_EQ(first.stop().exit, 0);
}

TEST_F(BadStart, WithoutPrivilegesSaysWhichAreNeeded)
{
    std::filesystem::permissions(dir_.path(), std::filesystem::perms(0755));
    program_ = dir_.file("slotscoped"); // nobody may not reach a build directory
    std::filesystem::copy_file(agent_path(), program_);
    std::filesystem::permissions(program_, std::filesystem::perms(0755));
    std::filesystem::create_directory(dir_.file("nobody"));
    must(::chown(dir_.file("nobody").c_str(), kNobody, kNobody), "chown");
    expect_refusal(start({"--socket", dir_.file("nobody/own.sock")}, kNobody), api::kExitError,
                   testing::AnyOf(HasSubstr("root"), HasSubstr("CAP_BPF")));
}

TEST_F(BadStart, StopRemovesTheSocketAndAKilledAgentsSocketIsNoObstacle)
{
    Agent agent;
    struct stat about {};
    ASSERT_EQ(::stat(agent.socket().c_str(), &about), 0);
    EXPECT_TRUE(S_ISSOCK(about.st_mode));
    EXPECT_EQ(about.st_mode & 0777, 0660U);
    agent.kill();
    EXPECT_TRUE(std::filesystem::exists(agent.socket()));
    agent.start_again();
    EXPECT_EQ(agent.get("/v1/status").at("agent").at("pid"), agent.pid());
    const Outcome end = agent.stop();
    EXPECT_EQ(end.exit, api::kExitDone) << end.said();
    EXPECT_FALSE(std::filesystem::exists(agent.socket()));
}

class Client : public testing::Test {
  protected:
    static Outcome ask(const std::string& program, const std::string& socket, const std::string& command,
                       uid_t uid = 0)
    {
        ProgramOptions options;
        options.command = {program, "--socket", socket, command};
        options.uid = uid;
        return run(options);
    }
};

TEST_F(Client, WithoutPermissionSaysSoAndWhatToDo)
{
    Agent agent;
    std::filesystem::permissions(std::filesystem::path(agent.socket()).parent_path(),
                                 std::filesystem::perms(0755));
    const TempDir dir;
    std::filesystem::permissions(dir.path(), std::filesystem::perms(0755));
    std::filesystem::copy_file(client_path(), dir.file("slotscope"));
    std::filesystem::permissions(dir.file("slotscope"), std::filesystem::perms(0755));
    const Outcome refused = ask(dir.file("slotscope"), agent.socket(), "status", kNobody);
    EXPECT_EQ(refused.exit, api::kExitUnreachable) << refused.said();
    EXPECT_THAT(refused.err,
                AllOf(HasSubstr(agent.socket()), testing::AnyOf(HasSubstr("group"), HasSubstr("sudo"))));
    const Outcome allowed = ask(dir.file("slotscope"), agent.socket(), "status");
    EXPECT_EQ(allowed.exit, api::kExitDone) << allowed.said();
    EXPECT_EQ(agent.stop().exit, 0);
}

TEST_F(Client, WithoutAnAgentSaysHowToStartOne)
{
    const TempDir dir;
    const Outcome outcome = ask(client_path(), dir.file("absent.sock"), "backends");
    EXPECT_EQ(outcome.exit, api::kExitUnreachable) << outcome.said();
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("absent.sock"), HasSubstr("slotscoped")));
}

} // namespace
} // namespace slotscope::live
