// SPDX-License-Identifier: MIT
#include "daemon/doctor_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/capability.h>

namespace slotscope::daemon {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t bits(std::initializer_list<int> capabilities)
{
    std::uint64_t set = 0;
    for (const int each : capabilities)
        set |= std::uint64_t{1} << each;
    return set;
}
constexpr std::uint64_t kAll = bits({CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN, CAP_SYS_PTRACE});

HostFacts good()
{
    HostFacts facts;
    facts.privileges = {0, kAll};
    facts.kernel.identity = {"6.12.107-amd64", "x86_64", true};
    facts.kernel.trampolines.how = kernel::TrampolineProof::How::attached;
    facts.group = 999;
    facts.agent.socket = "/run/slotscope/slotscope.sock";
    return facts;
}

DoctorCheck line(const HostFacts& facts, const std::string& name)
{
    for (const DoctorCheck& check : judge_host(facts))
        if (check.name == name)
            return check;
    ADD_FAILURE() << "no line " << name;
    return {};
}

TEST(JudgeHost, IsOkWhereNothingIsMissing)
{
    EXPECT_EQ(verdict(judge_host(good())), CheckStatus::ok);
}

TEST(JudgeHost, TheWorstLineIsTheVerdict)
{
    HostFacts facts = good();
    facts.group = std::nullopt;
    EXPECT_EQ(verdict(judge_host(facts)), CheckStatus::degraded);
    facts.privileges.effective = 0;
    EXPECT_EQ(verdict(judge_host(facts)), CheckStatus::missing);
}

TEST(JudgeHost, AMissingGroupNamesTheCommandThatMakesIt)
{
    HostFacts facts = good();
    facts.group = std::nullopt;
    EXPECT_THAT(line(facts, "group").remedy, HasSubstr("groupadd --system slotscope"));
}

TEST(JudgeHost, NoAgentIsNoFaultAndAForbiddenOneIs)
{
    HostFacts facts = good();
    EXPECT_EQ(line(facts, "agent").status, CheckStatus::ok);
    facts.agent.state = AgentPresence::State::running;
    facts.agent.pid = 812;
    EXPECT_THAT(line(facts, "agent").found, HasSubstr("pid 812"));
    facts.agent.state = AgentPresence::State::forbidden;
    EXPECT_EQ(line(facts, "agent").status, CheckStatus::degraded);
    EXPECT_THAT(line(facts, "agent").remedy, HasSubstr("usermod"));
}

TEST(DoctorJson, HasTheContractsFields)
{
    HostFacts facts = good();
    facts.group = std::nullopt;
    const auto report = nlohmann::json::parse(doctor_json(judge_host(facts), {}));
    EXPECT_EQ(report.at("schema"), "slotscope.doctor/1");
    EXPECT_EQ(report.at("verdict"), "degraded");
    EXPECT_EQ(report.at("at"), "1970-01-01T00:00:00.000Z");
    for (const auto& check : report.at("checks"))
        for (const char* key : {"name", "status", "found", "remedy"})
            EXPECT_TRUE(check.at(key).is_string()) << check.dump();
}

TEST(JudgePrivileges, EachMissingCapabilityIsNamedWithWhatIsLost)
{
    const auto judged = [](std::uint64_t effective) { return judge_privileges({0, effective}); };
    EXPECT_EQ(judged(kAll).status, CheckStatus::ok);
    EXPECT_EQ(judged(kAll).remedy, "");
    const DoctorCheck no_admin = judged(kAll & ~bits({CAP_SYS_ADMIN}));
    EXPECT_EQ(no_admin.status, CheckStatus::degraded);
    EXPECT_THAT(no_admin.found, HasSubstr("without CAP_SYS_ADMIN, connections in other network namespaces"));
    const DoctorCheck no_ptrace = judged(kAll & ~bits({CAP_SYS_PTRACE}));
    EXPECT_EQ(no_ptrace.status, CheckStatus::degraded);
    EXPECT_THAT(no_ptrace.found, HasSubstr("without CAP_SYS_PTRACE"));
    const DoctorCheck nothing = judged(0);
    EXPECT_EQ(nothing.status, CheckStatus::missing);
    EXPECT_THAT(nothing.found, HasSubstr("CAP_BPF and CAP_PERFMON are missing"));
    EXPECT_THAT(nothing.remedy, HasSubstr("CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN and CAP_SYS_PTRACE"));
}

TEST(MissingToLoad, SysAdminStandsInForBoth)
{
    EXPECT_EQ(missing_to_load({0, bits({CAP_SYS_ADMIN})}), "");
    EXPECT_EQ(missing_to_load({0, bits({CAP_BPF, CAP_PERFMON})}), "");
    EXPECT_EQ(missing_to_load({0, bits({CAP_BPF})}), "CAP_PERFMON is");
    EXPECT_EQ(missing_to_load({0, bits({CAP_PERFMON, CAP_SYS_PTRACE})}), "CAP_BPF is");
}

TEST(CapabilityNames, AreThoseOfTheManual)
{
    EXPECT_EQ(capability_names(bits({CAP_SYS_ADMIN, CAP_SYS_PTRACE})),
              (std::vector<std::string>{"CAP_SYS_PTRACE", "CAP_SYS_ADMIN"}));
    EXPECT_TRUE(capability_names(0).empty());
}

} // namespace
} // namespace slotscope::daemon
