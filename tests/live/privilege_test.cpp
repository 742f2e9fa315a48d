// SPDX-License-Identifier: MIT
// The capabilities that the README lists are enough, each of them is needed, and the rest is given up.
#include "harness/agent.h"
#include "harness/check.h"
#include "harness/place.h"
#include "harness/process.h"
#include "harness/wait.h"

#include <gmock/gmock.h>
#include <slotscope/api/contract.h>

#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace slotscope::live {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

using Names = std::vector<std::string>; // as setpriv(1) has them: "sys_admin"
const Names kDocumented = {"bpf", "perfmon", "sys_admin", "sys_ptrace"};

Names all_but(const std::string& name)
{
    Names rest = kDocumented;
    std::erase(rest, name);
    return rest;
}

// The value of "CapEff:" and the like in /proc/PID/status.
std::uint64_t set_of(pid_t pid, const std::string& name)
{
    std::istringstream status(read_file("/proc/" + std::to_string(pid) + "/status"));
    std::string word;
    while (status >> word)
        if (word == name + ":") {
            status >> word;
            return std::stoull(word, nullptr, 16);
        }
    throw std::runtime_error("no " + name + " of process " + std::to_string(pid));
}

constexpr std::uint64_t kKept = 1ULL << 19 | 1ULL << 21;    // CAP_SYS_PTRACE, CAP_SYS_ADMIN
constexpr std::uint64_t kLoading = 1ULL << 38 | 1ULL << 39; // CAP_PERFMON, CAP_BPF

// The agent as nobody, with exactly these capabilities, in a directory of nobody's.
class Unprivileged {
  public:
    explicit Unprivileged(const Names& capabilities)
    {
        std::filesystem::permissions(dir_.path(), std::filesystem::perms(0755));
        std::filesystem::copy_file(agent_path(), program_file()); // nobody may not reach a build directory
        std::filesystem::permissions(program_file(), std::filesystem::perms(0755));
        std::filesystem::create_directory(own());
        write_file(own() + "/slotscope.toml", "");
        listen_as_manager();
        for (const std::string& path : {own(), own() + "/slotscope.toml", own() + "/notify"})
            must(::chown(path.c_str(), kNobody, kNobody), "chown");
        std::string set = "-all";
        for (const std::string& name : capabilities)
            set += ",+" + name;
        ProgramOptions options;
        options.command =
            with_capabilities(set, {"/usr/bin/env", "NOTIFY_SOCKET=" + own() + "/notify", program_file(),
                                    "--socket", socket(), "--metrics", "off", "--no-discovery", "--state",
                                    own() + "/state", "--config", own() + "/slotscope.toml"});
        program_ = std::make_unique<Program>(options);
        ready_ = eventually(
            [this] { return program_->out().find("ready\n") != std::string::npos || !program_->running(); },
            std::chrono::seconds(400)); // as in harness/agent.cpp
    }

