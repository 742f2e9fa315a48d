// SPDX-License-Identifier: MIT
// limits, status, events, doctor
#include "cli/render/render.h"
#include "render_checks.h"
#include "samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace slotscope::cli::test {

using testing::HasSubstr;

namespace {

std::string text_of(const Result<std::string>& text)
{
    return text ? *text : "ERROR " + text.error().message;
}

std::string error_of(const Result<std::string>& text)
{
    return text ? "" : text.error().message;
}

Json status()
{
    Json answer = envelope("slotscope.status/1");
    answer["agent"] = Json{{"version", "0.1.0"},
                           {"kernel", "6.1.0"},
                           {"pid", 4711},
                           {"user", "slotscope"},
                           {"capabilities", {"CAP_SYS_PTRACE", "CAP_SYS_ADMIN"}},
                           {"uptime_seconds", 273600},
                           {"cpu_seconds", 312.5},
                           {"memory_bytes", 24117248},
                           {"kernel_memory_bytes", 8388608},
                           {"namespaces", 1},
                           {"last_audit_seconds_ago", 12.1},
                           {"last_audit_seconds", 0.0031},
                           {"last_walk_seconds", 0.0012}};
    answer["warnings"] = Json::array({"limit app3 is not in force"});
    answer["hooks"] =
        Json::array({{{"signal", "connect"}, {"variant", "fentry/tcp_connect"}, {"gap", ""}},
                     {{"signal", "unix"}, {"variant", "none"}, {"gap", "Unix sockets are not seen"}}});
    answer["programs"] = Json::array(
        {{{"name", "tcp_state"}, {"runs", 1000}, {"run_seconds", 0.0002}, {"recursion_misses", 2}}});
    answer["tables"] = Json::array({{{"name", "connections"}, {"used", 65536}, {"capacity", 65536}}});
    answer["loss_reasons"] = Json::array(
        {{{"name", "connections_full"}, {"count", 12}, {"meaning", "connections that found no room"}}});
    answer["repairs"] = Json::array({{{"name", "audit_added"}, {"count", 0}, {"meaning", "never"}}});
    return answer;
}

Json event(const char* kind)
{
    return Json{{"schema", "slotscope.event/1"},
                {"at", "2026-01-31T08:15:30.250Z"},
                {"event", kind},
                {"backend", "app1"},
                {"direction", "outbound"},
                {"text", "limit reached: 8 of 8"}};
}

Json doctor(const char* verdict)
{
    return Json{
        {"schema", "slotscope.doctor/1"},
        {"at", "2026-01-31T08:15:30.250Z"},
        {"verdict", verdict},
        {"checks",
         {{{"name", "BTF"}, {"status", "ok"}, {"found", "/sys/kernel/btf/vmlinux"}, {"remedy", ""}},
          {{"name", "CAP_BPF"}, {"status", "missing"}, {"found", "not there"}, {"remedy", "use sudo"}}}}};
}

} // namespace

TEST(RenderLimits, ShowsEachLimitAndWhereItIsWritten)
{
    Json one = limit("app1");
    one["backends"] = Json::array(
        {{{"name", "app1"}, {"direction", "outbound"}, {"address", "127.0.0.1:8081"}, {"in_use", 8}},
         {{"name", "app1"}, {"direction", "inbound"}, {"address", "127.0.0.1:8081"}, {"in_use", 7}}});
    EXPECT_EQ(text_of(render_limits(limits({one, limit("db", "calls are not counted")}), {})),
              "LIMIT  SLOTS  IN-USE       OF           SIDE  SOURCE             ADDRESSES\n"
              "app1       8  out 8, in 7  connections  both  slotscope.toml:12  127.0.0.1:8081\n"
              "db         8  -            connections  both  slotscope.toml:12  127.0.0.1:8081\n"
              "    ! not in force: calls are not counted\n");
}

Json found_limit(const std::string& name)
{
    Json one = limit(name);
    one["source"] = "/etc/haproxy.cfg:23";
    one["origin"] = {
        {"product", "haproxy"},   {"pid", 812},       {"rule", "a request being served"},
        {"certainty", "at_most"}, {"doubt", nullptr}, {"arithmetic", {"minconn 2", "maxconn 8"}}};
    return one;
}

