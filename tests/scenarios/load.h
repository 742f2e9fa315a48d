// SPDX-License-Identifier: MIT
// Clients that ask at a rate of their own, whatever becomes of their requests: a queue does not slow them
// down.
#pragma once

#include "harness/netns.h"
#include "model/address.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace slotscope::scenarios {

// Requests of one kind, each on a connection of its own.
struct Stream {
    std::string target;          // "/item/{n}?ms=20": {n} is another number each time
    double per_second = 0;       // their arrivals are as irregular as those of independent clients
    int together = 0;            // so many are always under way (instead of a rate)
    bool reads = true;           // false: takes next to nothing of the answer, and stays
    double patience_seconds = 0; // of a client, who then gives up and asks again at once; 0: no end of it
};

class Load {
  public:
    Load(const live::Namespace& space, const Address& front);
    ~Load();
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

    void becomes(std::vector<Stream> streams);        // from now on; what is under way goes on
    void burst(const std::string& target, int count); // so many at once, besides

    std::uint64_t answered() const { return answered_; } // with 200
    std::uint64_t refused() const { return refused_; }   // with anything else, or not at all
    std::uint64_t under_way() const { return under_way_; }

  private:
    struct Client;
    struct Running {
        Stream stream;
        double next_seconds = 0; // since the clock's beginning
        int at_once = 0;         // so many are to begin now, and then no more
        int under_way = 0;
    };

    void run(int netns);
    void begin_due(double now_seconds);
    void begin(const std::shared_ptr<Running>& running);
    void wait_and_serve();
    bool serve(Client& client); // false: it is over
    void retry(const std::vector<std::shared_ptr<Running>>& those);
    void over(const Client& client, bool answered);

    Address front_;
    std::mutex mutex_; // of streams_
    std::vector<std::shared_ptr<Running>> streams_;
    std::vector<Client> clients_;
    std::mt19937 random_{7};
    std::uint64_t begun_ = 0;
    std::atomic<std::uint64_t> answered_ = 0;
    std::atomic<std::uint64_t> refused_ = 0;
    std::atomic<std::uint64_t> under_way_ = 0;
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

} // namespace slotscope::scenarios