    std::string own() const { return dir_.file("own"); }
    std::string socket() const { return own() + "/slotscope.sock"; }
    bool runs() { return ready_ && program_->running(); }
    pid_t pid() const { return program_->pid(); }
    std::string said() const { return program_->out() + program_->err(); }
    Outcome end() { return program_->wait(std::chrono::seconds(20)); }
    Outcome stop()
    {
        program_->signal(SIGTERM);
        return end();
    }
    // The next message to the service manager, as sd_notify(3) has it; "" where none comes.
    std::string told_manager() const
    {
        pollfd waiting{manager_.get(), POLLIN, 0};
        return ::poll(&waiting, 1, 10'000) == 1 ? receive_text(manager_) : "";
    }
    void configure(const std::string& text) const
    {
        write_file(own() + "/slotscope.toml", text);
        program_->signal(SIGHUP);
    }
    nlohmann::json get(const std::string& target) const { return http_get(socket(), target).json(); }

    // Connections that the agent counts in the backend of this address, in all namespaces; -1: it has none.
    int open_at(const Address& address) const
    {
        int open = -1;
        const nlohmann::json answer = get("/v1/backends");
        for (const auto& backend : answer.at("backends"))
            if (backend.at("address") == to_string(address))
                open = std::max(open, 0) + backend.at("connections").at("open").get<int>();
        return open;
    }

  private:
    std::string program_file() const { return dir_.file("slotscoped"); }
    void listen_as_manager()
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = own() + "/notify";
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        manager_ = Fd(must(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
        must(::bind(manager_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
             "bind " + path);
    }

    TempDir dir_;
    Fd manager_;
    std::unique_ptr<Program> program_;
    bool ready_ = false;
};

// Counted within a while; every way in which it can be counted ends within two audits.
bool sees(const Unprivileged& agent, const Address& address)
{
    return eventually([&] { return agent.open_at(address) > 0; }, std::chrono::seconds(12));
}

class Privileges : public testing::Test {
  protected:
    static void expect_refusal(const Names& capabilities, const std::string& named)
    {
        Unprivileged agent(capabilities);
        ASSERT_FALSE(agent.runs()) << "it started without " << named;
        const Outcome end = agent.end();
        EXPECT_EQ(end.exit, api::kExitError) << end.said();
        EXPECT_THAT(end.err, AllOf(HasSubstr(named + " is missing"), HasSubstr("root")));
        EXPECT_EQ(std::ranges::count(end.err, '\n'), 1) << "one sentence: " << end.err;
        EXPECT_FALSE(std::filesystem::exists(agent.socket()));
    }
};

TEST_F(Privileges, TheDocumentedOnesAreEnoughForThisNamespaceAndForOthers)
{
    const Place elsewhere(Path::veth4);
    const Place here(Path::veth4); // its server's address is seen from this namespace only by being inside it
    const Fd old_listener = elsewhere.listen();
    const Pair old_pair = elsewhere.establish(old_listener);
    const Fd own_listener = listen_on(address("127.0.0.1", next_port()), Family::ip4);
    const Fd own_client = tcp_socket(Family::ip4);
    ASSERT_EQ(connect_to(own_client, local_address(own_listener), Family::ip4), 0);

    Unprivileged agent(kDocumented);
    ASSERT_TRUE(agent.runs()) << agent.said();
    EXPECT_TRUE(sees(agent, elsewhere.target())) << "older, in another namespace";
    EXPECT_TRUE(sees(agent, local_address(own_listener))) << "older, in the agent's own namespace";
    const Fd new_listener = here.listen();
    const Pair new_pair = here.establish(new_listener);
    EXPECT_TRUE(sees(agent, here.target())) << "new, in another namespace";

    const auto status = agent.get("/v1/status");
    EXPECT_TRUE(status.at("complete")) << status.dump();
    EXPECT_TRUE(status.at("warnings").empty()) << status.at("warnings").dump();
    EXPECT_EQ(status.at("agent").at("user"), "nobody");
    EXPECT_THAT(status.at("agent").at("capabilities").get<Names>(),
                UnorderedElementsAre("CAP_SYS_PTRACE", "CAP_SYS_ADMIN"));
    const Outcome end = agent.stop();
    EXPECT_EQ(end.exit, 0) << end.said();
    EXPECT_FALSE(std::filesystem::exists(agent.socket())) << "it removes its socket";
}

TEST_F(Privileges, TheDocumentedOnesGiveTheSameHooksAsRoot)
{
    Unprivileged agent(kDocumented);
    ASSERT_TRUE(agent.runs()) << agent.said();
    Agent root;
    EXPECT_EQ(agent.get("/v1/status").at("hooks"), root.get("/v1/status").at("hooks"));
}

TEST_F(Privileges, TheServiceManagerIsToldAfterwards)
{
    Unprivileged agent(kDocumented);
    ASSERT_TRUE(agent.runs()) << agent.said();
    EXPECT_EQ(agent.told_manager(), "READY=1");
    agent.configure("");
    EXPECT_EQ(agent.told_manager(), "RELOADING=1");
    EXPECT_EQ(agent.told_manager(), "READY=1");
    EXPECT_EQ(agent.stop().exit, 0);
    EXPECT_EQ(agent.told_manager(), "STOPPING=1");
}

// CAP_SYS_ADMIN would stand in for both.
TEST_F(Privileges, WithoutBpfItRefuses)
{
    expect_refusal({"perfmon", "sys_ptrace"}, "CAP_BPF");
}

TEST_F(Privileges, WithoutPerfmonItRefuses)
{
    expect_refusal({"bpf", "sys_ptrace"}, "CAP_PERFMON");
}

TEST_F(Privileges, WithoutSysAdminOlderConnectionsOfOtherNamespacesAreMissingAndItSaysSo)
{
    const Place elsewhere(Path::veth4);
    const Fd listener = elsewhere.listen();
    const Pair pair = elsewhere.establish(listener);
    const Fd own_listener = listen_on(address("127.0.0.1", next_port()), Family::ip4);
    const Fd own_client = tcp_socket(Family::ip4);
    ASSERT_EQ(connect_to(own_client, local_address(own_listener), Family::ip4), 0);

    Unprivileged agent(all_but("sys_admin"));
    ASSERT_TRUE(agent.runs()) << agent.said();
    EXPECT_TRUE(sees(agent, local_address(own_listener))) << "its own namespace is seen";
    EXPECT_EQ(agent.open_at(elsewhere.target()), -1);
    const auto status = agent.get("/v1/status");
    EXPECT_FALSE(status.at("complete"));
    EXPECT_TRUE(status.at("losses").contains("namespaces_not_entered")) << status.at("losses").dump();
    EXPECT_THAT(status.at("warnings").dump(), HasSubstr("without CAP_SYS_ADMIN"));

    const Fd late = elsewhere.connect(); // what begins now is counted there, too
    EXPECT_TRUE(sees(agent, elsewhere.target()));
    EXPECT_EQ(agent.stop().exit, 0);
}

TEST_F(Privileges, WithoutSysPtraceNamelessNamespacesAreNotFoundAndItSaysSo)
{
    const Place elsewhere(Path::veth4);
    const Fd listener = elsewhere.listen();
    const Pair pair = elsewhere.establish(listener);

    Unprivileged agent(all_but("sys_ptrace"));
    ASSERT_TRUE(agent.runs()) << agent.said();
    EXPECT_EQ(agent.open_at(elsewhere.target()), -1);
    const auto status = agent.get("/v1/status");
    EXPECT_FALSE(status.at("complete"));
    EXPECT_TRUE(status.at("losses").contains("namespaces_hidden")) << status.at("losses").dump();
    EXPECT_THAT(status.at("warnings").dump(), HasSubstr("without CAP_SYS_PTRACE"));

    const Fd late = elsewhere.connect();
    EXPECT_TRUE(sees(agent, elsewhere.target()));
    EXPECT_EQ(agent.stop().exit, 0);
}

TEST_F(Privileges, OfRootOnlyTheKeptOnesAreLeftOnceItIsReady)
{
    ASSERT_NE(set_of(::getpid(), "CapEff") & ~kKept, 0U) << "the test itself has more to give up";
    AgentOptions options;
    options.config = "";
    Agent agent(options);
    for (const char* set : {"CapEff", "CapPrm", "CapBnd"})
        EXPECT_EQ(set_of(agent.pid(), set), kKept) << set;
    for (const char* set : {"CapInh", "CapAmb"})
        EXPECT_EQ(set_of(agent.pid(), set), 0U) << set;
    EXPECT_EQ(set_of(agent.pid(), "NoNewPrivs"), 1U);
    EXPECT_EQ(agent.get("/v1/status").at("agent").at("user"), "root") << "the user stays";
}

TEST_F(Privileges, OfAnotherUserTheLoadingOnesAreGoneOnceItIsReady)
{
    Unprivileged agent(kDocumented);
    ASSERT_TRUE(agent.runs()) << agent.said();
    for (const char* set : {"CapEff", "CapPrm"})
        EXPECT_EQ(set_of(agent.pid(), set), kKept) << set;
    EXPECT_EQ(set_of(agent.pid(), "CapAmb"), 0U);
    EXPECT_NE(set_of(agent.pid(), "CapBnd") & kLoading, 0U)
        << "CAP_SETPCAP would be needed for the bounding set";
}

// All that an agent does later, with what it has kept: reload, regroup, audit, walk over files, holders.
TEST_F(Privileges, AfterGivingUpTheRestItReloadsAuditsAndNamesHolders)
{
    const Place place(Path::veth4);
    const Fd listener = place.listen();
    const Pair pair = place.establish(listener);
    Unprivileged agent(kDocumented);
    ASSERT_TRUE(agent.runs()) << agent.said();
    agent.configure("[[limit]]\nname = \"given-later\"\naddress = \"" + to_string(place.target()) +
                    "\"\nslots = 3\n\n[audit]\nseconds = 1\n");
    EXPECT_TRUE(
        eventually([&] { return agent.get("/v1/backends").dump().find("given-later") != std::string::npos; },
                   std::chrono::seconds(10)))
        << agent.said();
    EXPECT_TRUE(eventually(
        [&] {
            const nlohmann::json holders = agent.get("/v1/holders?backend=given-later").at("holders");
            return !holders.empty() && holders[0].at("process").is_object();
        },
        std::chrono::seconds(10)))
        << agent.get("/v1/holders").dump() << agent.said();
    EXPECT_TRUE(eventually(
        [&] { return agent.get("/v1/status").at("agent").at("last_audit_seconds_ago").get<double>() < 1; },
        std::chrono::seconds(20)));
    EXPECT_EQ(agent.said().find("error"), std::string::npos) << agent.said();
    EXPECT_EQ(agent.stop().exit, 0);
}

} // namespace
} // namespace slotscope::live
