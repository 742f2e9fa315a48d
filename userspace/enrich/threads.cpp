// SPDX-License-Identifier: MIT
#include "enrich/threads.h"

#include "enrich/proc_file.h"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <sys/syscall.h>

namespace slotscope::enrich {
namespace {

constexpr std::size_t kMostBytes = 512;

// futex_wait_queue_me until 5.17, futex_wait_queue until 6.15, futex_do_wait since.
constexpr std::string_view kLock = "futex_";
constexpr std::string_view kFileLock = "locks_lock_inode_wait"; // flock() and fcntl()
constexpr std::string_view kInput[] = {
    "ep_poll",          "do_epoll_wait",       "poll_schedule_timeout", "do_poll",      "do_sys_poll",
    "do_select",        "inet_csk_acc",        "inet_csk_wait",         "sk_wait_data", "wait_woken",
    "unix_stream_read", "__skb_wait_for_more", "do_sigtimed",           "sigsuspend"};

// Field 3 of proc_pid_stat(5), behind a name that may hold anything but ends at the last parenthesis.
char state_in(std::string_view stat)
{
    const std::size_t end = stat.rfind(')');
    return end == std::string_view::npos || end + 2 >= stat.size() ? '\0' : stat[end + 2];
}

} // namespace

ThreadDoing thread_doing(char state, std::string_view sleeps_in)
{
    if (state == '\0')
        return ThreadDoing::unknown;
    if (state == 'T' || state == 't')
        return ThreadDoing::stopped;
    if (state == 'D')
        return ThreadDoing::disk;
    if (state != 'S')
        return ThreadDoing::works;
    if (sleeps_in.starts_with(kLock))
        return ThreadDoing::lock;
    if (sleeps_in == kFileLock)
        return ThreadDoing::file_lock;
    const bool input = std::any_of(std::begin(kInput), std::end(kInput), [sleeps_in](std::string_view name) {
        return sleeps_in.starts_with(name);
    });
    return input ? ThreadDoing::listens : ThreadDoing::works;
}

bool waits_for_a_set_time(std::string_view system_call)
{
    constexpr std::size_t kTimeout =
        4; // the number, then the arguments of futex(2): address, operation, value
    std::size_t word = 0;
    for (; word < kTimeout; ++word) {
        const std::size_t space = system_call.find(' ');
        if (space == std::string_view::npos)
            return false;
        if (word == 0 && system_call.substr(0, space) != std::to_string(SYS_futex))
            return false;
        system_call.remove_prefix(space + 1);
    }
    return !system_call.starts_with("0x0 ");
}

ThreadDoing ThreadReader::look(std::uint32_t pid, std::uint32_t tid) const
{
    const std::string path = proc_ + "/" + std::to_string(pid) + "/task/" + std::to_string(tid);
    const auto stat = read_proc_file(AT_FDCWD, path + "/stat", kMostBytes);
    const auto sleeps_in = read_proc_file(AT_FDCWD, path + "/wchan", kMostBytes);
    if (!stat || !sleeps_in)
        return ThreadDoing::unknown;
    const ThreadDoing doing = thread_doing(state_in(*stat), *sleeps_in);
    if (doing != ThreadDoing::lock)
        return doing;
    const auto system_call = read_proc_file(AT_FDCWD, path + "/syscall", kMostBytes);
    return system_call && waits_for_a_set_time(*system_call) ? ThreadDoing::works : ThreadDoing::lock;
}

bool ThreadReader::works(std::uint32_t pid) const
{
    std::size_t looked = 0;
    bool works = false;
    for_each_entry(proc_ + "/" + std::to_string(pid) + "/task", [&](const char* name) {
        const auto tid = static_cast<std::uint32_t>(std::strtoul(name, nullptr, 10));
        const ThreadDoing doing = look(pid, tid);
        works = ++looked > kMostThreads || doing == ThreadDoing::works || doing == ThreadDoing::disk;
        return !works;
    });
    return works || looked == 0;
}

} // namespace slotscope::enrich
