// SPDX-License-Identifier: MIT
// An HTTP backend that answers only when it is told to, so that a product's slots stand still while they are
// counted.
#pragma once

#include "base/fd.h"

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace slotscope::products {

class HeldBackend {
  public:
    explicit HeldBackend(Fd listener);
    ~HeldBackend();
    HeldBackend(const HeldBackend&) = delete;
    HeldBackend& operator=(const HeldBackend&) = delete;

    std::size_t held() const;        // requests that wait for their answer
    std::size_t connections() const; // that are open, idle ones included
    void release();                  // answers all that wait; their connections stay open

  private:
    void serve();
    void read_from(int number);

    struct Client {
        Fd fd;
        std::string request;
        bool held = false;
    };

    Fd listener_;
    Fd stop_;
    mutable std::mutex mutex_; // of clients_
    std::map<int, Client> clients_;
    std::thread thread_;
};

} // namespace slotscope::products
