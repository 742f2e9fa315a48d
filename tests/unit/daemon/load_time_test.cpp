// SPDX-License-Identifier: MIT
// Since when a product has its files, by its master and its workers.
#include "daemon/load_time.h"

#include <gtest/gtest.h>

namespace slotscope::daemon {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

RunningProcess process(std::uint32_t pid, std::int64_t started_s, const std::string& title)
{
    RunningProcess result;
    result.pid = pid;
    result.parent = pid == 812 ? 1 : 812;
    result.executable = title.starts_with("nginx")      ? "/usr/sbin/nginx"
                        : title.starts_with("gunicorn") ? "/usr/bin/python3.11"
                                                        : "/usr/sbin/haproxy";
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

std::optional<Loaded> of(LoadTime& load, const Instance& instance, std::int64_t now_s = 2000)
{
    return load.of(*limits::product_of(instance.main), instance, {}, now_s * kSecond);
}

TEST(LoadTime, TheFirstWorkersHaveWhatTheirMasterBeganWith)
{
    LoadTime load;
    const Instance instance = haproxy({process(813, 1003, "haproxy")});
    EXPECT_EQ(seconds(of(load, haproxy({}))), Span(1000, 1000)); // it has none yet
    EXPECT_EQ(seconds(of(load, instance)), Span(1000, 1003)); // a file of 1001 may or may not be what it has
    EXPECT_EQ(seconds(of(load, instance)), Span(1000, 1003));
}

TEST(LoadTime, LaterWorkersShowAReload)
{
    LoadTime load;
    const RunningProcess first = process(813, 1003, "haproxy");
    EXPECT_EQ(seconds(of(load, haproxy({first}))), Span(1000, 1003));
    EXPECT_EQ(seconds(of(load, haproxy({first, process(814, 1005, "haproxy")}))), Span(1005, 1005));
    EXPECT_EQ(seconds(of(load, haproxy({process(814, 1005, "haproxy")}))), Span(1005, 1005));
}

TEST(LoadTime, AWorkerThatIsLateAtTheStartIsNoReload)
{
    LoadTime load;
    const auto of_two = [&](std::vector<RunningProcess> workers) {
        const Instance instance{
            process(812, 1000, "gunicorn: master [app]"), std::move(workers), {}, {}, {}, 0};
        return seconds(load.of(*limits::product_of(instance.main), instance, {2, 2}, 2000 * kSecond));
    };
    const std::string title = "gunicorn: worker [app]";
    const RunningProcess first = process(813, 1001, title);
    const RunningProcess late = process(814, 1004, title);
    EXPECT_EQ(of_two({first}), Span(1000, 1001));
    EXPECT_EQ(of_two({first, late}), Span(1000, 1001));
    EXPECT_EQ(of_two({late, process(815, 1010, title)}), Span(1000, 1004)); // the first one has died
    EXPECT_EQ(of_two({process(815, 1010, title), process(816, 1011, title)}), Span(1010, 1010));
}

TEST(LoadTime, AReloadThatNobodySawIsToldByTime)
{
    LoadTime load;
    const RunningProcess late = process(813, 1061, "haproxy");
    EXPECT_EQ(seconds(of(load, haproxy({late}))), Span(1061, 1061));
}

TEST(LoadTime, OfNginxTheWorkersThatServeTell)
{
    LoadTime load;
    const RunningProcess first = process(813, 1003, "nginx: worker process");
    const RunningProcess leaving = process(813, 1003, "nginx: worker process is shutting down");
    const RunningProcess next = process(814, 1009, "nginx: worker process");
    EXPECT_EQ(seconds(of(load, nginx({first}))), Span(1000, 1003));
    EXPECT_EQ(seconds(of(load, nginx({first, next}))),
              Span(1000, 1003)); // not all are new: one was started anew
    EXPECT_EQ(seconds(of(load, nginx({leaving, next}))), Span(1009, 1009));
}

Instance php_fpm(std::uint64_t stack_start, std::vector<RunningProcess> children)
{
    Instance instance{process(812, 1000, "php-fpm: master process (/etc/php-fpm.conf)"),
                      std::move(children),
                      {},
                      {},
                      {},
                      0};
    instance.main.executable = "/usr/sbin/php-fpm8.2";
    instance.main.stack_start = stack_start;
    return instance;
}

TEST(LoadTime, AnotherStackShowsThatItRanItselfAnew)
{
    LoadTime load;
    const RunningProcess child = process(813, 1003, "php-fpm: pool www");
    EXPECT_EQ(seconds(of(load, php_fpm(70, {child}), 1500)), Span(1000, 1500)); // nobody knows of before
    EXPECT_EQ(seconds(of(load, php_fpm(70, {process(814, 1600, "php-fpm: pool www")}), 1700)),
              Span(1000, 1500)); // children come and go
    EXPECT_EQ(seconds(of(load, php_fpm(90, {process(815, 1790, "php-fpm: pool www")}), 1800)),
              Span(1790, 1790));
    EXPECT_EQ(seconds(of(load, php_fpm(90, {}), 1900)), Span(1790, 1790));
    EXPECT_EQ(seconds(of(load, php_fpm(50, {}), 1950)), Span(1950, 1950)); // it has no children yet
}

TEST(LoadTime, WithoutItsStackNobodyKnows)
{
    LoadTime load;
    EXPECT_EQ(of(load, php_fpm(0, {}), 1500), std::nullopt);
}

} // namespace
} // namespace slotscope::daemon
