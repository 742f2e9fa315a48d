// SPDX-License-Identifier: MIT
// A pooled client and a server on one place, both in this process: a backend whose slots can be filled.
#pragma once

#include "harness/place.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace slotscope::live {

class EpisodeLoad {
  public:
    EpisodeLoad(const Place& place, std::size_t slots);
    ~EpisodeLoad(); // ends every thread
    EpisodeLoad(const EpisodeLoad&) = delete;
    EpisodeLoad& operator=(const EpisodeLoad&) = delete;

    // So many requests a second from now on, at most `slots` at a time; the others wait for a slot, and give
    // up after a second.
    void offer(double per_second) { per_second_ = per_second; }
    // How long the server takes for each from now on.
    void take(std::chrono::milliseconds service) { service_ms_ = service.count(); }

  private:
    void accept_all();
    void serve(const Fd& connection);
    void offer_all();
    void request();
    bool take_slot();

    const Place& place_;
    const std::size_t slots_;
    Fd listener_;
    std::atomic<double> per_second_{0};
    std::atomic<long> service_ms_{50};
    std::atomic<bool> stop_{false};
    std::atomic<int> running_{0}; // threads that nobody joins

    std::mutex mutex_;
    std::condition_variable freed_;
    std::size_t used_ = 0;
    std::vector<Fd> idle_;

    std::thread acceptor_;
    std::thread generator_;
};

} // namespace slotscope::live
