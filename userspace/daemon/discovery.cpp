// SPDX-License-Identifier: MIT
#include "daemon/discovery.h"

#include "base/clock.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <pthread.h>
#include <thread>

namespace slotscope::daemon {

struct Discovery::Shared : std::enable_shared_from_this<Shared> {
    Shared(boost::asio::io_context& events, std::function<void(Discovered)> on_change)
        : loop(events)
        , changed(std::move(on_change))
    {
    }

    std::mutex mutex; // of what follows
    std::condition_variable wake;
    bool ending = false;
    bool ended = false;
    boost::asio::io_context& loop; // while not ending
    std::function<void(Discovered)> changed;

    void tell(const Discovered& found)
    {
        const std::lock_guard lock(mutex);
        if (ending)
            return;
        boost::asio::post(loop, [self = shared_from_this(), found] {
            std::function<void(Discovered)> call;
            {
                const std::lock_guard inner(self->mutex);
                if (!self->ending)
                    call = self->changed;
            }
            if (call)
                call(found);
        });
    }

    // False: it is to end.
    bool pause(std::uint64_t took_ns)
    {
        constexpr std::uint64_t kPartOfTheTime = 200;
        constexpr std::uint64_t kLeastPauseNs = 1'000'000'000;
        constexpr std::uint64_t kMostPauseNs = 60'000'000'000;
        const auto pause =
            std::chrono::nanoseconds(std::clamp(took_ns * kPartOfTheTime, kLeastPauseNs, kMostPauseNs));
        std::unique_lock lock(mutex);
        return !wake.wait_for(lock, pause, [this] { return ending; });
    }

    void run()
    {
        LimitScanner scanner("/proc", resolve_by_system);
        Discovered told;
        bool first = true;
        for (std::uint64_t took_ns = 0; first || pause(took_ns);) {
            const std::uint64_t start_ns = monotonic_ns();
            Discovered found = scanner.scan(start_ns);
            took_ns = monotonic_ns() - start_ns;
            if (found != told) {
                tell(found);
                told = std::move(found);
            }
            first = false;
        }
        const std::lock_guard lock(mutex);
        ended = true;
        wake.notify_all();
    }
};

Discovery::Discovery(boost::asio::io_context& loop, std::function<void(Discovered)> changed)
    : shared_(std::make_shared<Shared>(loop, std::move(changed)))
{
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all); // signals are for the loop
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([shared = shared_] { shared->run(); }).detach();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Discovery::~Discovery()
{
    constexpr auto kPatience = std::chrono::milliseconds(500);
    std::unique_lock lock(shared_->mutex);
    shared_->ending = true;
    shared_->wake.notify_all();
    shared_->wake.wait_for(lock, kPatience, [this] { return shared_->ended; });
}

} // namespace slotscope::daemon
