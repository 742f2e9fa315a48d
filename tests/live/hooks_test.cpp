// SPDX-License-Identifier: MIT
// Each hook taken away: the counts stay right, and the agent says what it no longer sees. And what the accept
// hook adds where the kernel has it.
#include "harness/fixture.h"
#include "harness/wait.h"

namespace slotscope::live {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

// The hook that serves a signal, as the agent tells it.
json hook_of(const Agent& agent, const std::string& signal)
{
    const json status = agent.get("/v1/status");
    for (const json& hook : status.at("hooks"))
        if (hook.at("signal") == signal)
            return hook;
    throw std::runtime_error("the agent has no signal " + signal + ": " + status.at("hooks").dump());
}

class HookTakenAway : public testing::TestWithParam<const char*> {
  protected:
    HookTakenAway()
    {
        AgentOptions options;
        options.arguments = {"--hooks", std::string(GetParam()) + "=off"};
        agent_ = std::make_unique<Agent>(options);
    }
    ~HookTakenAway() override { EXPECT_EQ(agent_->stop().exit, 0) << agent_->log(); }

    testing::AssertionResult shows(const BackendRef& ref, const Counts& counts) const
    {
        return live::shows(*agent_, ref, counts);
    }

    std::unique_ptr<Agent> agent_;
};
INSTANTIATE_TEST_SUITE_P(Signals, HookTakenAway,
                         testing::Values("end", "connect", "accept", "send", "receive"),
                         [](const auto& signal) { return std::string(signal.param); });

TEST_P(HookTakenAway, IsSaidWithWhatIsLost)
{
    const json hook = hook_of(*agent_, GetParam());
    EXPECT_EQ(hook.at("variant"), "none") << hook;
    EXPECT_NE(hook.at("gap"), "") << hook;
}

TEST_P(HookTakenAway, LeavesPeacefulConnectionsCountedRight)
{
    const Place place(Path::veth4);
    const Fd listener = place.listen();
    Pair first = place.establish(listener);
    Pair second = place.establish(listener);
    send_text(first.client, "request");
    EXPECT_EQ(receive_text(first.server), "request");
    send_text(first.server, "response");
    EXPECT_EQ(receive_text(first.client), "response");
    EXPECT_TRUE(shows(place.outbound(), {.opened = 2, .in_use = 2, .peak = 2}));
    EXPECT_TRUE(shows(place.inbound(), {.opened = 2, .in_use = 2, .peak = 2}));
    close(first.client);
    close(first.server);
    shut_down_sending(second.client);
    EXPECT_EQ(receive_text(second.server), "");
    EXPECT_TRUE(shows(place.inbound(), {.opened = 2, .closed = 1, .in_use = 1, .peak = 2}));
    close(second.server);
    close(second.client);
    EXPECT_TRUE(shows(place.outbound(), {.opened = 2, .closed = 2, .peak = 2}));
    EXPECT_TRUE(shows(place.inbound(), {.opened = 2, .closed = 2, .peak = 2}));
}

TEST_P(HookTakenAway, LeavesFailuresCountedRight)
{
    const Place place(Path::loopback4);
    EXPECT_EQ(place.connect(place.client_socket()), ECONNREFUSED);
    const Fd listener = place.listen();
    Pair pair = place.establish(listener);
    send_text(pair.client, "request");
    EXPECT_EQ(receive_text(pair.server), "request");
    std::this_thread::sleep_for(50ms); // the kernel's own times, which tell here, are in timer ticks
    reset(pair.server);
    EXPECT_EQ(receive_text(pair.client), "");
    close(pair.client);
    EXPECT_TRUE(shows(place.outbound(),
                      {.opened = 2, .failed = {{"refused", 1}, {"reset", 1}}, .in_use = 0, .peak = 1}));
    EXPECT_TRUE(shows(place.inbound(), {.opened = 1, .closed = 1, .peak = 1}));
}

TEST_P(HookTakenAway, LeavesAKilledClientsConnectionsCountedRight)
{
    const Place place(Path::loopback4);
    const Fd listener = place.listen();
    Actor client(Inherit::everything, [&](const Channel& test) {
        const Fd one = place.connect();
        const Fd two = place.connect();
        test.say('c');
        test.hear();
    });
    EXPECT_EQ(client.channel().hear(), 'c');
    Fd one = accept_from(listener);
    Fd two = accept_from(listener);
    EXPECT_TRUE(shows(place.outbound(), {.opened = 2, .in_use = 2, .peak = 2}));
    client.kill();
    EXPECT_TRUE(shows(place.outbound(), {.opened = 2, .closed = 2, .peak = 2}));
    close(one);
    close(two);
    EXPECT_TRUE(shows(place.inbound(), {.opened = 2, .closed = 2, .peak = 2}));
}

TEST(HookState, CannotBeTakenAway)
{
    const TempDir dir;
    ProgramOptions options;
    options.command = {agent_path(), "--socket",        dir.file("s"), "--metrics", "off",
                       "--state",    dir.file("state"), "--hooks",     "state=off"};
    const Outcome end = run(options);
    EXPECT_TRUE(end.ended);
    EXPECT_NE(end.exit, 0);
    EXPECT_NE(end.said().find("cannot be turned off"), std::string::npos) << end.said();
}

TEST(HookVariant, OfAnotherKernelIsRefusedByName)
{
    const TempDir dir;
    // Whichever of the two signatures this kernel has, the other one is refused; on a kernel without
    // trampolines both.
    int refused = 0;
    for (const char* variant :
         {"accept=fexit/inet_csk_accept (before 6.10)", "accept=fexit/inet_csk_accept"}) {
        ProgramOptions options;
        options.command = {agent_path(), "--socket",        dir.file("s"), "--metrics", "off",
                           "--state",    dir.file("state"), "--hooks",     variant};
        Program agent(options);
        eventually([&] { return !agent.running() || agent.out().find("ready\n") != std::string::npos; },
                   400s); // as in harness/agent.cpp
        if (agent.running()) {
            agent.signal(SIGTERM);
            EXPECT_EQ(agent.wait(120s).exit, 0);
            continue;
        }
        const Outcome end = agent.wait(0ms);
        ++refused;
        EXPECT_NE(end.exit, 0);
        EXPECT_NE(end.said().find("inet_csk_accept"), std::string::npos) << end.said();
        EXPECT_NE(end.said().find("does not attach here"), std::string::npos) << end.said();
    }
    EXPECT_GE(refused, 1);
}

// What only a trampoline shows. Skipped where the agent says that this kernel has none.
class AcceptHook : public testing::Test {
  protected:
    static std::string missing(const Agent& agent)
    {
        const json hook = hook_of(agent, "accept");
        return hook.at("gap") == "" ? "" : "this kernel has no accept hook: " + hook.dump();
    }

