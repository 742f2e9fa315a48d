// SPDX-License-Identifier: MIT
#include "store/syncer.h"

#include "base/fd.h"
#include "store/database.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>

namespace slotscope::store {

Syncer::Syncer(std::string file)
    : file_(std::move(file))
    , thread_([this] { run(); })
{
}

Syncer::~Syncer()
{
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        ending_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Syncer::wanted()
{
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        wanted_ = true;
    }
    changed_.notify_one();
}

void Syncer::run()
{
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr); // signals are the event loop's
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return wanted_ || ending_; });
        if (!wanted_)
            return;
        wanted_ = false;
        lock.unlock();
        sync();
        lock.lock();
    }
}

// Each commit in the log carries its checksum, so what a sync by anybody has brought to the disk is there
// after a power loss. (Nobody holds a lock on the log: closing it here takes none away.)
void Syncer::sync()
{
    const Fd log(::open((file_ + "-wal").c_str(), O_RDWR | O_CLOEXEC));
    if (!log) {
        last_error_ = errno == ENOENT ? 0 : errno; // it was moved to the database meanwhile
        return;
    }
    struct stat status {};
    const bool synced = ::fdatasync(log.get()) == 0 && ::fstat(log.get(), &status) == 0;
    last_error_ = synced ? 0 : errno;
    if (!synced || static_cast<std::uint64_t>(status.st_size) < kLargestLog)
        return;
    // Passive: it waits for nobody, and nobody for it; the log begins anew once all of it is moved. Where
    // saves come so fast that this never is, they have to wait.
    const bool far_behind = static_cast<std::uint64_t>(status.st_size) > 2 * kLargestLog;
    if (auto database = Database::open(file_))
        (void)database->run(far_behind ? "PRAGMA wal_checkpoint(RESTART)" : "PRAGMA wal_checkpoint(PASSIVE)");
}

} // namespace slotscope::store
