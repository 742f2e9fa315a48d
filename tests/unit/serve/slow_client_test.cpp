// SPDX-License-Identifier: MIT
// Clients that ask and do not read: they cost bounded memory and hold up nobody.
#include "fixture.h"

#include <atomic>

namespace slotscope::serve::test {
namespace {

using testing::HasSubstr;

constexpr const char* kLargePage = "/v1/holders?count=10000";

class SlowClient : public Api {
  protected:
    void SetUp() override
    {
        provider.holder_count = 10'000;
        provider.before_holders = [this] { ++asked; };
    }

    std::atomic<int> asked = 0;
};

TEST_F(SlowClient, DoesNotHoldUpTheOthers)
{
    start();
    std::vector<Client> deaf;
    for (int i = 0; i < 5; ++i) {
        deaf.emplace_back(path);
        deaf.back().send(get(kLargePage) + get(kLargePage) + get(kLargePage));
    }
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(fetch(path, "/v1/status").status, 200);
    eventually([&] { return clients() == 5; });
}

TEST_F(SlowClient, IsClosedAfterAWhile)
{
    HttpLimits limits;
    limits.write_timeout = std::chrono::milliseconds(50);
    start(limits);
    Client deaf(path);
    deaf.send(get(kLargePage));
    eventually([&] { return asked == 1; });
    eventually([&] { return clients() == 0; });
    EXPECT_EQ(fetch(path, "/v1/status").status, 200);
}

TEST_F(SlowClient, GetsNoMoreThanItsShareOfMemory)
{
    HttpLimits limits;
    limits.reply_bytes = 5UL * 1024 * 1024; // room for one page
    start(limits);
    const Client deaf(path);
    deaf.send(get(kLargePage));
    eventually([&] { return asked == 1; });

    const Response busy = fetch(path, kLargePage);
    EXPECT_EQ(busy.status, 503);
    EXPECT_THAT(error_of(busy), HasSubstr("too many large answers"));
    EXPECT_EQ(fetch(path, "/v1/status").status, 200) << "small answers are always given";
}

TEST_F(SlowClient, GivesItsMemoryBackWhenItLeaves)
{
    HttpLimits limits;
    limits.reply_bytes = 5UL * 1024 * 1024;
    start(limits);
    for (int i = 0; i < 10; ++i) {
        {
            const Client deaf(path);
            deaf.send(get(kLargePage));
            eventually([&] { return asked == 2 * i + 1; });
        }
        eventually([&] { return clients() == 0; });
        ASSERT_EQ(fetch(path, kLargePage).status, 200) << i;
        eventually([&] { return clients() == 0; });
    }
}

TEST_F(SlowClient, MayStillBeWritingWhenTheServerEnds)
{
    start();
    std::vector<Client> deaf;
    for (int i = 0; i < 5; ++i) {
        deaf.emplace_back(path);
        deaf.back().send(get(kLargePage));
    }
    eventually([&] { return clients() == 5; });
    stop();
    for (Client& client : deaf)
        EXPECT_TRUE(client.is_closed());
}

} // namespace
} // namespace slotscope::serve::test
