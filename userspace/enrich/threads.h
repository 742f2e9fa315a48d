// SPDX-License-Identifier: MIT
// What threads are doing, as far as the kernel says where they sleep (proc_pid_wchan(5)).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace slotscope::enrich {

enum class ThreadDoing : std::uint8_t {
    unknown,   // gone, or not to be read
    works,     // runs, sleeps for a set time, or anything that is none of the others
    listens,   // waits for input from somebody, whoever that is
    lock,      // waits for another thread, for as long as it takes (a futex)
    stopped,   // by a signal or a debugger
    disk,      // sleeps uninterruptibly, as for a disk or a file system of another host
    file_lock, // waits for a lock on a file, which another thread or process has
};

// By the state letter of proc_pid_stat(5) and the name of the kernel's function that it sleeps in.
ThreadDoing thread_doing(char state, std::string_view sleeps_in);

// By proc_pid_syscall(5): it waits on a futex, and not for longer than a set time. So Ruby sleeps, and so a
// thread asks now and then whether something has come; who waits for a lock does not get up before he has it.
bool waits_for_a_set_time(std::string_view system_call);

class ThreadReader {
  public:
    static constexpr std::size_t kMostThreads = 64; // of a process that are looked at

    explicit ThreadReader(std::string proc = "/proc")
        : proc_(std::move(proc))
    {
    }

    ThreadDoing look(std::uint32_t pid, std::uint32_t tid) const;

    // Some thread of the process works, or it has more than kMostThreads: then nobody knows.
    bool works(std::uint32_t pid) const;

  private:
    std::string proc_;
};

} // namespace slotscope::enrich
