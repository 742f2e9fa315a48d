// SPDX-License-Identifier: MIT
#include "daemon/state_directory.h"

#include <slotscope/api/contract.h>

#include <cerrno>
#include <filesystem>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slotscope::daemon {
namespace {

constexpr mode_t kPermissions = 0750;

} // namespace

Result<void> make_state_directory(const std::string& path)
{
    std::filesystem::path directory = std::filesystem::path(path).lexically_normal();
    if (!directory.has_filename()) // "/var/lib/slotscope/"
        directory = directory.parent_path();
    std::error_code error;
    if (std::filesystem::is_directory(directory, error))
        return {};
    std::filesystem::create_directories(directory.parent_path(), error); // where it fails, mkdir says it
    if (::mkdir(directory.c_str(), kPermissions) != 0)
        return errno == EEXIST && std::filesystem::is_directory(directory, error)
                   ? Result<void>()
                   : system_error("the state directory " + directory.string() + " cannot be made", errno);
    const group* const found =
        ::getgrnam(std::string(api::kGroup).c_str()); // NOLINT(concurrency-mt-unsafe): one thread
    // An agent that is not root may not give it away, and needs nobody else in it.
    if (found != nullptr && ::chown(directory.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0 &&
        ::geteuid() == 0)
        return system_error("the state directory " + directory.string() + " cannot be given to the group " +
                                std::string(api::kGroup),
                            errno);
    if (::chmod(directory.c_str(), kPermissions) != 0) // whatever the umask said
        return system_error("the permissions of " + directory.string() + " cannot be set", errno);
    return {};
}

} // namespace slotscope::daemon
