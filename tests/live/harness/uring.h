// SPDX-License-Identifier: MIT
// Calls on sockets by io_uring, one at a time, without its library.
#pragma once

#include "base/fd.h"

#include <memory>

struct io_uring_sqe;

namespace slotscope::live {

class Uring {
  public:
    enum class Runs { at_once, in_a_worker, in_a_polling_thread };

    // False, with errno set, where the kernel has no io_uring or does not let this process use it.
    explicit Uring(Runs how);
    ~Uring();
    explicit operator bool() const { return rings_ != nullptr; }

    // What the operation gives, as the system call of its name does; a negative number is an errno.
    int connect(const Fd& fd, const void* address, unsigned size);
    int accept(const Fd& listener);
    int send(const Fd& fd, const void* bytes, unsigned size);
    int receive(const Fd& fd, void* bytes, unsigned size);
    // From memory that is registered with the kernel, without a copy.
    int send_registered(const Fd& fd, void* bytes, unsigned size);

  private:
    struct Rings;

    io_uring_sqe* prepare(unsigned char operation, const Fd& fd, const void* bytes, unsigned size);
    int run();
    int wait(unsigned& flags);

    Runs how_;
    Fd fd_;
    std::unique_ptr<Rings> rings_;
};

} // namespace slotscope::live
