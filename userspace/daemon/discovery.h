// SPDX-License-Identifier: MIT
// Looks for limits on a thread of its own: a file system of somebody else's may not answer for minutes, and
// tracing does not wait for it.
#pragma once

#include "daemon/limit_scanner.h"

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

namespace slotscope::daemon {

class Discovery {
  public:
    // CHANGED is called by LOOP whenever something else was found than the time before. The looks are a
    // second apart, or as far as keeps them to 1/100 of a processor; for ten seconds after a change four a
    // second, or 1/20 of a processor. Where that is long, since the host has many processes, products that
    // are known are looked at in between, by the same rule.
    Discovery(boost::asio::io_context& loop, std::function<void(Discovered)> changed);

    // Ends the thread; one that waits for a file is left behind and touches nothing any more.
    ~Discovery();
    Discovery(const Discovery&) = delete;
    Discovery& operator=(const Discovery&) = delete;

  private:
    struct Shared;

    std::shared_ptr<Shared> shared_;
};

} // namespace slotscope::daemon
