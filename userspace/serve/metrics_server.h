// SPDX-License-Identifier: MIT
// What Prometheus scrapes, over TCP.
#pragma once

#include "base/result.h"
#include "serve/http_server.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <string>

namespace slotscope::serve {

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
