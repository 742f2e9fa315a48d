// SPDX-License-Identifier: MIT
// HAProxy's answers at its stats socket, and what they make of the limits that were read. The lines are those
// of HAProxy 2.6, columns shortened.
#include "limits/haproxy/live.h"

#include "limits/haproxy/stats.h"
#include "limits/products.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace slotscope::limits {
namespace {

constexpr const char* kInfo =
    "Name: HAProxy\nVersion: 2.6.12\nPid: 813\nStopping: 0\nMaxconn: 200\nnode: vm\n\n";
constexpr const char* kTitles = "# pxname,svname,qcur,scur,slim,status,throttle,type,last_chk,mode,\n";

std::string told(const std::string& rows)
{
    return std::string(kInfo) + kTitles + rows + "\n";
}

Limit limit_of(const std::string& name, std::uint32_t slots, const std::string& address)
{
    Limit limit = limit_at({"/h.cfg", 5}, name, slots, "a slot");
    limit.kind = SlotKind::calls;
    limit.direction = Direction::outbound;
    limit.addresses = {parse_endpoint(address).value()};
    limit.origin.arithmetic = {"maxconn " + std::to_string(slots) + " (/h.cfg:5)"};
    return limit;
}

// An instance with the server app/one, maxconn 50 (between minconn and it, where there is one).
Findings findings(std::uint32_t minconn = 0)
{
    Findings result;
    result.run_time.sockets = {"/run/h.sock"};
    Limit limit = limit_of("app/one", 50, "10.0.0.1:80");
    limit.origin.certainty = minconn == 0 ? Certainty::certain : Certainty::at_most;
    result.run_time.limits.push_back({"app", {"one"}, limit, minconn, false, false});
    result.limits.push_back(limit);
    return result;
}

Findings asked(Findings from, const std::string& answer, const std::string& state = "")
{
    Instance instance;
    instance.main.pid = 812;
    instance.main.executable = "/usr/sbin/haproxy";
    const Product& haproxy = *product_of(instance.main);
    const Ask ask = [&](const std::string& path, std::string_view request) -> Result<std::string> {
        EXPECT_EQ(path, "/run/h.sock");
        EXPECT_TRUE(request.starts_with("show ")) << request; // nothing that changes anything
        return request == haproxy::kAskAddresses ? state : answer;
    };
    return ask_running(haproxy, instance, ask, std::move(from));
}

TEST(HaproxyLive, ConfirmsWhatTheFileSays)
{
    const Findings now =
        asked(findings(), told("app,one,0,3,50,UP,,2,,http,\napp,BACKEND,0,3,20,UP,,1,,http,\n"));
    ASSERT_EQ(now.limits.size(), 1U);
    EXPECT_EQ(now.limits[0].slots, 50U);
    EXPECT_EQ(now.limits[0].source, "/h.cfg:5");
    EXPECT_EQ(now.limits[0].origin.certainty, Certainty::certain);
    EXPECT_EQ(now.limits[0].origin.live, "stats socket /run/h.sock");
}

TEST(HaproxyLive, WinsOverTheFile)
{
    Findings from = findings();
    from.limits[0].origin.certainty = Certainty::unsure; // the file was changed since
    from.limits[0].origin.doubt = "changed";
    const Findings now = asked(std::move(from), told("app,one,0,3,33,UP,,2,,http,\n"));
    ASSERT_EQ(now.limits.size(), 1U);
    EXPECT_EQ(now.limits[0].slots, 33U);
    EXPECT_EQ(now.limits[0].source, "stats socket /run/h.sock");
    EXPECT_EQ(now.limits[0].origin.certainty, Certainty::certain);
    EXPECT_EQ(now.limits[0].origin.doubt, "");
    EXPECT_EQ(now.limits[0].origin.pid, 812U);
}

TEST(HaproxyLive, ALimitThatWasTakenAwayIsNone)
{
    EXPECT_TRUE(asked(findings(), told("app,one,0,3,,UP,,2,,http,\n")).limits.empty());
}

TEST(HaproxyLive, TellsWhereAMovingLimitStands)
{
    const auto slots = [](const std::string& sessions) {
        const Findings now = asked(findings(5), told("app,one,0,3,50,UP,,2,,http,\napp,BACKEND,0," +
                                                     sessions + ",100,UP,,1,,http,\n"));
        EXPECT_EQ(now.limits[0].origin.certainty, Certainty::moving);
        return now.limits[0].slots;
    };
    EXPECT_EQ(slots("0"), 5U);
    EXPECT_EQ(slots("11"), 5U);
    EXPECT_EQ(slots("41"), 20U);
    EXPECT_EQ(slots("99"), 49U);
    EXPECT_EQ(slots("100"), 50U);
    EXPECT_EQ(slots("4000"), 50U);
}

TEST(HaproxyLive, AServerThatStartsSlowlyHasAPart)
{
    const Findings now =
        asked(findings(), told("app,one,0,3,50,UP,20,2,,http,\napp,BACKEND,0,3,9,UP,,1,,http,\n"));
    EXPECT_EQ(now.limits[0].slots, 10U);
    EXPECT_EQ(now.limits[0].origin.certainty, Certainty::moving);
}

TEST(HaproxyLive, AddsWhatOnlyTheSocketKnows)
{
    const Findings now =
        asked(findings(), told("app,one,0,3,50,UP,,2,\"a, \"\"b\"\"\",http,\napp,new,0,0,4,UP,,2,,tcp,\n"),
              "1\n# be_id be_name srv_id srv_name srv_addr srv_port\n3 app 9 new 10.0.0.9 8080\n");
    ASSERT_EQ(now.limits.size(), 2U);
    EXPECT_EQ(now.limits[1].name, "app/new");
    EXPECT_EQ(now.limits[1].slots, 4U);
    EXPECT_EQ(now.limits[1].kind, SlotKind::connections);
    EXPECT_EQ(to_string(now.limits[1].addresses.at(0)), "10.0.0.9:8080");
    EXPECT_EQ(now.limits[1].origin.product, "haproxy");
}

TEST(HaproxyLive, ATemplatesServersAreAddedUp)
{
    Findings from;
    from.run_time.sockets = {"/run/h.sock"};
    const Limit limit = limit_of("app/tN", 18, "10.0.0.1:80");
    from.run_time.limits.push_back({"app", {"t1", "t2", "t3"}, limit, 0, false, false});
    from.limits = {limit};
    const Findings now =
        asked(std::move(from), told("app,t1,0,0,9,UP,,2,,http,\napp,t2,0,0,9,MAINT (resolution),,2,,http,"
                                    "\napp,t3,0,0,7,UP,,2,,http,\n"));
    EXPECT_EQ(now.limits.at(0).slots, 16U);
}

// Fronts at ports 80, 81, ...; 0: it has no maxconn of its own.
Findings fronts(const std::vector<std::pair<std::string, std::uint32_t>>& all)
{
    Findings result;
    result.run_time.sockets = {"/run/h.sock"};
    int port = 80;
    for (const auto& [name, maxconn] : all) {
        Front front{name, {}, {parse_endpoint("10.0.0.1:" + std::to_string(port++)).value()}};
        if (maxconn != 0)
            front.maxconn = Count{maxconn, {"/h.cfg", 7}};
        result.run_time.fronts.push_back(front);
    }
    return result;
}

TEST(HaproxyLive, TheOnlyFrontHasNoMoreThanTheProcess)
{
    const Findings now = asked(fronts({{"web", 0}}), told("web,FRONTEND,,3,500,OPEN,,0,,http,\n"));
    ASSERT_EQ(now.limits.size(), 1U);
    EXPECT_EQ(now.limits[0].slots, 200U);
    EXPECT_EQ(now.limits[0].name, "web");
    EXPECT_EQ(now.limits[0].origin.certainty, Certainty::certain);
}

TEST(HaproxyLive, FrontsThatMayHaveAllShareIt)
{
    const Findings now =
        asked(fronts({{"web", 0}, {"own", 50}, {"two", 900}, {"less", 0}}),
              told("web,FRONTEND,,3,200,OPEN,,0,,http,\nown,FRONTEND,,0,50,OPEN,,0,,http,\n"
                   "two,FRONTEND,,0,900,OPEN,,0,,http,\nless,FRONTEND,,0,20,OPEN,,0,,http,\n"));
    ASSERT_EQ(now.limits.size(), 3U);
    EXPECT_EQ(now.limits[0].name, "own");
    EXPECT_EQ(now.limits[0].slots, 50U);
    EXPECT_EQ(now.limits[0].source, "/h.cfg:7");
    EXPECT_EQ(now.limits[0].origin.certainty, Certainty::at_most);
    EXPECT_EQ(now.limits[1].name, "less"); // set at run time
    EXPECT_EQ(now.limits[1].slots, 20U);
    EXPECT_EQ(now.limits[1].source, "stats socket /run/h.sock");
    EXPECT_EQ(now.limits[2].name, "haproxy");
    EXPECT_EQ(now.limits[2].slots, 200U);
    EXPECT_EQ(now.limits[2].addresses.size(), 2U);
    EXPECT_EQ(now.limits[2].origin.certainty, Certainty::at_most);
}

// The server app/one by a name that has two addresses, as the files tell it.
Findings named(bool by_resolvers)
{
    Findings from = findings();
    from.limits[0].addresses.push_back(parse_endpoint("10.0.0.2:80").value());
    if (by_resolvers)
        from.limits[0].origin.certainty = Certainty::unsure;
    from.run_time.limits[0].limit = from.limits[0];
    from.run_time.limits[0].named = true;
    return from;
}

TEST(HaproxyLive, AServerOfANameIsWhereTheSocketSaysThatItIs)
{
    const std::string row = told("app,one,0,3,50,UP,,2,,http,\n");
    const Findings now = asked(
        named(true), row, "1\n# be_id be_name srv_id srv_name srv_addr srv_port\n3 app 1 one 10.0.0.9 80\n");
    ASSERT_EQ(now.limits.size(), 1U);
    ASSERT_EQ(now.limits[0].addresses.size(), 1U);
    EXPECT_EQ(to_string(now.limits[0].addresses[0]), "10.0.0.9:80");
    EXPECT_EQ(now.limits[0].origin.certainty, Certainty::certain);

    for (const bool by_resolvers : {true, false}) {
        const Findings unsaid = asked(named(by_resolvers), row, "Permission denied\n");
        EXPECT_EQ(unsaid.limits.at(0).addresses.size(), 2U);
        EXPECT_EQ(unsaid.limits[0].origin.certainty, by_resolvers ? Certainty::unsure : Certainty::certain);
    }
}

TEST(HaproxyLive, AnotherServerAtTheAddressStaysADoubt)
{
    Findings from = findings();
    from.run_time.limits[0].beside_unlimited = true;
    from.run_time.limits[0].limit.origin.certainty = Certainty::unsure;
    from.limits[0] = from.run_time.limits[0].limit;
    const Findings now = asked(std::move(from), told("app,one,0,3,40,UP,,2,,http,\n"));
    EXPECT_EQ(now.limits.at(0).slots, 40U);
    EXPECT_EQ(now.limits[0].origin.certainty, Certainty::unsure);
}

TEST(HaproxyLive, WhatDoesNotAnswerLeavesTheFilesLimit)
{
    for (const std::string answer :
         {"", "Unknown command.\n", "Pid: 813\n", "# pxname,svname,\napp,one,\n"}) {
        const Findings now = asked(findings(), answer);
        ASSERT_EQ(now.limits.size(), 1U);
        EXPECT_EQ(now.limits[0].slots, 50U);
        EXPECT_EQ(now.limits[0].origin.live, "");
        ASSERT_EQ(now.not_understood.size(), 1U) << answer;
        EXPECT_EQ(now.not_understood[0].source, "stats socket /run/h.sock");
    }
    const std::string stopping =
        "Pid: 812\nStopping: 1\n" + std::string(kTitles) + "app,one,0,3,7,UP,,2,,http,\n";
    EXPECT_EQ(asked(findings(), stopping).limits[0].slots, 50U);
}

TEST(HaproxyLive, SurvivesDamage)
{
    const std::string whole =
        told("web,FRONTEND,,3,500,OPEN,,0,,http,\napp,one,0,3,33,UP,20,2,\"a \"\"b\"\"\",http,\n"
             "app,two,0,3,8,UP,,2,,http,\napp,BACKEND,0,3,20,UP,,1,,http,\n");
    const std::string state =
        "1\n# be_id be_name srv_id srv_name srv_addr srv_port\n3 app 9 two 10.0.0.9 8080\n";
    std::mt19937 random(static_cast<std::uint32_t>(::testing::UnitTest::GetInstance()->random_seed()));
    const auto damaged = [&](std::string text) {
        for (int change = 0; change < 3 && !text.empty(); ++change) {
            const std::size_t at = random() % text.size();
            switch (random() % 4) {
            case 0:
                text[at] = "\",#\n 0-9\0\xff"[random() % 10];
                break;
            case 1:
                text.erase(at, random() % 30);
                break;
            case 2:
                text.insert(at, text.substr(random() % text.size(), random() % 100));
                break;
            default:
                text.resize(at);
            }
        }
        return text;
    };
    for (int round = 0; round < 2000; ++round)
        for (const Limit& limit : asked(findings(5), damaged(whole), damaged(state)).limits) {
            EXPECT_GT(limit.slots, 0U);
            EXPECT_FALSE(limit.addresses.empty());
        }
}

} // namespace
} // namespace slotscope::limits
