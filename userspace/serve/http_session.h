// SPDX-License-Identifier: MIT
// One client: reads its requests one after the other and answers each.
#pragma once

#include "serve/connection.h"
#include "serve/http.h"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace slotscope::serve {

class ServerCore;

// Kept alive by its pending operation, of which there is never more than one.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
  public:
    HttpSession(TakenConnection connection, std::shared_ptr<ServerCore> server);
    ~HttpSession();
    HttpSession(const HttpSession&) = delete;
    HttpSession& operator=(const HttpSession&) = delete;

    void start();
    void refuse(); // tells that there are too many clients, and closes
    void close();

    using Time = std::chrono::steady_clock::time_point;

    // Whether it may be closed for the sake of a client that comes: HttpLimits::newcomers_first.
    bool may_give_way(Time now) const;
    Time step_began() const { return step_began_; } // of waiting for a request, or of a reply
    bool keeps_reply() const { return keeps_reply_; }

  private:
    using Error = boost::system::error_code;

    void next_request();
    void wait_for_request();
    void read_request();
    void read_done(Error error);
    void answer();
    Reply reply_to_request();

    void release_reply();
    void send(Reply reply, bool keep_alive, bool head_only = false);
    void write(bool with_body);
    void sent(Error error);
    void hand_over();

    void drain();
    void drain_more();

    Stream stream_;
    std::shared_ptr<void> place_;
    std::shared_ptr<ServerCore> server_;
    boost::beast::flat_buffer buffer_; // what was read and is not parsed yet: pipelined requests
    std::optional<boost::beast::http::request_parser<boost::beast::http::empty_body>> parser_;

    std::string header_;
    Reply reply_;
    std::size_t drained_bytes_ = 0;
    Time step_began_ = std::chrono::steady_clock::now();
    bool replying_ = false;
    bool keeps_reply_ = false; // reply_ is accounted at the server
    bool refused_ = false;
    bool keep_alive_ = false;
    bool open_ = true;
};

} // namespace slotscope::serve
