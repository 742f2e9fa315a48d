// SPDX-License-Identifier: MIT
// HTTP/1.1 on a listening socket, Unix or TCP: accepts, bounds the clients, and asks a handler.
#pragma once

#include "base/fd.h"
#include "serve/http.h"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace slotscope::serve {

class ServerCore;

// Everything runs on the loop, which must outlive the server and be run by one thread. Destruction closes the
// listening socket and every session; connections that were taken over are their new owner's.
class HttpServer {
  public:
    // `listening`: a stream socket that listens and does not block. `name` is for the log.
    HttpServer(boost::asio::io_context& loop, Fd listening, std::string name, Handler handler,
               HttpLimits limits);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    std::size_t clients() const; // those that were taken over included

  private:
    std::shared_ptr<ServerCore> core_;
};

} // namespace slotscope::serve
