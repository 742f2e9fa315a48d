// SPDX-License-Identifier: MIT
#include "kernel/walk.h"

#include "base/fd.h"

#include <array>
#include <bpf/bpf.h>
#include <cerrno>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

namespace slotscope::kernel {
namespace {

Result<void> drain(int fd)
{
    std::array<char, 4096> nothing{}; // the programs print nothing
    for (;;) {
        const ssize_t count = ::read(fd, nothing.data(), nothing.size());
        if (count == 0)
            return {};
        // EAGAIN: the kernel has looked at a million objects without output and wants to be asked again.
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return system_error("cannot walk the kernel's sockets", errno);
    }
}

// Only the creation of the iterator has to happen inside the namespace; the walk itself can follow outside.
Result<Fd> create_inside(int link_fd, const Fd& home, const Fd& target)
{
    if (::setns(target.get(), CLONE_NEWNET) != 0)
        return system_error("cannot enter", errno);
    Fd iterator(bpf_iter_create(link_fd));
    const int error = errno;
    if (::setns(home.get(), CLONE_NEWNET) != 0)
        return system_error("cannot return to the agent's own network namespace", errno);
    if (!iterator)
        return system_error("cannot list", error);
    return iterator;
}

} // namespace

Result<void> run_iterator(int link_fd)
{
    const Fd iterator(bpf_iter_create(link_fd));
    if (!iterator)
        return system_error("cannot create an iterator", errno);
    return drain(iterator.get());
}

Result<WalkResult> walk_namespaces(int link_fd, std::span<const WalkTarget> targets)
{
    const Fd home(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    if (!home)
        return system_error("cannot open the agent's own network namespace (is /proc mounted?)", errno);
    struct stat own {};
    ::fstat(home.get(), &own);

    WalkResult walked;
    for (const WalkTarget& target : targets) {
        const Fd entrance(::open(target.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
        struct stat now {};
        if (!entrance || ::fstat(entrance.get(), &now) != 0 || now.st_ino != target.inode)
            continue; // gone, and its sockets with it
        auto iterator = now.st_ino == own.st_ino && now.st_dev == own.st_dev
                            ? Result<Fd>(Fd(bpf_iter_create(link_fd)))
                            : create_inside(link_fd, home, entrance);
        auto result = iterator ? drain(iterator->get()) : Result<void>(iterator.error());
        if (result)
            walked.reached.push_back(target.inode);
        else
            walked.not_reached.push_back(target.path + ": " + result.error().message);
    }
    return walked;
}

} // namespace slotscope::kernel
