// SPDX-License-Identifier: MIT
// Waiting for verdicts, and comparing them with what was written down.
#include "scenario.h"
#include "table.h"

#include "harness/wait.h"

namespace slotscope::scenarios {
namespace {

using live::eventually;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kVerdictTime{25}; // only an agent that gives none takes it
constexpr std::chrono::seconds kChangeTime{8};   // to put a first verdict right
constexpr std::chrono::seconds kStays{2};
constexpr std::chrono::milliseconds kPollPause{200};

std::string this_test()
{
    const testing::TestInfo& info = *testing::UnitTest::GetInstance()->current_test_info();
    return std::string(info.test_suite_name()) + "." + info.name();
}

// An episode has the name that its backend had when it began, which another namespace's may have taken since.
bool is_about(const json& verdict, const Side& side, const std::string& name)
{
    return text_of(verdict, "backend") == name ||
           (text_of(verdict, "address") == to_string(side.address) &&
            text_of(verdict, "direction") == to_string(side.direction));
}

} // namespace

void ScenarioTest::gives(const Expected& written)
{
    Expected expected = written;
    if (!names_are_seen()) // calls are told by timing: they have no names
        expected.call = expected.dependency_call = "";
    const std::string name = backend(expected.backend).value("name", to_string(expected.backend.address));
    Watched watched;
    std::vector<json> all;
    const auto began = Clock::now();
    const auto is_settled = [&] {
        const json slots = backend(expected.backend).value("slots", json::object());
        if (!watched.full && slots.value("at_limit", false))
            watched.full = Clock::now();
        all = verdicts();
        for (const json& verdict : all)
            if (is_about(verdict, expected.backend, name))
                watched.take(verdict, expected);
        std::this_thread::sleep_for(kPollPause);
        const auto now = Clock::now();
        return (watched.right_since && now - *watched.right_since > kStays) ||
               (watched.first && now - *watched.first > kChangeTime);
    };
    eventually(is_settled, kVerdictTime);

    Row row{.scenario = this_test(), .expected = described(expected), .got = watched.got()};
    if (!watched.verdict.is_null()) {
        row.confidence = watched.verdict.value("confidence", -1.0);
        row.seconds = std::chrono::duration<double>(*watched.first - watched.full.value_or(began)).count();
    }
    add_row(row);
    ASSERT_FALSE(watched.verdict.is_null())
        << "no verdict about " << name << " among " << json(all).dump(1) << what_is_known(expected.backend);
    EXPECT_EQ(watched.causes, std::vector<std::string>{expected.cause})
        << watched.verdict.dump(1) << what_is_known(expected.backend);
    EXPECT_EQ(all.size(), 1U) << "one incident is one verdict: " << json(all).dump(1);
    EXPECT_EQ(wrong_in(watched.verdict, expected), "") << watched.verdict.dump(1);
}

void ScenarioTest::gives_one_of(Expected expected, const std::vector<std::string>& causes)
{
    const std::string name = backend(expected.backend).value("name", to_string(expected.backend.address));
    eventually(
        [&] {
            std::this_thread::sleep_for(kPollPause);
            for (const json& verdict : verdicts())
                if (is_about(verdict, expected.backend, name) && text_of(verdict, "cause") != "unknown") {
                    if (std::ranges::find(causes, text_of(verdict, "cause")) != causes.end())
                        expected.cause = text_of(verdict, "cause");
                    return true;
                }
            return false;
        },
        kVerdictTime);
    gives(expected);
}

void ScenarioTest::says_none_but(const Side& side, const std::vector<std::string>& causes, double seconds)
{
    const std::string name = backend(side).value("name", to_string(side.address));
    std::string said = "nothing";
    std::string wrong;
    const auto until = Clock::now() + std::chrono::duration<double>(seconds);
    while (Clock::now() < until) {
        std::this_thread::sleep_for(kPollPause);
        for (const json& verdict : verdicts()) {
            if (!is_about(verdict, side, name))
                continue;
            said = text_of(verdict, "cause");
            if (std::ranges::find(causes, said) == causes.end())
                wrong = verdict.dump(1);
        }
    }
    std::string expected;
    for (const std::string& each : causes)
        expected += (expected.empty() ? "" : " or ") + each;
    add_row({.scenario = this_test(), .expected = expected, .got = said});
    EXPECT_NE(said, "nothing") << what_is_known(side);
    EXPECT_EQ(wrong, "");
}

void ScenarioTest::gives_each(const std::vector<Expected>& expected)
{
    const bool names = names_are_seen();
    std::vector<json> all;
    const auto wrong = [&](Expected each) {
        if (!names)
            each.call = each.dependency_call = "";
        const std::string name = backend(each.backend).value("name", to_string(each.backend.address));
        for (const json& verdict : all)
            if (is_about(verdict, each.backend, name))
                return text_of(verdict, "cause") == each.cause ? wrong_in(verdict, each)
                                                               : "the cause is " + text_of(verdict, "cause");
        return "no verdict about " + name;
    };
    eventually(
        [&] {
            all = verdicts();
            std::this_thread::sleep_for(kPollPause);
            return all.size() == expected.size() &&
                   std::ranges::all_of(expected, [&](const Expected& each) { return wrong(each).empty(); });
        },
        kVerdictTime);
    for (const Expected& each : expected) {
        const std::string fault = wrong(each);
        add_row({.scenario = this_test(),
                 .expected = described(each),
                 .got = fault.empty() ? described(each) : fault});
        EXPECT_EQ(fault, "") << json(all).dump(1);
    }
    EXPECT_EQ(all.size(), expected.size()) << json(all).dump(1);
}

void ScenarioTest::gives_nothing(double seconds)
{
    std::vector<json> all;
    const bool something = eventually(
        [&] {
            all = verdicts();
            std::this_thread::sleep_for(kPollPause);
            return !all.empty();
        },
        std::chrono::milliseconds(static_cast<int>(seconds * 1000)));
    Row row{.scenario = this_test(), .expected = "nothing", .got = "nothing"};
    if (something) {
        row.got = described(all.front());
        row.confidence = all.front().value("confidence", -1.0);
    }
    add_row(row);
    EXPECT_FALSE(something) << json(all).dump(1);
}

} // namespace slotscope::scenarios
