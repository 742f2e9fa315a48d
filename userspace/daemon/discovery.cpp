// SPDX-License-Identifier: MIT
#include "daemon/discovery.h"

#include "base/clock.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <mutex>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <thread>

namespace slotscope::daemon {

namespace {

// Of this thread: what it costs, not what it waits for.
std::uint64_t processor_ns()
{
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000ULL +
           static_cast<std::uint64_t>(time.tv_nsec);
}

} // namespace

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
    bool pause(std::uint64_t usual_ns, bool soon)
    {
        constexpr std::uint64_t kMostPauseNs = 60'000'000'000;
        const std::uint64_t part_of_the_time = soon ? 20 : 100;
        const std::uint64_t least_ns = soon ? 250'000'000 : 1'000'000'000;
        const auto pause =
            std::chrono::nanoseconds(std::clamp(usual_ns * part_of_the_time, least_ns, kMostPauseNs));
        std::unique_lock lock(mutex);
        return !wake.wait_for(lock, pause, [this] { return ending; });
    }

    void run()
    {
        LimitScanner scanner("/proc", resolve_by_system);
        Discovered told;
        // Where something has changed more will soon: a file that was edited is followed by a reload.
        constexpr std::uint64_t kSoonNs = 10'000'000'000;
        std::uint64_t changed_ns = 0;
        bool first = true;
        for (std::uint64_t usual_ns = 0; first || pause(usual_ns, monotonic_ns() < changed_ns + kSoonNs);) {
            const std::uint64_t start_ns = processor_ns();
            Discovered found = scanner.scan(monotonic_ns());
            const std::uint64_t took_ns = processor_ns() - start_ns;
            usual_ns = (7 * usual_ns + took_ns) /
                       8; // one that reads files costs ten times as much as one that does not
            spdlog::debug("looked for limits in {} ms: {} found, {} not understood", took_ns / 1'000'000,
                          found.limits.size(), found.not_understood.size());
            if (found != told) {
                tell(found);
                told = std::move(found);
                changed_ns = monotonic_ns();
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
