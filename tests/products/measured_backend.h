// SPDX-License-Identifier: MIT
// An HTTP backend that takes its time, and writes down how much it took for what.
#pragma once

#include "base/fd.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace slotscope::products {

// What it does with the requests of a path.
struct Work {
    std::chrono::milliseconds least{10};
    std::chrono::milliseconds most{20}; // evenly between the two
    std::size_t answer_bytes = 100;
    bool chunked = false; // the answer goes out in pieces, the last one when the time is over
};

class MeasuredBackend {
  public:
    struct Measured {
        std::size_t count = 0;
        double seconds = 0; // from the first byte of a request that it got to the last one of its answer
        // That its sleeps took too long, by more than a millisecond each: what a machine does with a thread
        // that wants to run it also does between a byte's arrival and the look at the clock.
        double late_seconds = 0;

        Measured& operator+=(const Measured& more)
        {
            count += more.count;
            seconds += more.seconds;
            late_seconds += more.late_seconds;
            return *this;
        }
    };

    // "GET /path" -> what to do.
    MeasuredBackend(Fd listener, std::map<std::string, Work> works);
    ~MeasuredBackend();
    MeasuredBackend(const MeasuredBackend&) = delete;
    MeasuredBackend& operator=(const MeasuredBackend&) = delete;

    std::map<std::string, Measured> measured() const; // of what is over, by the same names

  private:
    void accept_all();
    void serve(const Fd& fd, unsigned seed);

    Fd listener_;
    std::map<std::string, Work> works_;
    std::atomic<bool> stop_ = false;
    mutable std::mutex mutex_; // of what follows
    std::map<std::string, Measured> measured_;
    std::vector<std::thread> threads_;
    std::thread accepter_;
};

} // namespace slotscope::products
