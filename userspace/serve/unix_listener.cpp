// SPDX-License-Identifier: MIT
#include "serve/unix_listener.h"

#include <slotscope/api/contract.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace slotscope::serve {
namespace {

constexpr mode_t kSocketMode = 0660;
constexpr mode_t kLockMode = 0600;
constexpr mode_t kDirectoryMode = 0755;
constexpr const char* kElsewhere = " or give another place with --socket PATH";

Result<sockaddr_un> address_of(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    constexpr std::size_t kLongest = sizeof(address.sun_path) - 1;
    if (path.empty())
        return Error{"the path of the socket is empty; give one with --socket PATH"};
    if (path.size() > kLongest)
        return Error{"the path of the socket, " + path + ", has " + std::to_string(path.size()) +
                     " bytes and the kernel takes at most " + std::to_string(kLongest) +
                     "; give a shorter one with --socket PATH"};
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

Result<void> check_directory(const std::string& path, bool may_create)
{
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    const std::string directory = parent.empty() ? "." : parent.string();
    struct stat status {};
    int error = ::stat(directory.c_str(), &status) == 0 ? 0 : errno;
    if (error == ENOENT && may_create) {
        error = ::mkdir(directory.c_str(), kDirectoryMode) == 0 ? 0 : errno;
        if (error == 0)
            return {};
    }
    if (error == ENOENT)
        return Error{"the directory of the socket, " + directory + ", does not exist; create it (mkdir -p " +
                         directory + ")" + kElsewhere,
                     error};
    if (error != 0)
        return system_error("the directory of the socket, " + directory + ", cannot be used", error);
    if (!S_ISDIR(status.st_mode))
        return Error{directory + " is not a directory, so the socket " + path +
                         " cannot be made; move it away" + kElsewhere,
                     ENOTDIR};
    return {};
}

Error already_used(const std::string& path, int lock)
{
    std::array<char, 32> text{};
    const ssize_t length = ::pread(lock, text.data(), text.size(), 0);
    unsigned long pid = 0;
    if (length > 0)
        std::from_chars(text.data(), text.data() + length, pid);
    const std::string owner = pid == 0 ? "" : " (pid " + std::to_string(pid) + ")";
    return Error{"another slotscoped" + owner + " already uses " + path + "; stop it" + kElsewhere,
                 EWOULDBLOCK};
}

// Held for as long as the descriptor is; the kernel lets go of it however the agent ends.
Result<Fd> take_lock(const std::string& path)
{
    const std::string name = path + ".lock";
    Fd lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, kLockMode));
    if (!lock)
        return system_error("the lock " + name + " cannot be opened; run as root" + kElsewhere, errno);
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return already_used(path, lock.get());
        return system_error("the lock " + name + " cannot be taken", errno);
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock.get(), 0) != 0 || ::pwrite(lock.get(), pid.data(), pid.size(), 0) < 0)
        return system_error("the lock " + name + " cannot be written", errno);
    return lock;
}

bool somebody_listens(const sockaddr_un& address)
{
    const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // EAGAIN: its queue is full, so it has one. EPROTOTYPE: a socket of another type, and in use.
    return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ||
           errno == EAGAIN || errno == EPROTOTYPE;
}

// Only while the lock is held.
Result<void> clear_away_stale(const std::string& path, const sockaddr_un& address)
{
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0)
        return errno == ENOENT ? Result<void>() : system_error(path + " cannot be looked at", errno);
    if (!S_ISSOCK(status.st_mode))
        return Error{path + " exists and is not a socket; move it away" + kElsewhere, EEXIST};
    if (somebody_listens(address))
        return Error{"another program listens on " + path + "; stop it" + kElsewhere, EADDRINUSE};
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        return system_error("the left-over socket " + path + " cannot be removed", errno);
    return {};
}

gid_t group_of_socket()
{
    const group* found = ::getgrnam(std::string(api::kGroup).c_str());
    return found ? found->gr_gid : ::getegid();
}

// root alone is not enough: in containers it often lacks that capability.
void warn_of_group(const std::string& path, int error)
{
    const bool root = ::geteuid() == 0;
    spdlog::warn("api: {} cannot be given to the group {} ({}): only {} can use it; {}", path, api::kGroup,
                 std::strerror(error), root ? "root" : "this user and its group",
                 root ? "root needs CAP_CHOWN for that"
                      : "start it with that group (Group= in a systemd unit), or with CAP_CHOWN");
}

// Opens the file to its group, which is set first: never is it more open than it will be.
Result<void> set_access(const std::string& path)
{
    if (::lchown(path.c_str(), static_cast<uid_t>(-1), group_of_socket()) != 0)
        warn_of_group(path, errno);
    if (::chmod(path.c_str(), kSocketMode) != 0)
        return system_error("the access rights of " + path + " cannot be set", errno);
    return {};
}

} // namespace

UnixListener::~UnixListener()
{
    if (!lock_ || inode_ == 0)
        return;
    struct stat status {};
    const bool ours =
        ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
    if (ours)
        ::unlink(path_.c_str());
}

Result<void> UnixListener::make_socket()
{
    const auto address = address_of(path_);
    if (!address)
        return address.error();
    socket_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket_)
        return system_error("no socket can be made", errno);

    const mode_t before = ::umask(0177);
    const int bound = ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof(*address));
    const int error = errno;
    ::umask(before);
    if (bound != 0)
        return system_error("the socket " + path_ + " cannot be made; run as root" + kElsewhere, error);

    struct stat status {};
    if (::lstat(path_.c_str(), &status) != 0)
        return system_error("the socket " + path_ + " vanished", errno);
    device_ = status.st_dev;
    inode_ = status.st_ino;
    if (const auto set = set_access(path_); !set)
        return set.error();
    if (::listen(socket_.get(), SOMAXCONN) != 0)
        return system_error("the socket " + path_ + " cannot be listened on", errno);
    return {};
}

Result<UnixListener> listen_unix(const std::string& path, bool may_create_directory)
{
    const auto address = address_of(path);
    if (!address)
        return address.error();
    if (const auto checked = check_directory(path, may_create_directory); !checked)
        return checked.error();
    auto lock = take_lock(path);
    if (!lock)
        return lock.error();
    if (const auto cleared = clear_away_stale(path, *address); !cleared)
        return cleared.error();

    UnixListener listener(path, std::move(lock).value());
    if (const auto made = listener.make_socket(); !made)
        return made.error();
    return listener;
}

} // namespace slotscope::serve
