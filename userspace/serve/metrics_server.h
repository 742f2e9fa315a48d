// SPDX-License-Identifier: MIT
// What Prometheus scrapes, over TCP.
#pragma once

#include "base/result.h"
#include "serve/http_server.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace slotscope::serve {

// The page, made anew no more often than in a tenth of the time: whoever may connect may ask at once and
// without end, and the loop has other work. One that is made in 1 ms is 10 ms old at most.
class MetricsPage {
  public:
    explicit MetricsPage(std::function<std::string()> make)
        : make_(std::move(make))
    {
    }

    // The same text for all who ask while it is kept.
    std::shared_ptr<const std::string> text();

  private:
    using Clock = std::chrono::steady_clock;

    std::function<std::string()> make_;
    std::shared_ptr<const std::string> text_;
    Clock::time_point kept_until_{};
};

// No authentication, and anybody on the host may connect: see HttpLimits::newcomers_first.
class MetricsServer {
  public:
    // Listens on "ADDR:PORT" at once; errors: see listen_tcp. `metrics` gives the page in Prometheus' text
    // format, on the loop's thread. The loop must outlive the server.
    static Result<std::unique_ptr<MetricsServer>> listen(boost::asio::io_context& loop,
                                                         const std::string& address,
                                                         std::function<std::string()> metrics,
                                                         HttpLimits limits = {});

    // GET /metrics, / (a hint) and /healthz.
    MetricsServer(boost::asio::io_context& loop, Fd listening, std::function<std::string()> metrics,
                  HttpLimits limits);

    std::size_t clients() const { return http_.clients(); }

  private:
    HttpServer http_;
};

} // namespace slotscope::serve
