// SPDX-License-Identifier: MIT
// May the process that a file is read for read it itself? Asked of the permissions, since nobody but that
// process can try.
#include "limits/files.h"

#include "limits/wording.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slotscope::limits {
namespace {

constexpr std::uint32_t kRead = 4;
constexpr std::uint32_t kSearch = 1; // of a directory

// Where an open file is now, below the root of its mount namespace.
std::string path_of(int file)
{
    std::array<char, 4096> target{};
    const ssize_t size =
        ::readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), target.data(), target.size());
    const bool whole = size > 0 && static_cast<std::size_t>(size) < target.size();
    return std::string(target.data(), whole ? static_cast<std::size_t>(size) : 0);
}

} // namespace

bool ReadFor::may(std::uint32_t bit, std::uint32_t mode, std::uint32_t owner, std::uint32_t group) const
{
    if (uid == 0)
        return true;
    if (uid == owner)
        return (mode >> 6 & bit) != 0;
    const bool in_group = gid == group || std::find(groups.begin(), groups.end(), group) != groups.end();
    return ((in_group ? mode >> 3 : mode) & bit) != 0;
}

// Each directory on the way is one that it may search, and what is at the end is FOUND.
bool Files::leads_to(const std::string& real_path, const Fd& found) const
{
    struct stat wanted {};
    struct stat status {};
    if (::fstat(found.get(), &wanted) != 0)
        return false;
    for (std::size_t slash = 0; slash != std::string::npos; slash = real_path.find('/', slash + 1)) {
        const auto above = open_path(slash == 0 ? "/" : real_path.substr(0, slash), O_DIRECTORY);
        if (!above || ::fstat(above->get(), &status) != 0 ||
            !read_for_->may(kSearch, status.st_mode, status.st_uid, status.st_gid))
            return false;
    }
    const auto end = open_path(real_path, O_NOFOLLOW);
    return end && ::fstat(end->get(), &status) == 0 && status.st_dev == wanted.st_dev &&
           status.st_ino == wanted.st_ino;
}

Result<void> Files::may_be_read(const Fd& found, const std::string& path) const
{
    struct stat status {};
    if (!read_for_ || read_for_->uid == 0)
        return {};
    if (::fstat(found.get(), &status) != 0)
        return system_error("cannot look at " + in_quotes(path), errno);
    std::string real_path = path_of(found.get());
    const std::string root = path_of(root_.get());
    if (root != "/" && (real_path == root || real_path.starts_with(root + "/")))
        real_path.replace(0, root.size(), real_path == root ? "/" : "");
    if (read_for_->may(kRead, status.st_mode, status.st_uid, status.st_gid) && real_path.starts_with('/') &&
        leads_to(real_path, found))
        return {};
    return Error{in_quotes(path) + " is not read: the process that has it, of user " +
                     std::to_string(read_for_->uid) +
                     ", may not read it itself (any more); let that user read it, or give its limits to "
                     "slotscope",
                 EPERM};
}

} // namespace slotscope::limits
