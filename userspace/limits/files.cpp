// SPDX-License-Identifier: MIT
#include "limits/files.h"

#include "base/clock.h"
#include "limits/wording.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <memory>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

namespace slotscope::limits {
namespace {

// Files that the kernel makes while they are read: some wait, some never end, some show the reader itself.
bool is_made_by_the_kernel(int file)
{
    constexpr std::array<std::uint32_t, 11> kMagics = {
        PROC_SUPER_MAGIC,   SYSFS_MAGIC,         DEBUGFS_MAGIC, TRACEFS_MAGIC,
        CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, BPF_FS_MAGIC,  SECURITYFS_MAGIC,
        PSTOREFS_MAGIC,     EFIVARFS_MAGIC,      SELINUX_MAGIC};
    struct statfs system {};
    if (::fstatfs(file, &system) != 0)
        return true;
    return std::find(kMagics.begin(), kMagics.end(), static_cast<std::uint32_t>(system.f_type)) !=
           kMagics.end();
}

std::int64_t nanoseconds(const timespec& time)
{
    return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

FileStamp stamp_of(const struct stat& status)
{
    return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
            std::max(nanoseconds(status.st_mtim), nanoseconds(status.st_ctim))};
}

// What O_PATH found, opened for reading: the same file, whatever the path leads to by now.
Fd reopened(const Fd& path, int flags)
{
    const std::string name = "/proc/self/fd/" + std::to_string(path.get());
    return Fd(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags));
}

std::vector<std::string> parts_of(const std::string& path)
{
    std::vector<std::string> parts;
    for (std::size_t start = 0; start < path.size();) {
        const std::size_t slash = std::min(path.find('/', start), path.size());
        if (slash > start)
            parts.push_back(path.substr(start, slash - start));
        start = slash + 1;
    }
    return parts;
}

bool has_wildcard(std::string_view text)
{
    return text.find_first_of("*?[") != std::string_view::npos;
}

Result<std::string> read_at_most(const Fd& file, const std::string& path, std::size_t most)
{
    std::string content;
    char chunk[16 * 1024];
    for (;;) {
        const ssize_t got = ::read(file.get(), chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return system_error("cannot read " + in_quotes(path), errno);
        if (got == 0)
            return content;
        content.append(chunk, static_cast<std::size_t>(got));
        if (content.size() > most)
            return Error{in_quotes(path) + " has more than " + std::to_string(most) + " bytes", EFBIG};
    }
}

} // namespace

Files::Files(Fd root, std::string working_directory, FileBounds bounds, std::optional<ReadFor> read_for)
    : root_(std::move(root))
    , working_directory_(std::move(working_directory))
    , bounds_(bounds)
    , started_ns_(monotonic_ns())
    , read_for_(std::move(read_for))
{
}

std::string Files::absolute(const std::string& path) const
{
    if (!path.empty() && path[0] == '/')
        return path;
    return working_directory_ + (working_directory_.ends_with('/') ? "" : "/") + path;
}

Result<Fd> Files::open_path(const std::string& path, std::uint64_t flags) const
{
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC | flags;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    if (path.find('\0') != std::string::npos)
        return Error{in_quotes(path) + " is not a path: it contains a NUL byte", EINVAL};
    const long number = ::syscall(SYS_openat2, root_.get(), absolute(path).c_str(), &how, sizeof(how));
    if (number < 0)
        return system_error("cannot open " + in_quotes(path), errno);
    return Fd(static_cast<int>(number));
}

Result<void> Files::within_bounds(const std::string& path)
{
    if (++opened_ > bounds_.most_files)
        return Error{in_quotes(path) + " is not read: it would be more than " +
                         std::to_string(bounds_.most_files) + " files",
                     E2BIG};
    return in_time(path);
}

Result<void> Files::in_time(const std::string& path) const
{
    if (monotonic_ns() - started_ns_ > bounds_.most_ns)
        return Error{in_quotes(path) + " is not read: reading took longer than " +
                         std::to_string(bounds_.most_ns / 1'000'000) + " ms already",
                     ETIME};
    return {};
}

Result<std::string> Files::read(const std::string& path)
{
    if (auto within = within_bounds(path); !within)
        return within.error();
    auto found = open_path(path, 0);
    if (!found) {
        seen_[absolute(path)] = {}; // when it comes to be there is a change, too
        return found.error();
    }
    struct stat status {};
    if (::fstat(found->get(), &status) != 0)
        return system_error("cannot look at " + in_quotes(path), errno);
    if (!S_ISREG(status.st_mode) || is_made_by_the_kernel(found->get()))
        return Error{in_quotes(path) + " is not a regular file", EINVAL};
    if (auto may = may_be_read(*found, path); !may)
        return may.error();
    seen_[absolute(path)] = stamp_of(status);
    const std::size_t most = std::min(bounds_.most_bytes_each, bounds_.most_bytes - bytes_);
    const Fd file = reopened(*found, 0);
    if (!file)
        return system_error("cannot open " + in_quotes(path), errno);
    auto content = read_at_most(file, path, most);
    if (content)
        bytes_ += content->size();
    return content;
}

Result<std::vector<std::string>> Files::list(const std::string& directory)
{
    if (auto within = within_bounds(directory); !within)
        return within.error();
    auto found = open_path(directory, O_DIRECTORY);
    if (!found) {
        seen_[absolute(directory)] = {};
        return found.error();
    }
    if (is_made_by_the_kernel(found->get()))
        return Error{in_quotes(directory) + " is not a directory of an ordinary file system", EINVAL};
    if (auto may = may_be_read(*found, directory); !may)
        return may.error();
    seen_[absolute(directory)] = stamp(directory);
    struct Close {
        void operator()(DIR* open) const { ::closedir(open); }
    };
    Fd file = reopened(*found, O_DIRECTORY);
    const std::unique_ptr<DIR, Close> open(file ? ::fdopendir(file.get()) : nullptr);
    if (!open)
        return system_error("cannot list " + in_quotes(directory), errno);
    file.release(); // closedir closes it
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(open.get())) {
        if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0)
            continue;
        if (names.size() == bounds_.most_entries)
            return Error{in_quotes(directory) + " has more than " + std::to_string(bounds_.most_entries) +
                             " entries",
                         E2BIG};
        names.emplace_back(entry->d_name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

// Directories that are links to each other have more paths than files.
Result<void> Files::add_match(std::string path, std::vector<std::string>& found) const
{
    if (found.size() == bounds_.most_entries)
        return Error{"more than " + std::to_string(bounds_.most_entries) + " files fit, the last of them " +
                         in_quotes(path),
                     E2BIG};
    found.push_back(std::move(path));
    return {};
}

Result<void> Files::match(const std::string& directory, const std::vector<std::string>& parts,
                          std::size_t part, std::vector<std::string>& found)
{
    const std::string above = directory + "/";
    const bool last = part + 1 == parts.size();
    if (!has_wildcard(parts[part])) {
        const std::string path = above + parts[part];
        if (!last)
            return match(path, parts, part + 1, found);
        return is_there(path) ? add_match(path, found) : in_time(path);
    }
    auto names = list(directory.empty() ? "/" : directory);
    if (!names) // nothing fits there; but a bound that was met is told
        return names.error().code == E2BIG || names.error().code == ETIME ? Result<void>(names.error())
                                                                          : Result<void>();
    for (const std::string& name : *names) {
        if (::fnmatch(parts[part].c_str(), name.c_str(), FNM_PERIOD) != 0)
            continue;
        if (auto matched =
                last ? add_match(above + name, found) : match(above + name, parts, part + 1, found);
            !matched)
            return matched;
    }
    return {};
}

Result<std::vector<std::string>> Files::matching(const std::string& pattern)
{
    std::vector<std::string> found;
    const std::vector<std::string> parts = parts_of(absolute(pattern));
    if (parts.empty() || parts.size() > 64)
        return Error{in_quotes(pattern) + " is not a pattern of file names", EINVAL};
    if (auto matched = match("", parts, 0, found); !matched)
        return matched.error();
    return found;
}

bool Files::is_directory(const std::string& path)
{
    return in_time(path).ok() && open_path(path, O_DIRECTORY).ok();
}

bool Files::is_there(const std::string& path)
{
    return open_path(path, 0).ok();
}

FileStamp Files::stamp(const std::string& path) const
{
    const auto found = open_path(path, 0);
    struct stat status {};
    if (!found || ::fstat(found->get(), &status) != 0)
        return {};
    return stamp_of(status);
}

} // namespace slotscope::limits
