// SPDX-License-Identifier: MIT
#include "analyze/advice_rows.h"
#include "analyze/judge.h"
#include "model/histogram.h"
#include "situations.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace slotscope::analyze::test {
namespace {

// 12.9 a second at the most, 95 % of them within 1.4 s.
Evidence contracts_example()
{
    Evidence e = surge();
    flow(e, 12.9, 12, 1.1);
    e.baseline.arrivals_per_second = 4;
    e.baseline.completions_per_second = 4;
    e.baseline.hold_seconds = 1.1;
    e.baseline.hold_p95_seconds = 1.3;
    e.during.hold_p95_seconds = 1.4;
    e.backend = "app/app1";
    e.product = "haproxy";
    e.limit_source = "haproxy.cfg:23";
    return e;
}

bool proposes(const std::vector<Advice>& list, const std::string& part)
{
    return std::any_of(list.begin(), list.end(),
                       [&](const Advice& each) { return each.change.find(part) != std::string::npos; });
}

TEST(Advice, RaisesTheLimitByLittlesLawInTheProductsOwnWords)
{
    const Verdict verdict = judge(contracts_example());
    ASSERT_EQ(verdict.cause, Cause::demand_surge) << verdict.sentence;
    ASSERT_GE(verdict.advice.size(), 2U);
    EXPECT_EQ(verdict.advice[0].product, "haproxy");
    EXPECT_EQ(verdict.advice[0].change.find("set maxconn server app/app1 19"), 0U)
        << verdict.advice[0].change;
    EXPECT_EQ(verdict.advice[1].change, "server app1 … maxconn 19");
    EXPECT_NE(verdict.advice[1].reason.find("peak arrivals 12.9/s × p95 hold 1.4 s = 18"), std::string::npos)
        << verdict.advice[1].reason;
}

TEST(Advice, MakesNoRoomForWhatIsSlow)
{
    for (const char* product : {"haproxy", "nginx", "varnish", "php-fpm", "pgbouncer", ""}) {
        Evidence e = contracts_example();
        e.product = product;
        e.long_completions = 3;
        flow(e, 20, 0.5, 20);
        e.during.hold_p95_seconds = 20;
        e.baseline.arrivals_per_second = e.baseline.completions_per_second = 20;
        e.baseline.hold_seconds = 0.1;
        const Verdict verdict = judge(e);
        ASSERT_EQ(verdict.cause, Cause::slow_backend) << verdict.sentence;
        ASSERT_FALSE(verdict.advice.empty());
        EXPECT_EQ(verdict.advice[0].change, "look at GET /item/{id}");
        for (const char* raised : {"maxconn", "max_conns", "max_connections", "max_children", "raise"})
            EXPECT_FALSE(proposes(verdict.advice, raised)) << product << " " << raised;
    }
}

TEST(Advice, LooksAtTheDependencyBeforeAnythingElse)
{
    Evidence e = contracts_example();
    flow(e, 5.5, 5.3, 1.5);
    held(e, 8, {.age_seconds = 3, .waits_for = "127.0.0.1:5432"});
    e.baseline.hold_seconds = 0.1;
    const Verdict verdict = judge(e);
    ASSERT_EQ(verdict.cause, Cause::slow_dependency) << verdict.sentence;
    EXPECT_EQ(verdict.advice[0].change.find("look at 127.0.0.1:5432"), 0U) << verdict.advice[0].change;
    EXPECT_FALSE(proposes(verdict.advice, "maxconn"));
}

TEST(Advice, SaysThatABackendWaitsForItself)
{
    Evidence e = at_limit();
    flow(e, 5.5, 5.3, 1.5);
    held(e, 8, {.age_seconds = 3, .waits_for = "127.0.0.1:8081"}); // its own address
    const Verdict verdict = judge(e);
    ASSERT_EQ(verdict.cause, Cause::slow_dependency) << verdict.sentence;
    EXPECT_NE(verdict.sentence.find("which calls app itself again (SELECT … FROM orders)"), std::string::npos)
        << verdict.sentence;
    EXPECT_EQ(verdict.sentence.find("waits on"), std::string::npos) << verdict.sentence;
    EXPECT_EQ(verdict.advice[0].change.find("let app not call itself"), 0U) << verdict.advice[0].change;
    EXPECT_FALSE(proposes(verdict.advice, "look at 127.0.0.1:8081"));
}

// Slow calls behind HAProxy, the oldest of so many seconds, after a thousand that took 1.2 s at the most.
Evidence slow_behind_haproxy(double oldest_seconds)
{
    Evidence e = slow();
    e.product = "haproxy";
    e.ended_before = 1000;
    e.longest_before_seconds = 1.2;
    held(e, 8, {.age_seconds = oldest_seconds});
    return e;
}

std::vector<Advice> advice_on(Cause cause, const Evidence& e)
{
    Verdict verdict = judge(e);
    verdict.cause = cause;
    return advice(e, verdict);
}

TEST(Advice, TimeOutIsMoreThanAnyCallTookBefore)
{
    Evidence e = slow_behind_haproxy(400);
    const auto list = advice_on(Cause::slow_backend, e);
    ASSERT_TRUE(proposes(list, "timeout server 5s"));
    EXPECT_NE(list[1].reason.find("more than twice the longest of the 1000 calls before it (1.2 s); now the "
                                  "oldest is 7 min"),
              std::string::npos)
        << list[1].reason;
    e.longest_before_seconds = 90;
    EXPECT_TRUE(proposes(advice_on(Cause::slow_backend, e), "timeout server 180s"));
    EXPECT_TRUE(proposes(advice_on(Cause::stuck_calls, e), "a time-out of 180s"));
}

TEST(Advice, MakesUpNoTimeOut)
{
    const auto without = [](const Evidence& e) {
        for (const char* product : {"haproxy", "postgresql", "mysql", "nginx", ""}) {
            Evidence of = e;
            of.product = product;
            of.direction = Direction::inbound;
            for (const Cause cause : {Cause::stuck_calls, Cause::slow_backend})
                for (const Advice& each : advice_on(cause, of))
                    if (each.change.find("time-out of") != std::string::npos ||
                        each.change.find("statement_timeout") != std::string::npos ||
                        each.change.find("timeout server") != std::string::npos)
                        return false;
        }
        return true;
    };
    Evidence e = slow_behind_haproxy(400);
    EXPECT_FALSE(without(e));
    e.ended_before = 20; // too few to know the longest
    EXPECT_TRUE(without(e));
    e = slow_behind_haproxy(400);
    e.baseline = {};
    EXPECT_TRUE(without(e));
    e = slow_behind_haproxy(400);
    e.unit = Unit::connections; // how long a connection lasts says nothing of a statement
    EXPECT_TRUE(without(e));
    EXPECT_FALSE(proposes(advice_on(Cause::slow_backend, slow_behind_haproxy(3)), "timeout server"))
        << "it would end none of those that hold";
}

TEST(Advice, LimitsStatementsOfTheApplicationsRoleAndNotOfAll)
{
    Evidence e = slow_behind_haproxy(400);
    e.product = "postgresql";
    e.direction = Direction::inbound;
    EXPECT_TRUE(proposes(advice_on(Cause::stuck_calls, e), "ALTER ROLE APP SET statement_timeout = '5s'"));
    for (const AdviceRow& row : advice_rows())
        EXPECT_EQ(std::string(row.change).find("ALTER SYSTEM"), std::string::npos) << row.change;
}

TEST(Advice, PoolsConnectionsByTheCallsOnThemOnly)
{
    Evidence e = contracts_example();
    e.product = "";
    EXPECT_FALSE(proposes(advice_on(Cause::limit_too_low, e), "pool the connections")); // its slots are calls
    e.kind = SlotKind::connections;
    EXPECT_TRUE(proposes(advice_on(Cause::limit_too_low, e), "pool the connections"));
    e.unit = Unit::connections;
    EXPECT_FALSE(proposes(advice_on(Cause::limit_too_low, e), "pool the connections"));
}

TEST(Evidence, LongestIsTheEndOfTheLastClassThatIsNotEmpty)
{
    Histogram histogram;
    EXPECT_FALSE(longest_seconds(histogram));
    histogram.counts.assign(kHistogramBuckets, 0);
    EXPECT_FALSE(longest_seconds(histogram));
    histogram.counts[1] = 5;
    histogram.counts[81] = 1; // from 2^30 ns on
    EXPECT_NEAR(*longest_seconds(histogram), 1.25 * 1.073741824, 1e-9);
    histogram.counts.back() = 1; // it has no end
    EXPECT_FALSE(longest_seconds(histogram));
}

TEST(Advice, RaisesNoLimitThatIsEnough)
{
    Evidence e = contracts_example();
    flow(e, 4, 4, 1.1);
    e.during.hold_p95_seconds = 1.2;
    Verdict verdict = judge(e);
    verdict.cause = Cause::limit_too_low;
    EXPECT_FALSE(proposes(advice(e, verdict), "maxconn"));
    e.product.clear();
    EXPECT_FALSE(proposes(advice(e, verdict), "raise the limit"));
}

TEST(Advice, RaisesNothingWhileTheCauseIsNotKnown)
{
    Evidence e = contracts_example();
    for (const char* product : {"haproxy", ""}) {
        e.product = product;
        Verdict verdict = judge(e);
        verdict.cause = Cause::unknown;
        EXPECT_FALSE(proposes(advice(e, verdict), "raise")) << product;
        EXPECT_FALSE(proposes(advice(e, verdict), "maxconn")) << product;
    }
}

TEST(Advice, EndsOldGenerationsThemselvesBeforeASettingThatOnlyLaterOnesRead)
{
    for (const char* product : {"haproxy", "nginx"}) {
        Evidence e = contracts_example();
        e.product = product;
        e.old_generations = 2;
        e.old_generations_share = 0.8;
        e.generation_process = "proxy";
        Verdict verdict = judge(e);
        verdict.cause = Cause::generation_overlap;
        const auto list = advice(e, verdict);
        ASSERT_EQ(list.size(), 3U);
        EXPECT_EQ(list[0].change, "end the old processes of proxy once their calls are done");
        EXPECT_EQ(list[0].reason, "2 processes hold 80 % of the slot-seconds");
        EXPECT_EQ(list[1].change.find("kill -TERM PID"), 0U) << list[1].change;
        EXPECT_EQ(list[2].reason.find("from the next reload on"), 0U) << list[2].reason;
    }
}

TEST(Advice, TellsThatAReloadOfPhpFpmEndsCallsInFlight)
{
    Evidence e = contracts_example();
    e.product = "php-fpm";
    e.direction = Direction::inbound;
    const auto list = advice(e, judge(e));
    ASSERT_TRUE(proposes(list, "pm.max_children = 19"));
    EXPECT_NE(list[0].reason.find("ends calls in flight"), std::string::npos) << list[0].reason;
}

TEST(Advice, SpeaksEachProductsSyntax)
{
    struct Wanted {
        const char* product;
        Direction direction;
        LimitSetting setting;
        const char* change;
    };
    const Wanted all[] = {
        {"haproxy", Direction::outbound, {}, "maxconn 19"},
        {"haproxy", Direction::inbound, {}, "set maxconn frontend app1 19"},
        {"haproxy", Direction::inbound, {"maxconn in global", 8}, "maxconn 19   (global)"},
        {"nginx", Direction::outbound, {"max_conns", 8}, "max_conns=19"},
        {"nginx", Direction::inbound, {"worker_connections", 18, 0.5}, "worker_connections 40;"},
        {"varnish", Direction::outbound, {}, ".max_connections = 19;"},
        {"php-fpm", Direction::inbound, {}, "pm.max_children = 19"},
        {"postgresql", Direction::inbound, {"max_connections", 11}, "max_connections = 25"},
        {"pgbouncer", Direction::outbound, {"default_pool_size", 8}, "default_pool_size = 19"},
        {"pgbouncer", Direction::inbound, {"max_client_conn", 8}, "max_client_conn = 19"},
        {"mysql", Direction::inbound, {}, "SET GLOBAL max_connections = 22;"},
        {"redis", Direction::inbound, {}, "CONFIG SET maxclients 22"},
        {"", Direction::outbound, {}, "raise the limit of app/app1 from 8 to 19"},
        {"apache", Direction::outbound, {"max=", 2, 4}, "raise max= of app/app1 from 2 to 5"},
    };
    for (const auto& [product, direction, setting, change] : all) {
        Evidence e = contracts_example();
        e.product = product;
        e.direction = direction;
        e.setting = setting;
        const auto list = advice(e, judge(e));
        EXPECT_TRUE(proposes(list, change)) << product << ": " << (list.empty() ? "" : list[0].change);
    }
}

TEST(Advice, DividesByWhatTheProductMultipliesBy)
{
    Evidence e = contracts_example();
    e.product = "nginx";
    e.setting = {"max_conns", 2, 4};
    const auto list = advice(e, judge(e));
    ASSERT_TRUE(proposes(list, "max_conns=5;")) << list[0].change;
    EXPECT_NE(list[0].reason.find("= 18; 5 there make 20 slots"), std::string::npos) << list[0].reason;
}

TEST(Advice, ProposesNoNumberWhereSeveralMakeTheLimit)
{
    for (const char* product : {"pgbouncer", "nginx", "haproxy", ""}) {
        Evidence e = contracts_example();
        e.product = product;
        e.setting = {"", 0, 0};
        const auto list = advice(e, judge(e));
        EXPECT_FALSE(proposes(list, "19")) << product;
        EXPECT_FALSE(proposes(list, "raise")) << product;
    }
}

TEST(Advice, ConfiguresNoServerWhereItsProcessOnlyConnects)
{
    Evidence e = contracts_example();
    e.product = "php-fpm"; // its workers hold the slots of a database
    const auto list = advice(e, judge(e));
    EXPECT_FALSE(proposes(list, "pm.max_children"));
    EXPECT_TRUE(proposes(list, "raise the limit of app/app1 from 8 to 19"));
}

TEST(Advice, EndsIdleSessionsOfPostgresql)
{
    Evidence e = at_limit();
    e.kind = SlotKind::connections;
    e.product = "postgresql";
    e.direction = Direction::inbound;
    held(e, 8, {.call = CallState::none, .age_seconds = 120});
    flow(e, 20, 20, 0.1, 0.5);
    const Verdict verdict = judge(e);
    ASSERT_FALSE(verdict.advice.empty());
    EXPECT_EQ(verdict.advice[0].change.find("SELECT pg_terminate_backend"), 0U) << verdict.advice[0].change;
    EXPECT_EQ(verdict.advice[1].change.find("ALTER ROLE APP SET idle_in_transaction_session_timeout"), 0U)
        << verdict.advice[1].change;
    EXPECT_FALSE(proposes(verdict.advice, "{"));
}

TEST(Advice, ProposesNoLimitWhereThereIsNone)
{
    Evidence e = slow();
    e.limit = 0;
    EXPECT_FALSE(proposes(judge(e).advice, "raise the limit"));
}

TEST(Advice, LeavesNoPlaceholderForAnyCauseAndProduct)
{
    for (const char* product :
         {"haproxy", "nginx", "varnish", "php-fpm", "postgresql", "pgbouncer", "mysql", "redis", ""})
        for (std::size_t cause = 0; cause < kCauses; ++cause) {
            Evidence e = slow();
            e.product = product;
            e.direction = std::string_view(product) == "postgresql" || std::string_view(product) == "php-fpm"
                              ? Direction::inbound
                              : Direction::outbound;
            Verdict verdict = judge(e);
            verdict.cause = static_cast<Cause>(cause);
            const auto list = advice(e, verdict);
            EXPECT_LE(list.size(), 6U);
            for (const Advice& each : list) {
                EXPECT_EQ(each.change.find("{limit"), std::string::npos);
                EXPECT_EQ(each.change.find("{needed"), std::string::npos);
                EXPECT_FALSE(each.reason.empty());
            }
            if (cause != 0 && static_cast<Cause>(cause) != Cause::slow_dependency) {
                EXPECT_FALSE(list.empty()) << product << " " << to_string(static_cast<Cause>(cause));
            }
        }
}

} // namespace
} // namespace slotscope::analyze::test
