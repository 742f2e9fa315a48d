// SPDX-License-Identifier: MIT
// Asks the agent, in a thread of its own: however long an answer takes, the screen stays alive.
#pragma once

#include "base/fd.h"
#include "cli/client.h"
#include "cli/top/model.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace slotscope::cli::top {

class Fetcher {
  public:
    // Asks once in each period, and at once when something else is wished for.
    Fetcher(std::string socket, std::chrono::milliseconds period);
    // Waits for the answer that is under way, at most for kPatience.
    ~Fetcher();
    Fetcher(const Fetcher&) = delete;
    Fetcher& operator=(const Fetcher&) = delete;

    static constexpr std::chrono::milliseconds kPatience{2000};

    void wish(const Wish& wish);

    // Readable when there is news.
    int news_fd() const { return news_.get(); }
    // Gives what came since the last call to the model.
    void deliver(Model& model);

  private:
    using News = std::function<void(Model&)>;

    void run();
    void fetch_backends(const Client& client);
    void fetch_selected(const Client& client, const Wish& wish);
    void fetch_verdict(const Client& client, const Wish& wish);
    void tell(News news);

    std::string socket_;
    std::chrono::milliseconds period_;
    Fd news_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<News> waiting_; // of the mutex, like all that follows; bounded by kMostNews
    Wish wish_;
    bool wish_is_new_ = false;
    bool ends_ = false;
    bool no_verdicts_ = false; // the thread's own: the agent is too old for /v1/why
    std::thread thread_;       // last: it uses all of the others
};

} // namespace slotscope::cli::top
