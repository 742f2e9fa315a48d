// SPDX-License-Identifier: MIT
// An agent for tests: answers each request on a Unix socket of its own with what the test says.
#pragma once

#include "base/fd.h"

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace slotscope::cli::test {

// A directory that goes with the test.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    std::string path(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

// "HTTP/1.1 200 OK" with a body of that length, or another status.
std::string http_answer(const std::string& body, const std::string& status = "200 OK");

class FakeAgent {
  public:
    // What goes over the wire for a request target such as "/v1/backends?backend=app1"; the connection is
    // closed afterwards. kHang instead: it stays open and silent.
    using Handler = std::function<std::string(const std::string& target)>;
    static const std::string kHang;

    explicit FakeAgent(Handler handler);
    ~FakeAgent();
    FakeAgent(const FakeAgent&) = delete;
    FakeAgent& operator=(const FakeAgent&) = delete;

    const std::string& socket() const { return socket_; }
    std::vector<std::string> targets() const; // of the requests so far

  private:
    void serve();
    void answer(Fd client);

    TemporaryDirectory directory_;
    std::string socket_ = directory_.path("agent.sock");
    Handler handler_;
    mutable std::mutex mutex_;
    std::vector<std::string> targets_;
    std::vector<Fd> hanging_;
    Fd listener_;
    std::thread thread_;
};

// A run of the whole program.
struct Ran {
    int exit_code = 0;
    std::string out;
    std::string err;
};
Ran run_slotscope(const std::vector<std::string>& words);

} // namespace slotscope::cli::test
