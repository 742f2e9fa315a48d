// SPDX-License-Identifier: MIT
// The API on its Unix socket (slotscope/api/contract.h).
#pragma once

#include "base/result.h"
#include "serve/event_hub.h"
#include "serve/http_server.h"
#include "serve/provider.h"
#include "serve/unix_listener.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace slotscope::serve {

class ApiServer {
  public:
    // Listens on the path at once. The loop and the provider must outlive the server; one thread runs the
    // loop, and the provider is asked on it. Of the directories only the default one, api::kDefaultSocket's,
    // is created. Errors: see listen_unix.
    static Result<std::unique_ptr<ApiServer>> listen(boost::asio::io_context& loop, const std::string& path,
                                                     Provider& provider, HttpLimits limits = {},
                                                     EventLimits event_limits = {});

    // Closes every client and unlinks the socket.
    ~ApiServer() = default;

    EventHub& events() { return events_; }
    std::size_t clients() const { return http_.clients(); }

  private:
    ApiServer(boost::asio::io_context& loop, UnixListener listener, Provider& provider, HttpLimits limits,
              EventLimits event_limits);

    UnixListener listener_;
    EventHub events_;
    HttpServer http_;
};

} // namespace slotscope::serve
