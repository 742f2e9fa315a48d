// SPDX-License-Identifier: MIT
#include "daemon/own_status.h"

#include "base/clock.h"

#include <ctime>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace slotscope::daemon {
namespace {

double seconds(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

} // namespace

double cpu_seconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t resident_memory_bytes()
{
    std::ifstream file("/proc/self/statm");
    std::uint64_t total_pages = 0;
    std::uint64_t resident_pages = 0;
    file >> total_pages >> resident_pages;
    return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t allocated_tcp_sockets()
{
    std::ifstream file("/proc/net/sockstat");
    std::string word;
    bool tcp = false;
    while (file >> word) {
        if (word.back() == ':')
            tcp = word == "TCP:";
        std::uint64_t count = 0;
        if (tcp && word == "alloc" && file >> count)
            return count;
    }
    return 0;
}

std::string kernel_release()
{
    utsname name{};
    ::uname(&name);
    return name.release;
}

} // namespace slotscope::daemon