TEST(RenderLimits, SaysWhatASlotOfAFoundOneIsAndWhatWasNotUnderstood)
{
    Json answer = limits({found_limit("app1")});
    answer["not_understood"] = Json::array({{{"product", "haproxy"},
                                             {"source", "/etc/haproxy.cfg:9"},
                                             {"text", ".if x"},
                                             {"why", "conditions"}}});
    EXPECT_EQ(text_of(render_limits(answer, {})),
              "LIMIT  SLOTS  IN-USE  OF           SIDE  SOURCE               ADDRESSES\n"
              "app1      ≤8  -       connections  both  /etc/haproxy.cfg:23  127.0.0.1:8081\n"
              "\n"
              "A SLOT OF      IS\n"
              "haproxy, both  a request being served\n"
              "\n"
              "NOT UNDERSTOOD      WHY\n"
              "/etc/haproxy.cfg:9  conditions\n"
              "                    .if x\n");
}

TEST(RenderLimits, SaysOnceWhatASlotOfAProductIs)
{
    const std::string text =
        text_of(render_limits(limits({found_limit("app1"), found_limit("app2"), found_limit("app3")}), {}));
    EXPECT_EQ(text.find("a request being served"), text.rfind("a request being served"));
}

TEST(RenderExplanation, TellsHowTheNumberComesAbout)
{
    const Json answer = limits({found_limit("app1"), limit("db")});
    EXPECT_EQ(text_of(render_explanation(answer, "app1", {})), "app1: ≤8 connections\n"
                                                               "  side       both sides\n"
                                                               "  at         127.0.0.1:8081\n"
                                                               "  from       /etc/haproxy.cfg:23 (haproxy)\n"
                                                               "  a slot is  a request being served\n"
                                                               "  sure       at_most\n"
                                                               "  because    minconn 2\n"
                                                               "             maxconn 8\n"
                                                               "  in use     -\n");
    EXPECT_THAT(text_of(render_explanation(answer, "127.0.0.1:8081", {})), HasSubstr("db: 8"));
    EXPECT_THAT(error_of(render_explanation(answer, "web", {})), HasSubstr("no limit of \"web\""));
    expect_no_crash(answer, [](const Json& damaged) {
        const std::string error = error_of(render_explanation(damaged, "app1", {}));
        return error.starts_with("there is no limit") ? std::string() : error; // its name was damaged
    });
}

TEST(RenderLimits, ShowsOneThatMovesAndTheShareOfEachGeneration)
{
    Json one = found_limit("app1");
    one["origin"]["certainty"] = "moving";
    one["origin"]["generations"] =
        Json::array({{{"pids", {811}}, {"newest", false}, {"slots", nullptr}, {"in_use", 3}},
                     {{"pids", {813, 814}}, {"newest", true}, {"slots", 8}, {"in_use", 2}}});
    const Json answer = limits({one});
    EXPECT_THAT(unfolded(text_of(render_limits(answer, {}))), HasSubstr("app1 8↕"));
    EXPECT_THAT(text_of(render_explanation(answer, "app1", {})),
                HasSubstr("  generation an older one, 811: 3 of an unknown number\n"
                          "             the newest, 813 814: 2 of 8\n"));
}

TEST(RenderLimits, SaysHowToGiveOneWhereThereIsNone)
{
    EXPECT_THAT(unfolded(text_of(render_limits(limits(Json::array()), {}))),
                HasSubstr("no limit is known: give one with `slotscoped --limit"));
}

TEST(RenderLimits, StaysWithinTheScreenAndNeverCrashes)
{
    Json one = limit(std::string(200, 'n'), "\x1b[2J" + std::string(300, 'x'));
    one["addresses"] = Json::array({std::string(200, 'a'), "127.0.0.1:1"});
    for (std::size_t width = 40; width < 150; ++width)
        expect_well_formed(text_of(render_limits(lossy(limits({one})), {width, false, false})), width);
    expect_no_crash(limits({limit("app1")}),
                    [](const Json& answer) { return error_of(render_limits(answer, {})); });
}

