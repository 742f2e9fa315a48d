// SPDX-License-Identifier: MIT
// Servers that are kept from running by the limit of processor time of their control group, as Kubernetes
// gives one to each container.
#include "cpu_group.h"
#include "scenario.h"

#include "harness/wait.h"

namespace slotscope::scenarios {
namespace {

// Computes for `cpu` ms, sleeps for `ms`.
constexpr const char* kComputes = "import time\n"
                                  "def answer(path, query):\n"
                                  "    end = time.thread_time() + int(query.get('cpu', '0')) / 1000\n"
                                  "    while time.thread_time() < end: pass\n"
                                  "    time.sleep(int(query.get('ms', '0')) / 1000)\n"
                                  "    return 'ok'\n";

class ThrottledTest : public ScenarioTest {
  protected:
    void SetUp() override
    {
        group_ = CpuGroup::make("slotscope-" + std::to_string(back_.port));
        if (!group_)
            GTEST_SKIP() << "no control group with a limit of processor time can be made here";
    }

    // The verdicts say that it is the limit of that group, or nothing of one.
    void says_that_it_is_the_limit(bool expected)
    {
        const auto said = [&] {
            for (const nlohmann::json& verdict : verdicts())
                if (text_of(verdict, "sentence").find("control group /" + group_->name() + " ") !=
                        std::string::npos &&
                    verdict.at("advice").dump().find("raise the CPU limit") != std::string::npos)
                    return true;
            return false;
        };
        if (expected)
            EXPECT_TRUE(live::eventually(said, std::chrono::seconds(8)))
                << nlohmann::json(verdicts()).dump(1);
        else
            EXPECT_FALSE(said()) << nlohmann::json(verdicts()).dump(1);
    }

    std::unique_ptr<CpuGroup> group_;
};

class ThrottledScenario : public ThrottledTest {};
class ThrottledTwin : public ThrottledTest {};
class ThrottledControl : public ThrottledTest {};

// A new limit, of a fifth of what the calls need.
TEST_F(ThrottledScenario, GunicornUnderALimitThatIsTooLow)
{
    gunicorn_with(4, {.workers = 4, .application = kComputes});
    group_->take(product(0).program().pid());
    baseline({{"/price?cpu=25", 8}});
    group_->may_use(0.06);
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /price"});
    says_that_it_is_the_limit(true);
}

// The limit is there, and not reached: it sleeps.
TEST_F(ThrottledTwin, GunicornThatSleepsUnderALimit)
{
    gunicorn_with(4, {.workers = 4, .application = kComputes});
    group_->take(product(0).program().pid());
    group_->may_use(0.5);
    baseline({{"/price?cpu=10&ms=10", 8}});
    load().becomes({{"/price?cpu=10&ms=2000", 8}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /price"});
    says_that_it_is_the_limit(false);
}

// A release needs four times the processor time for each call, and there is a limit.
TEST_F(ThrottledScenario, GunicornWhoseThreadsComputeMoreThanTheirLimitAllows)
{
    gunicorn_with(6, {.threads = 6, .application = kComputes});
    group_->take(product(0).program().pid());
    group_->may_use(0.3);
    baseline({{"/price?cpu=15", 8}});
    load().becomes({{"/price?cpu=80", 8}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /price"});
    says_that_it_is_the_limit(true);
}

// Asks an API, which answers at once, ten times for each call, and computes in between.
std::string asks_an_api(const Address& api)
{
    return "import http.client, time\n"
           "def answer(path, query):\n"
           "    for i in range(10):\n"
           "        api = http.client.HTTPConnection('" +
           to_string(api) +
           "')\n"
           "        api.request('GET', '/v1/stock?ms=2')\n"
           "        api.getresponse().read()\n"
           "        end = time.thread_time() + 0.002\n"
           "        while time.thread_time() < end: pass\n"
           "    return 'ok'\n";
}

// What it asks has answered long before it may read the answer: it is not the API that is slow.
TEST_F(ThrottledTwin, GunicornThatIsThrottledBesideAFastApi)
{
    const Address api = address();
    application_at(api);
    gunicorn_with(4, {.workers = 4, .application = asks_an_api(api)});
    group_->take(product(0).program().pid());
    baseline({{"/checkout", 6}});
    group_->may_use(0.05);
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /checkout"});
    says_that_it_is_the_limit(true);
}

// It is the API that may not run, and has more workers than ever ask it: no limit of its own is full.
TEST_F(ThrottledScenario, GunicornWhoseApiIsThrottled)
{
    const Address api = address();
    runs(gunicorn(site("api", api), {.workers = 7, .application = kComputes}));
    gunicorn_with(4, {.workers = 4,
                      .application = "import urllib.request\n"
                                     "def answer(path, query):\n"
                                     "    return urllib.request.urlopen('http://" +
                                     to_string(api) + "/v1/price?cpu=20').read().decode()\n"});
    group_->take(product(0).program().pid());
    baseline({{"/checkout", 8}});
    group_->may_use(0.05);
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_dependency", .call = "GET /checkout", .dependency = api});
    says_that_it_is_the_limit(true);
}

// Workers of php-fpm, whose slots are counted at their own end.
TEST_F(ThrottledScenario, PhpUnderALimitThatIsTooLow)
{
    Site workers = site("php", back_);
    workers.front = unix_socket("php.sock");
    live::write_file(workers.dir + "/page.php",
                     "<?php $u = getrusage(); $t = fn($u) => $u['ru_utime.tv_sec'] + "
                     "$u['ru_utime.tv_usec'] / 1e6; $from = $t($u); while ($t(getrusage()) < $from + 0.01); "
                     "echo 'ok';");
    runs(php_fpm(workers, 5));
    runs(nginx(site("nginx", front_, workers.front), runs_scripts_in(workers.dir)));
    const Side slots{workers.front, Direction::inbound};
    watch(slots);
    clients_of(front_);
    group_->take(product(0).program().pid());
    baseline({{"/page.php", 6}});
    group_->may_use(0.05);
    fills(slots);
    gives({.backend = slots, .cause = "slow_backend", .call = "page.php"});
    says_that_it_is_the_limit(true);
}

// It runs out of its quota in many periods, as most containers do, and everything gets done.
TEST_F(ThrottledControl, GunicornThatIsThrottledNowAndThen)
{
    gunicorn_with(8, {.workers = 4, .application = kComputes});
    group_->take(product(0).program().pid());
    group_->may_use(0.35);
    baseline({{"/price?cpu=20", 8}});
    gives_nothing(8);
}

} // namespace
} // namespace slotscope::scenarios
