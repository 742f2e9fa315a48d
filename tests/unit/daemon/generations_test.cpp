// SPDX-License-Identifier: MIT
// Which workers are of which generation, and the slots of each.
#include "daemon/generations.h"

#include <gtest/gtest.h>

namespace slotscope::daemon {
namespace {

RunningProcess worker_of(std::uint32_t pid, std::int64_t started_s, const std::string& title,
                         std::uint32_t parent = 812)
{
    RunningProcess result;
    result.pid = pid;
    result.parent = parent;
    result.executable = "/usr/sbin/" + title.substr(0, title.find_first_of(": "));
    result.argv = {title};
    result.started_ns = started_s * 1'000'000'000;
    result.started_ticks = static_cast<std::uint64_t>(started_s) * 100;
    return result;
}

Instance instance(const std::string& main, std::vector<RunningProcess> children)
{
    return {worker_of(812, 1000, main, 1), std::move(children), {}, {}, {}, 0};
}

limits::Findings with(std::uint32_t slots, std::uint32_t workers = 0)
{
    limits::Findings findings;
    Limit limit;
    limit.name = "app/one";
    limit.slots = slots;
    findings.limits = {limit};
    findings.workers = workers;
    return findings;
}

class GenerationsOfOne : public ::testing::Test {
  protected:
    using Pids = std::vector<std::uint32_t>;

    // What is told of a limit of so many slots.
    std::vector<Generation> told(const Instance& all, limits::Findings findings)
    {
        generations_.look(*limits::product_of(all.main), all, findings);
        return findings.limits[0].origin.generations;
    }

    Generations generations_;
};

TEST_F(GenerationsOfOne, AreToldWhileSeveralRun)
{
    const RunningProcess old = worker_of(813, 1003, "haproxy");
    const RunningProcess now = worker_of(814, 1005, "haproxy");
    EXPECT_TRUE(told(instance("haproxy", {old}), with(8)).empty());
    const auto both = told(instance("haproxy", {now, old}), with(13));
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(both[0].pids, Pids{813});
    EXPECT_EQ(both[0].slots, 8U);
    EXPECT_FALSE(both[0].newest);
    EXPECT_EQ(both[1].pids, Pids{814});
    EXPECT_EQ(both[1].slots, 13U);
    EXPECT_TRUE(both[1].newest);
    EXPECT_TRUE(told(instance("haproxy", {now}), with(13)).empty());
}

// Each is the main process of its time; the newest one's older ones are no children of its own.
TEST_F(GenerationsOfOne, OfHAProxyWithoutAMasterThoseThatItReplacesAreOlder)
{
    RunningProcess first = worker_of(700, 500, "haproxy", 1);
    RunningProcess second = worker_of(750, 700, "haproxy", 1);
    EXPECT_TRUE(told({first, {}, {}, {}, {}, 0}, with(5)).empty());
    EXPECT_EQ(told({second, {first}, {}, {}, {}, 0}, with(8)).size(), 2U);
    const auto all = told(instance("haproxy", {first, second}), with(13));
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].pids, Pids{700});
    EXPECT_EQ(all[0].slots, 5U);
    EXPECT_EQ(all[1].slots, 8U);
    EXPECT_EQ(all[2].pids, Pids{812});
    EXPECT_EQ(all[2].slots, 13U);
    generations_.keep({700, 812});
    EXPECT_EQ(told(instance("haproxy", {first, second}), with(13))[1].slots, 0U); // another 750 than before
}

TEST_F(GenerationsOfOne, SlotsOfOneThatIsOlderThanTheFirstLookAreNotKnown)
{
    const auto all = told(instance("nginx: master process nginx",
                                   {worker_of(813, 1003, "nginx: worker process is shutting down"),
                                    worker_of(814, 1009, "nginx: worker process"),
                                    worker_of(815, 1019, "nginx: worker process"), // one died: started anew
                                    worker_of(816, 1009, "nginx: cache manager process")}),
                          with(5));
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].slots, 0U);
    EXPECT_EQ(all[1].pids, (Pids{814, 815}));
    EXPECT_EQ(all[1].slots, 5U);
}

TEST_F(GenerationsOfOne, OfApacheThoseThatListenNoMoreAreOlder)
{
    RunningProcess one = worker_of(813, 1003, "apache2");
    RunningProcess more = worker_of(814, 1060, "apache2"); // started when there was more to do
    const RunningProcess next = worker_of(815, 1100, "apache2");
    EXPECT_TRUE(told(instance("apache2", {one, more}), with(6)).empty());
    one.leaving = more.leaving = true;
    const auto both = told(instance("apache2", {one, more, next}), with(9));
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(both[0].pids, (Pids{813, 814}));
    EXPECT_EQ(both[0].slots, 6U);
    EXPECT_EQ(both[1].pids, Pids{815});
}

TEST_F(GenerationsOfOne, OfGunicornMoreWorkersThanItHasByItsFilesAreOlderOnes)
{
    const std::string master = "gunicorn: master [app]";
    const std::string worker = "gunicorn: worker [app]";
    const RunningProcess one = worker_of(813, 1003, worker);
    const RunningProcess two = worker_of(814, 1003, worker);
    const RunningProcess anew = worker_of(820, 1050, worker); // instead of one that died
    EXPECT_TRUE(told(instance(master, {one, two}), with(2, 2)).empty());
    EXPECT_TRUE(told(instance(master, {one, anew}), with(2, 2)).empty());
    EXPECT_TRUE(told(instance(master, {one, two, anew}), with(2, 2)).empty()); // TTIN
    const auto both = told(
        instance(master, {one, two, worker_of(830, 1100, worker), worker_of(831, 1100, worker)}), with(2, 2));
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(both[0].pids, (Pids{813, 814}));
    EXPECT_EQ(both[1].pids, (Pids{830, 831}));
    const auto more = told(instance(master, {one, two, worker_of(830, 1100, worker),
                                             worker_of(831, 1100, worker), worker_of(832, 1100, worker)}),
                           with(3, 3));
    ASSERT_EQ(more.size(), 2U);
    EXPECT_EQ(more[0].pids, (Pids{813, 814}));
    const auto slow = told(instance(master, {one, two, worker_of(830, 1100, worker),
                                             worker_of(831, 1102, worker), worker_of(832, 1105, worker)}),
                           with(3, 3)); // on a busy host they do not come at once
    ASSERT_EQ(slow.size(), 2U);
    EXPECT_EQ(slow[0].pids, (Pids{813, 814}));
    EXPECT_EQ(slow[1].pids.size(), 3U);
    EXPECT_TRUE(told(instance(master, {one, two, worker_of(830, 1100, worker), worker_of(831, 1102, worker)}),
                     with(3, 3))
                    .empty());                                               // one is missing yet
    EXPECT_EQ(told(instance(master, {one, two, anew}), with(9)).size(), 0U); // how many it has is not known
}

TEST_F(GenerationsOfOne, OfGunicornASecondMasterHasTheNewerOnes)
{
    const std::string worker = "gunicorn: worker [app]";
    const Instance both =
        instance("gunicorn: master [app]",
                 {worker_of(813, 1003, worker), worker_of(900, 1100, "gunicorn: master.2 [app]"),
                  worker_of(901, 1101, worker, 900)});
    const auto all = told(both, with(1, 1));
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].pids, Pids{813});
    EXPECT_EQ(all[1].pids, Pids{901});
    const auto loaded = limits::loaded_with(*limits::product_of(both.main), both, {1, 1});
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->pid, 901U);
}

} // namespace
} // namespace slotscope::daemon