    Place place_{Path::veth4};
};

pid_t pid_of(const json& holder)
{
    const json& process = holder.at("process");
    return process.is_null() ? 0 : process.at("pid").get<pid_t>();
}

json only_holder(const Agent& agent, const BackendRef& ref)
{
    const std::vector<json> holders = holders_of(agent, ref);
    return holders.size() == 1 ? holders.front() : json();
}

TEST_F(AcceptHook, NamesTheAcceptingProcessAndTheWaitInTheQueue)
{
    const Agent agent;
    if (const std::string why = missing(agent); !why.empty())
        GTEST_SKIP() << why;
    const Fd listener = place_.listen();
    const Fd client = place_.connect();
    ASSERT_TRUE(one_holder(agent, place_.inbound(), "not accepted yet",
                           [](const json& holder) { return holder.value("accepted", true) == false; }));
    std::this_thread::sleep_for(300ms);
    Actor server(Inherit::everything, [&](const Channel& test) {
        const Fd accepted = accept_from(listener);
        test.say('a');
        test.hear();
    });
    EXPECT_EQ(server.channel().hear(), 'a');
    EXPECT_TRUE(one_holder(agent, place_.inbound(), "of the process that accepted", [&](const json& holder) {
        return pid_of(holder) == server.pid() && holder.value("accepted", false);
    })) << only_holder(agent, place_.inbound());
    const json backend = look_at(agent, place_.inbound());
    ASSERT_TRUE(backend.contains("accept_wait_seconds")) << backend;
    EXPECT_EQ(backend.at("accept_wait_seconds").at("count"), 1) << backend;
    EXPECT_GE(backend.at("accept_wait_seconds").at("mean").get<double>(), 0.25) << backend;
}

TEST_F(AcceptHook, SeesATaskThatAlreadyBlocksInAcceptWhenTheAgentStarts)
{
    const Fd listener = place_.listen();
    Actor server(Inherit::everything, [&](const Channel& test) {
        test.say('w');
        const Fd accepted(must(::accept(listener.get(), nullptr, nullptr), "accept"));
        test.hear();
    });
    EXPECT_EQ(server.channel().hear(), 'w');
    std::this_thread::sleep_for(200ms); // into the system call
    const Agent agent;
    if (const std::string why = missing(agent); !why.empty())
        GTEST_SKIP() << why;
    const Fd client = place_.connect();
    EXPECT_TRUE(one_holder(agent, place_.inbound(), "of the process that was waiting",
                           [&](const json& holder) {
                               return pid_of(holder) == server.pid() && holder.value("accepted", false);
                           }))
        << only_holder(agent, place_.inbound());
    const json backend = look_at(agent, place_.inbound());
    ASSERT_TRUE(backend.contains("accept_wait_seconds")) << backend;
    EXPECT_EQ(backend.at("accept_wait_seconds").at("count"), 1) << backend;
}

} // namespace
} // namespace slotscope::live
