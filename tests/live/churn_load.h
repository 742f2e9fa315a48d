// SPDX-License-Identifier: MIT
// A load that opens and ends connections as fast as the machine makes them, and counts what it did itself.
#pragma once

#include "harness/netns.h"
#include "model/address.h"

#include <atomic>
#include <cstdint>
#include <vector>

namespace slotscope::live {

// In memory that all workers share; what a killed worker was just doing is missing from the later ones.
struct ChurnTally {
    std::atomic<std::uint64_t> begun;     // before connect()
    std::atomic<std::uint64_t> connected; // connect() said yes
    std::atomic<std::uint64_t> no_port;   // EADDRNOTAVAIL
    std::atomic<std::uint64_t> failed;    // connect() said anything else
    std::atomic<std::uint64_t> reset;     // the server reset it with a request outstanding
    std::atomic<std::uint64_t> finished;  // closed by the client that opened it
};

struct ChurnPlan {
    std::uint64_t connections = 0;
    int clients = 4;
    int servers = 3;
    int kills = 0; // workers that are killed on the way, one each 50 ms, and replaced
};

class Churn {
  public:
    // Clients connect in turn to `targets`, all of which `listener` takes.
    Churn(const Namespace& where, const Fd& listener, std::vector<Address> targets);
    ~Churn();
    Churn(const Churn&) = delete;
    Churn& operator=(const Churn&) = delete;

    // Returns when all connections have been made and every worker is gone. How many were killed.
    int run(const ChurnPlan& plan);
    const ChurnTally& tally() const { return *tally_; }

  private:
    Actor start_client(std::uint64_t seed, std::uint64_t connections) const;
    Actor start_server() const;

    const Namespace& where_;
    const Fd& listener_;
    std::vector<Address> targets_;
    ChurnTally* tally_;
};

} // namespace slotscope::live
