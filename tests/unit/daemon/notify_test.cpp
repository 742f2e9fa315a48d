// SPDX-License-Identifier: MIT
#include "daemon/notify.h"

#include "base/clock.h"
#include "base/fd.h"
#include "temporary_directory.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <vector>

namespace slotscope::daemon {
namespace {

constexpr pid_t kSelf = 812;

// A service manager: takes what is sent to $NOTIFY_SOCKET.
class Manager {
  public:
    Manager()
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
        ::setenv("NOTIFY_SOCKET", path_.c_str(), 1);
    }
    ~Manager() { ::unsetenv("NOTIFY_SOCKET"); }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    std::vector<std::string> told() const
    {
        std::vector<std::string> messages;
        char buffer[256];
        for (ssize_t size = 0; (size = ::recv(socket_.get(), buffer, sizeof(buffer), MSG_DONTWAIT)) >= 0;)
            messages.emplace_back(buffer, static_cast<std::size_t>(size));
        return messages;
    }

  private:
    TemporaryDirectory directory_;
    std::string path_ = directory_ / "notify";
    Fd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST(WatchdogPeriod, IsTheManagersWhereItWatchesThisProcess)
{
    EXPECT_EQ(watchdog_period_ns("30000000", "812", kSelf), 30 * kSecond_ns);
    EXPECT_EQ(watchdog_period_ns("30000000", nullptr, kSelf), 30 * kSecond_ns);
}

TEST(WatchdogPeriod, IsAbsentWhereNobodyWatchesThisProcess)
{
    EXPECT_FALSE(watchdog_period_ns(nullptr, nullptr, kSelf).has_value());
    EXPECT_FALSE(watchdog_period_ns("30000000", "813", kSelf).has_value());
    EXPECT_FALSE(watchdog_period_ns("30000000", "", kSelf).has_value());
}

TEST(WatchdogPeriod, IsAbsentWhereItIsNoNumberOfMicroseconds)
{
    for (const char* wrong : {"", "0", "-1", "30s", " 30", "99999999999999999999", "18446744073709551615"})
        EXPECT_FALSE(watchdog_period_ns(wrong, nullptr, kSelf).has_value()) << wrong;
}

TEST(Watchdog, GivesThreeSignsOfLifeInEachPeriod)
{
    const Manager manager;
    Watchdog watchdog(30 * kSecond_ns);
    for (std::uint64_t second = 1; second <= 60; ++second)
        watchdog.alive(second * kSecond_ns);
    EXPECT_EQ(manager.told(), std::vector<std::string>(6, "WATCHDOG=1"));
}

TEST(Watchdog, GivesOneEachTurnWhereThePeriodIsShort)
{
    const Manager manager;
    Watchdog watchdog(kSecond_ns / 2);
    for (std::uint64_t second = 1; second <= 3; ++second)
        watchdog.alive(second * kSecond_ns);
    EXPECT_EQ(manager.told().size(), 3U);
}

TEST(Watchdog, IsSilentWhereNobodyWatches)
{
    const Manager manager;
    Watchdog watchdog(std::nullopt);
    watchdog.alive(kSecond_ns);
    EXPECT_TRUE(manager.told().empty());
}

} // namespace
} // namespace slotscope::daemon
