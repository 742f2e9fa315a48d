// SPDX-License-Identifier: MIT
// Brings a history's log to the disk, on a thread of its own: a sync takes milliseconds on an idle disk and
// seconds on a busy one, and disks are busy in just those minutes that a history is about.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace slotscope::store {

class Syncer {
  public:
    // FILE: the database; its log is beside it.
    explicit Syncer(std::string file);
    // Waits for a sync that was asked for.
    ~Syncer();
    Syncer(const Syncer&) = delete;
    Syncer& operator=(const Syncer&) = delete;

    // Something was written. Many of them while one sync is under way are one sync afterwards.
    void wanted();

    // errno of the last sync; 0: it is on the disk.
    int last_error() const { return last_error_; }

    // The log may grow to this before its content is moved to the database.
    static constexpr std::uint64_t kLargestLog = std::uint64_t{8} * 1024 * 1024;

  private:
    void run();
    void sync();

    const std::string file_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool wanted_ = false;
    bool ending_ = false;
    std::atomic<int> last_error_ = 0;
    std::thread thread_; // last: it uses all of the above
};

} // namespace slotscope::store
