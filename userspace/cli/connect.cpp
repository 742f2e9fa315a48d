// SPDX-License-Identifier: MIT
#include "cli/connect.h"

#include "cli/text/text.h"

#include <slotscope/api/contract.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <grp.h>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <system_error>

namespace slotscope::cli {

namespace {

Error unreachable(std::string message)
{
    return Error{std::move(message), api::kExitUnreachable};
}

// The group of what refuses us: the socket, or the nearest directory above it that can be looked at.
std::optional<std::string> group_in_the_way(const std::string& path)
{
    struct stat status {};
    std::filesystem::path nearest = path;
    while (::stat(nearest.c_str(), &status) != 0) {
        const std::filesystem::path parent = nearest.parent_path();
        if (parent == nearest || parent.empty())
            return std::nullopt;
        nearest = parent;
    }
    std::array<char, 16384> buffer{};
    group entry{};
    group* found = nullptr;
    if (::getgrgid_r(status.st_gid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return std::string(found->gr_name);
    return std::to_string(status.st_gid);
}

Error permission_denied(const std::string& path)
{
    const std::string group = group_in_the_way(path).value_or("root");
    if (group == "root")
        return unreachable("you are not allowed to use " + printable(path) +
                           ": it belongs to root; use sudo, or create the group " + std::string(api::kGroup) +
                           " and restart slotscoped");
    return unreachable("you are not allowed to use " + printable(path) + ": it belongs to group " + group +
                       "; ask to be added, `sudo usermod -aG " + group +
                       " $USER` (then log in again), or use sudo");
}

Error refused(const std::string& path)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode))
        return unreachable(printable(path) + " is not a socket: give the agent's with --socket");
    return unreachable("nobody listens on " + printable(path) +
                       ": slotscoped has ended and left it behind; start it with `sudo slotscoped`");
}

Error explained(const std::string& path, int code)
{
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return unreachable("no slotscoped answers on " + printable(path) +
                           ": is it running? start it with `sudo slotscoped` or give --socket");
    case ECONNREFUSED:
        return refused(path);
    case EACCES:
    case EPERM:
        return permission_denied(path);
    case EAGAIN:
        return unreachable("slotscoped on " + printable(path) +
                           " does not take connections: it is stuck or has too many clients; try again");
    case EPROTOTYPE:
        return unreachable(printable(path) + " is a socket of another kind: give the agent's with --socket");
    default:
        return unreachable("cannot connect to " + printable(path) + ": " +
                           std::system_category().message(code));
    }
}

timeval to_timeval(std::chrono::milliseconds time)
{
    timeval value{};
    value.tv_sec = time.count() / 1000;
    value.tv_usec = time.count() % 1000 * 1000;
    return value;
}

} // namespace

// A blocking connect with SO_SNDTIMEO: with a full backlog a non-blocking one on a Unix socket fails at once
// with EAGAIN and cannot be waited for.
Result<Fd> connect_to(const std::string& path, std::chrono::milliseconds timeout)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof(address.sun_path))
        return unreachable("'" + printable(path) + "' cannot be the path of a socket: it must have 1 to " +
                           std::to_string(sizeof(address.sun_path) - 1) + " bytes");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket)
        return unreachable("cannot create a socket: " + std::system_category().message(errno));
    const timeval limit = to_timeval(timeout);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        return explained(path, errno);
    return socket;
}

} // namespace slotscope::cli
