// SPDX-License-Identifier: MIT
// Fakes and blocking clients for the tests of the servers.
#pragma once

#include "base/fd.h"
#include "serve/provider.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>

namespace slotscope::serve::test {

// A directory of its own, removed with all that is in it.
class TempDirectory {
  public:
    TempDirectory();
    ~TempDirectory();
    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;

    std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

// Two backends named app1 (8 slots) and php, and as many holders as are asked for.
class FakeProvider : public Provider {
  public:
    FakeProvider();

    std::shared_ptr<const Snapshot> snapshot() const override { return current; }
    Result<HolderPage> holders(const HolderQuery& query) override;
    Result<CallsPage> calls(const CallsQuery& query) override;
    Result<RecordingPage> recording(const CallsQuery& query) override;
    std::vector<LimitView> limits() const override { return views; }

    std::shared_ptr<Snapshot> current;
    std::vector<LimitView> views;
    std::size_t holder_count = 3;
    HolderQuery last_query;
    CallsPage calls_page;
    RecordingPage recording_page;
    CallsQuery last_calls;
    std::function<void()> before_holders = [] {};
};

// An event loop on a thread of its own.
class LoopThread {
  public:
    LoopThread();
    ~LoopThread();
    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;

    boost::asio::io_context& loop() { return loop_; }

    // Runs it on the loop and waits until it is done.
    void run(const std::function<void()>& work);

  private:
    boost::asio::io_context loop_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{loop_.get_executor()};
    std::thread thread_;
};

struct Response {
    int status = 0;
    std::string header;
    std::string body;
};

// A client that blocks; a read that gets nothing for 20 seconds fails its test instead of hanging it.
class Client {
  public:
    explicit Client(const std::string& unix_path);
    explicit Client(std::uint16_t loopback_port);

    bool connected() const { return static_cast<bool>(socket_); }
    int descriptor() const { return socket_.get(); }
    void send(const std::string& bytes) const;

    // The next response by its Content-Length; status 0 where the server closed instead.
    Response response(bool head = false);

    // The header of an answer without an end, and the next chunk of its body; empty at the end.
    std::string stream_header();
    std::string chunk();

    // Whether the server closes now, after whatever it still sends.
    bool is_closed();

  private:
    explicit Client(Fd socket)
        : socket_(std::move(socket))
    {
    }
    bool fill(); // reads more; false at the end
    std::string until(const std::string& end);

    Fd socket_;
    std::string buffer_;
};

std::string get(const std::string& target, const std::string& more_header = "");

// One GET on a connection of its own.
Response fetch(const std::string& unix_path, const std::string& target);

// A port of 127.0.0.1 on which nobody listens.
std::uint16_t free_port();

// Waits until it is so: the loop learns of what a client does only when it comes to it.
template <typename Condition>
void eventually(Condition condition)
{
    for (int i = 0; i < 4000; ++i) {
        if (condition())
            return;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    FAIL() << "it did not become so within 20 seconds";
}

} // namespace slotscope::serve::test
