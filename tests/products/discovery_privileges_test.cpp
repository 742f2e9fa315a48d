// SPDX-License-Identifier: MIT
// What finding limits needs, capability by capability, and what is said of what is not found without each.
#include "product_fixture.h"

#include "harness/wait.h"

#include <csignal>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace slotscope::products {
namespace {

using live::eventually;

// An agent as nobody beside a product that runs as root, with files that only root may read.
class DiscoveryPrivileges : public testing::Test {
  protected:
    void SetUp() override
    {
        live::write_file(dir_.file("haproxy.cfg"),
                         "defaults\n    mode http\n    timeout connect 10s\n    timeout client 60s\n"
                         "    timeout server 60s\nfrontend front\n    bind " +
                             to_string(front_) + "\n    default_backend app\nbackend app\n    server app1 " +
                             to_string(back_) + " maxconn 8\n");
        ASSERT_EQ(::chmod(dir_.file("haproxy.cfg").c_str(), 0600), 0);
        ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
        ASSERT_EQ(::access("/usr/sbin/haproxy", X_OK), 0)
            << "haproxy is not installed: scripts/setup does it";
        live::ProgramOptions options;
        options.command = {"/usr/sbin/haproxy", "-W", "-db", "-f", dir_.file("haproxy.cfg")};
        options.netns = space_.fd();
        product_ = std::make_unique<live::Program>(options);
        ASSERT_TRUE(eventually([&] {
            const Fd probe = space_.inside([] { return live::tcp_socket(live::Family::ip4); });
            return !product_->running() || live::connect_to(probe, front_, live::Family::ip4) == 0;
        }));
        ASSERT_TRUE(product_->running()) << product_->out() << product_->err();

        std::filesystem::copy_file(live::agent_path(),
                                   dir_.file("slotscoped")); // nobody may not reach a build
        std::filesystem::permissions(dir_.file("slotscoped"), std::filesystem::perms(0755));
        std::filesystem::create_directory(dir_.file("own"));
        ASSERT_EQ(::chown(dir_.file("own").c_str(), live::kNobody, live::kNobody), 0);
    }
    void TearDown() override
    {
        for (live::Program* each : {agent_.get(), product_.get()})
            if (each && each->running()) {
                each->signal(SIGTERM);
                EXPECT_TRUE(each->wait(std::chrono::seconds(20)).ended) << each->out() << each->err();
            }
    }

    void start_agent(const std::string& capabilities) // beside those that tracing needs
    {
        const std::string set = "-all,+bpf,+perfmon,+sys_admin" + capabilities;
        live::ProgramOptions options;
        options.command =
            live::with_capabilities(set, {dir_.file("slotscoped"), "--socket", socket(), "--metrics", "off",
                                          "--state", dir_.file("own/state")});
        agent_ = std::make_unique<live::Program>(options);
        ASSERT_TRUE(eventually(
            [this] { return agent_->out().find("ready\n") != std::string::npos || !agent_->running(); },
            std::chrono::seconds(400))); // as in harness/agent.cpp
        ASSERT_TRUE(agent_->running()) << agent_->out() << agent_->err();
    }

    std::string socket() const { return dir_.file("own/slotscope.sock"); }
    nlohmann::json answer() const { return live::http_get(socket(), "/v1/limits").json(); }

    bool is_found() const
    {
        const nlohmann::json all = answer();
        for (const nlohmann::json& limit : all.at("limits"))
            if (limit.at("addresses").at(0) == to_string(back_))
                return true;
        return false;
    }

    // Something of SOURCE was not understood, for a reason in which WHY stands.
    bool is_said(const std::string& source, const std::string& why) const
    {
        return eventually([&] {
            const nlohmann::json all = answer();
            const nlohmann::json& list = all.at("not_understood");
            return std::any_of(list.begin(), list.end(), [&](const nlohmann::json& each) {
                return each.at("source") == source &&
                       each.at("why").get<std::string>().find(why) != std::string::npos;
            });
        });
    }

    live::TempDir dir_;
    live::Namespace space_;
    Address front_ = live::address("127.0.0.1", live::next_port());
    Address back_ = live::address("127.0.0.1", live::next_port());
    std::unique_ptr<live::Program> product_;
    std::unique_ptr<live::Program> agent_;
};

TEST_F(DiscoveryPrivileges, TwoCapabilitiesAreEnough)
{
    start_agent(",+sys_ptrace,+dac_read_search");
    EXPECT_TRUE(eventually([this] { return is_found(); })) << product_->err() << answer().dump(2);
}

TEST_F(DiscoveryPrivileges, WithoutDacReadSearchSocketsAndFilesOfOthersAreNotKnown)
{
    start_agent(",+sys_ptrace");
    EXPECT_TRUE(is_said("process " + std::to_string(product_->pid()), "(CAP_DAC_READ_SEARCH)"))
        << answer().dump(2);
    EXPECT_FALSE(is_found());
}

TEST_F(DiscoveryPrivileges, WithoutSysPtraceProcessesOfOthersAreNotKnown)
{
    start_agent(",+dac_read_search");
    EXPECT_TRUE(is_said("/proc", "(CAP_SYS_PTRACE)")) << answer().dump(2);
    EXPECT_FALSE(is_found());
}

} // namespace
} // namespace slotscope::products
