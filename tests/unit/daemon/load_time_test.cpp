// SPDX-License-Identifier: MIT
// Since when a product has its files, by its master and its workers.
#include "daemon/generations.h"
#include "daemon/load_time.h"

#include <gtest/gtest.h>

namespace slotscope::daemon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

RunningProcess process(std::uint32_t pid, std::int64_t started_s, const std::string& title)
{
    RunningProcess result;
    result.pid = pid;
    result.executable = title.starts_with("nginx") ? "/usr/sbin/nginx" : "/usr/sbin/haproxy";
    result.argv = {title};
    result.started_ns = started_s * kSecond;
    result.started_ticks = static_cast<std::uint64_t>(started_s) * 100;
    return result;
}

Instance haproxy(std::vector<RunningProcess> workers)
{
    return {process(812, 1000, "haproxy"), std::move(workers), {}, {}, {}, 0};
}

Instance nginx(std::vector<RunningProcess> workers)
{
    return {process(812, 1000, "nginx: master process nginx"), std::move(workers), {}, {}, {}, 0};
}

using Span = std::pair<std::int64_t, std::int64_t>;

std::optional<Span> seconds(const std::optional<Loaded>& loaded)
{
    return loaded ? std::optional(Span{loaded->from_ns / kSecond, loaded->until_ns / kSecond}) : std::nullopt;
}

TEST(LoadTime, TheFirstWorkersHaveWhatTheirMasterBeganWith)
{
    LoadTime load;
    const Instance instance = haproxy({process(813, 1003, "haproxy")});
    const limits::Product& product = *limits::product_of(instance.main);
    EXPECT_EQ(seconds(load.of(product, haproxy({}))), Span(1000, 1000)); // it has none yet
    EXPECT_EQ(seconds(load.of(product, instance)),
              Span(1000, 1003)); // a file of 1001 may or may not be what it has
    EXPECT_EQ(seconds(load.of(product, instance)), Span(1000, 1003));
}

TEST(LoadTime, LaterWorkersShowAReload)
{
    LoadTime load;
    const RunningProcess first = process(813, 1003, "haproxy");
    const limits::Product& product = *limits::product_of(first);
    EXPECT_EQ(seconds(load.of(product, haproxy({first}))), Span(1000, 1003));
    EXPECT_EQ(seconds(load.of(product, haproxy({first, process(814, 1005, "haproxy")}))), Span(1005, 1005));
    EXPECT_EQ(seconds(load.of(product, haproxy({process(814, 1005, "haproxy")}))), Span(1005, 1005));
}

TEST(LoadTime, AReloadThatNobodySawIsToldByTime)
{
    LoadTime load;
    const RunningProcess late = process(813, 1061, "haproxy");
    EXPECT_EQ(seconds(load.of(*limits::product_of(late), haproxy({late}))), Span(1061, 1061));
}

TEST(LoadTime, OfNginxTheWorkersThatServeTell)
{
    LoadTime load;
    const RunningProcess first = process(813, 1003, "nginx: worker process");
    const RunningProcess leaving = process(813, 1003, "nginx: worker process is shutting down");
    const RunningProcess next = process(814, 1009, "nginx: worker process");
    const limits::Product& product = *limits::product_of(first);
    EXPECT_EQ(seconds(load.of(product, nginx({first}))), Span(1000, 1003));
    EXPECT_EQ(seconds(load.of(product, nginx({first, next}))),
              Span(1000, 1003)); // not all are new: one was started anew
    EXPECT_EQ(seconds(load.of(product, nginx({leaving, next}))), Span(1009, 1009));
}

limits::Findings with(std::uint32_t slots)
{
    limits::Findings findings;
    Limit limit;
    limit.name = "app/one";
    limit.slots = slots;
    findings.limits = {limit};
    return findings;
}

TEST(Generations, AreToldWhileSeveralRun)
{
    Generations generations;
    const RunningProcess old = process(813, 1003, "haproxy");
    const RunningProcess now = process(814, 1005, "haproxy");
    const limits::Product& product = *limits::product_of(old);
    limits::Findings findings = with(8);
    generations.look(product, haproxy({old}), findings);
    EXPECT_TRUE(findings.limits[0].origin.generations.empty());

    findings = with(13);
    generations.look(product, haproxy({now, old}), findings);
    const auto& told = findings.limits[0].origin.generations;
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].pids, std::vector<std::uint32_t>{813});
    EXPECT_EQ(told[0].slots, 8U);
    EXPECT_FALSE(told[0].newest);
    EXPECT_EQ(told[1].pids, std::vector<std::uint32_t>{814});
    EXPECT_EQ(told[1].slots, 13U);
    EXPECT_TRUE(told[1].newest);

    findings = with(13);
    generations.look(product, haproxy({now}), findings);
    EXPECT_TRUE(findings.limits[0].origin.generations.empty());
}

TEST(Generations, SlotsOfOneThatIsOlderThanTheFirstLookAreNotKnown)
{
    Generations generations;
    limits::Findings findings = with(5);
    generations.look(*limits::product_of(process(1, 1, "nginx: master process nginx")),
                     nginx({process(813, 1003, "nginx: worker process is shutting down"),
                            process(814, 1009, "nginx: worker process"),
                            process(815, 1019, "nginx: worker process"), // one that died was started anew
                            process(816, 1009, "nginx: cache manager process")}),
                     findings);
    const auto& told = findings.limits[0].origin.generations;
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].slots, 0U);
    EXPECT_EQ(told[1].pids, (std::vector<std::uint32_t>{814, 815}));
    EXPECT_EQ(told[1].slots, 5U);
}

} // namespace
} // namespace slotscope::daemon
