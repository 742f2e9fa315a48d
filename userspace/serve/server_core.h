// SPDX-License-Identifier: MIT
// What a server's sessions share. Outlives the server for as long as the loop still holds its operations.
#pragma once

#include "base/fd.h"
#include "serve/connection.h"
#include "serve/http.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace slotscope::serve {

class HttpSession;

class ServerCore : public std::enable_shared_from_this<ServerCore> {
  public:
    ServerCore(boost::asio::io_context& loop, Fd listening, std::string name, Handler handler,
               HttpLimits limits);

    void start();
    void close();

    // The handler's answer; 500 where it throws.
    Reply ask(const Target& target);

    // Whether a reply may be kept until it is sent. One that is must be released, as it was. May close other
    // sessions.
    bool keep_reply(const Reply& reply);
    void release_reply(const Reply& reply);

    void remember(HttpSession& session) { sessions_.insert(&session); }
    void forget(HttpSession& session) { sessions_.erase(&session); }

    const HttpLimits& limits() const { return limits_; }
    const std::string& name() const { return name_; }
    std::size_t clients() const { return *clients_; }

  private:
    void wait();
    void accept_waiting();
    void admit(Fd client);
    bool one_gives_way(bool for_its_reply);
    void pause(int error);

    boost::asio::io_context& loop_;
    boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> listening_;
    boost::asio::steady_timer timer_;
    std::string name_;
    Handler handler_;
    HttpLimits limits_;
    std::shared_ptr<std::size_t> clients_ = std::make_shared<std::size_t>(0);
    std::shared_ptr<std::size_t> refused_ = std::make_shared<std::size_t>(0);
    std::size_t reply_bytes_ = 0;
    std::unordered_map<const std::string*, std::size_t> shared_; // how many replies have it
    std::unordered_set<HttpSession*> sessions_;
    bool accept_fails_ = false;
    bool open_ = true;
};

} // namespace slotscope::serve