TEST(RenderStatus, ShowsTheAgentItsGapsAndItsLosses)
{
    const std::string text = text_of(render_status(status(), {}));
    EXPECT_THAT(text, HasSubstr("slotscoped 0.1.0 has been up for 3d4h: pid 4711, kernel 6.1.0\n"));
    EXPECT_THAT(text, HasSubstr("CPU 5m12s (0.1%), memory 23 MiB, in the kernel 8 MiB\n"));
    EXPECT_THAT(text, HasSubstr("runs as  slotscope with CAP_SYS_PTRACE, CAP_SYS_ADMIN\n"));
    EXPECT_THAT(text, HasSubstr("! limit app3 is not in force\n"));
    EXPECT_THAT(text, HasSubstr("unix     none                Unix sockets are not seen\n"));
    EXPECT_THAT(text, HasSubstr("connections_full     12  connections that found no room\n"));
    EXPECT_THAT(text, HasSubstr("repairs: none\n"));
    EXPECT_THAT(text, HasSubstr("connections  65536     65536  100%\n"));
    EXPECT_THAT(text, HasSubstr("tcp_state  1000  200µs  200ns       2\n"));
}

TEST(RenderStatus, OfAnAgentThatDoesNotSayItsUserIsShownWithoutIt)
{
    Json answer = status();
    answer["agent"].erase("user");
    answer["agent"].erase("capabilities");
    EXPECT_THAT(text_of(render_status(answer, {})), testing::Not(HasSubstr("runs as")));
}

TEST(RenderStatus, SaysThatNothingWasLost)
{
    Json answer = status();
    answer["loss_reasons"][0]["count"] = 0;
    answer["agent"]["last_audit_seconds_ago"] = nullptr;
    const std::string text = text_of(render_status(answer, {}));
    EXPECT_THAT(text, HasSubstr("losses: none, every count is complete\n"));
    EXPECT_THAT(text, HasSubstr("audit    none yet"));
}

TEST(RenderStatus, StaysWithinTheScreenAndNeverCrashes)
{
    Json answer = status();
    answer["agent"]["kernel"] = std::string(300, 'k');
    answer["warnings"] =
        Json::array({std::string(200, 'w') + "\n\x1b[2J",
                     "several words, one after the other, and more of them, till they pass"});
    answer["hooks"][1]["gap"] = std::string(300, 'g');
    for (std::size_t width = 80; width < 150; ++width)
        expect_well_formed(text_of(render_status(answer, {width, false, false})), width);
    expect_no_crash(status(), [](const Json& document) { return error_of(render_status(document, {})); });
}

TEST(RenderEvent, IsOneLine)
{
    EXPECT_EQ(text_of(render_event(event("limit_reached"), {})),
              "08:15:30.250  app1              outbound  limit reached: 8 of 8\n");
    Json greeting = event("subscribed");
    greeting.erase("backend");
    greeting.erase("direction");
    EXPECT_EQ(text_of(render_event(greeting, {})), "08:15:30.250  events follow (times are UTC)\n");
}

TEST(RenderEvent, IsCutOnATerminalOnlyAndNeverHarmful)
{
    Json nasty = event("losses");
    nasty["text"] = std::string(500, 'x') + "\n\x1b[2J";
    nasty["at"] = "yesterday\n";
    expect_well_formed(text_of(render_event(nasty, {100, true, false})), 100);
    expect_well_formed(text_of(render_event(nasty, {100, false, false})), 1000);
    EXPECT_THAT(text_of(render_event(nasty, {100, false, false})), HasSubstr(std::string(500, 'x')));
    expect_no_crash(event("losses"),
                    [](const Json& document) { return error_of(render_event(document, {})); });
}

TEST(RenderDoctor, ShowsRemediesAndGivesTheVerdictAsExitCode)
{
    const Result<Diagnosis> diagnosis = render_doctor(doctor("missing"), {});
    ASSERT_TRUE(diagnosis);
    EXPECT_EQ(diagnosis->exit_code, 2);
    EXPECT_EQ(diagnosis->text, "missing: slotscoped cannot work here; what to do is below\n"
                               "CHECK    STATUS   FOUND\n"
                               "BTF      ok       /sys/kernel/btf/vmlinux\n"
                               "CAP_BPF  missing  not there\n"
                               "                  → use sudo\n");
    EXPECT_EQ(render_doctor(doctor("ok"), {})->exit_code, 0);
    EXPECT_EQ(render_doctor(doctor("degraded"), {})->exit_code, 1);
}

TEST(RenderDoctor, NeverCrashesOnAWrongAnswer)
{
    EXPECT_FALSE(render_doctor(doctor("fine"), {}));
    expect_no_crash(doctor("ok"), [](const Json& document) {
        const Result<Diagnosis> diagnosis = render_doctor(document, {});
        return diagnosis ? "" : diagnosis.error().message;
    });
}

} // namespace slotscope::cli::test
