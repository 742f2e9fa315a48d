// SPDX-License-Identifier: MIT
#include "limits/ask.h"

#include "base/clock.h"
#include "base/fd.h"
#include "limits/wording.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

namespace slotscope::limits {
namespace {

Result<Fd> find_socket(int root, const std::string& path)
{
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    const long opened = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof(how));
    if (opened < 0)
        return system_error("cannot find " + in_quotes(path), errno);
    Fd found(static_cast<int>(opened));
    struct stat status {};
    if (::fstat(found.get(), &status) != 0 || !S_ISSOCK(status.st_mode))
        return Error{in_quotes(path) + " is not a socket", ENOTSOCK};
    return found;
}

// The socket that was found, whatever its path leads to by now.
Result<Fd> connect_to(const Fd& found, const std::string& path)
{
    Fd connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = "/proc/self/fd/" + std::to_string(found.get());
    name.copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (!connection ||
        ::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        return system_error("cannot connect to " + in_quotes(path), errno);
    return connection;
}

std::uint32_t listener_of(const Fd& connection)
{
    ucred peer{};
    socklen_t size = sizeof(peer);
    if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid < 0)
        return 0;
    return static_cast<std::uint32_t>(peer.pid);
}

// An Error when the time is over.
Result<void> wait_for(const Fd& connection, short what, std::uint64_t until_ns, const std::string& path)
{
    for (;;) {
        const std::uint64_t now_ns = monotonic_ns();
        pollfd waiting{connection.get(), what, 0};
        const int left_ms = now_ns >= until_ns ? 0 : static_cast<int>((until_ns - now_ns) / 1'000'000 + 1);
        const int ready = left_ms == 0 ? 0 : ::poll(&waiting, 1, left_ms);
        if (ready > 0)
            return {};
        if (ready == 0)
            return Error{in_quotes(path) + " does not answer in time", ETIMEDOUT};
        if (errno != EINTR)
            return system_error("cannot wait for " + in_quotes(path), errno);
    }
}

Result<void> send_all(const Fd& connection, std::string_view request, std::uint64_t until_ns,
                      const std::string& path)
{
    while (!request.empty()) {
        const ssize_t sent = ::send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            request.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            if (auto ready = wait_for(connection, POLLOUT, until_ns, path); !ready)
                return ready.error();
        } else if (errno != EINTR) {
            return system_error("cannot write to " + in_quotes(path), errno);
        }
    }
    return {};
}

Result<std::string> receive_all(const Fd& connection, const AskBounds& bounds, std::uint64_t until_ns,
                                const std::string& path)
{
    std::string answer;
    char chunk[16 * 1024];
    for (;;) {
        if (auto ready = wait_for(connection, POLLIN, until_ns, path); !ready)
            return ready.error();
        const ssize_t got = ::recv(connection.get(), chunk, sizeof(chunk), 0);
        if (got == 0)
            return answer;
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            return system_error("cannot read from " + in_quotes(path), errno);
        answer.append(chunk, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (answer.size() > bounds.most_bytes)
            return Error{in_quotes(path) + " answers with more than " + std::to_string(bounds.most_bytes) +
                             " bytes",
                         EFBIG};
    }
}

} // namespace

Result<std::string> ask_socket(int root, const std::string& path, std::string_view request,
                               const std::function<bool(std::uint32_t pid)>& may_answer,
                               const AskBounds& bounds)
{
    const std::uint64_t until_ns = monotonic_ns() + bounds.most_ns;
    auto found = find_socket(root, path);
    if (!found)
        return found.error();
    auto connection = connect_to(*found, path);
    if (!connection)
        return connection.error();
    if (!may_answer(listener_of(*connection)))
        return Error{in_quotes(path) + " is another process's socket: it is not asked", EPERM};
    if (auto sent = send_all(*connection, request, until_ns, path); !sent)
        return sent.error();
    return receive_all(*connection, bounds, until_ns, path);
}

} // namespace slotscope::limits
