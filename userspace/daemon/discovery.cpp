// SPDX-License-Identifier: MIT
#include "daemon/discovery.h"

#include "base/clock.h"
#include "daemon/system_names.h"

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

// Are both the same but for where moving limits stand?
bool only_moves(const Discovered& before, const Discovered& after)
{
    return before.not_understood == after.not_understood &&
           std::equal(before.limits.begin(), before.limits.end(), after.limits.begin(), after.limits.end(),
                      [](const Limit& a, const Limit& b) {
                          const bool move = a.origin.certainty == Certainty::moving &&
                                            b.origin.certainty == Certainty::moving;
                          return move ? a.name == b.name && a.addresses == b.addresses : a == b;
                      });
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
    bool sleep(std::uint64_t pause_ns)
    {
        std::unique_lock lock(mutex);
        return !wake.wait_for(lock, std::chrono::nanoseconds(pause_ns), [this] { return ending; });
    }

    void run()
    {
        LimitScanner scanner("/proc", resolve_by_system);
        Teller teller(*this);
        Cost scans;
        Cost glances;
        int fruitless = 0; // scans in between that found nothing else
        for (bool stirs = false;;) {
            bool is_new = false;
            scans.add([&] { is_new = teller.take(scanner.scan(monotonic_ns())); });
            fruitless = !stirs ? 0 : is_new ? fruitless : fruitless + 1;
            spdlog::debug("looked for limits in {} ms", scans.last_ns / 1'000'000);
            // Until the next scan, which looks at all processes, only at what is known.
            const std::uint64_t next_ns = monotonic_ns() + scans.pause_ns(teller.soon());
            for (stirs = false; !stirs && monotonic_ns() < next_ns;) {
                const std::uint64_t left_ns = next_ns - std::min(next_ns, monotonic_ns());
                const std::uint64_t pause_ns = glances.pause_ns(teller.soon());
                if (!sleep(std::min(pause_ns, left_ns)))
                    return end();
                if (pause_ns >= left_ns)
                    break;
                glances.add([&] {
                    if (auto found = scanner.glance(monotonic_ns()))
                        teller.take(std::move(*found));
                    else
                        stirs = fruitless < kMostFruitless;
                });
            }
        }
    }

  private:
    // Workers of some products come and go all the time, each time for nothing.
    static constexpr int kMostFruitless = 3; // scans between two that are due

    // What one look costs, and how far apart they are for that.
    struct Cost {
        std::uint64_t usual_ns = 0;
        std::uint64_t last_ns = 0;

        template <typename Look>
        void add(Look look)
        {
            const std::uint64_t start_ns = thread_cpu_ns();
            look();
            last_ns = thread_cpu_ns() - start_ns;
            usual_ns = (7 * usual_ns + last_ns) / 8; // one that reads files costs ten times as much
        }
        std::uint64_t pause_ns(bool soon) const
        {
            constexpr std::uint64_t kMostPauseNs = 60'000'000'000;
            const std::uint64_t part_of_the_time = soon ? 20 : 100;
            const std::uint64_t least_ns = soon ? 250'000'000 : 1'000'000'000;
            return std::clamp(usual_ns * part_of_the_time, least_ns, kMostPauseNs);
        }
    };

    class Teller {
      public:
        explicit Teller(Shared& shared)
            : shared_(shared)
        {
        }
        // False: it is what was told before, but for where moving limits stand.
        bool take(Discovered found)
        {
            if (found == told_)
                return false;
            shared_.tell(found);
            // Where something has changed more will soon: a file that was edited is followed by a reload. A
            // limit that moves does so all the time.
            const bool is_new = !only_moves(told_, found);
            if (is_new)
                changed_ns_ = monotonic_ns();
            told_ = std::move(found);
            return is_new;
        }
        bool soon() const { return monotonic_ns() < changed_ns_ + 10'000'000'000; }

      private:
        Shared& shared_;
        Discovered told_;
        std::uint64_t changed_ns_ = 0;
    };

    void end()
    {
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
