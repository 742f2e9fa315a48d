// SPDX-License-Identifier: MIT
#include "cli/report/output_file.h"

#include "base/fd.h"
#include "cli/text/text.h"

#include <slotscope/api/contract.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slotscope::cli::report {

namespace {

constexpr mode_t kPermissions = 0666; // less what the umask takes away

Error cannot_write(const std::string& path, int code)
{
    return Error{"the report cannot be written: " + system_error(printable(path), code).message,
                 api::kExitError};
}

bool all_written(int file, const std::string& content)
{
    std::size_t done = 0;
    while (done < content.size()) {
        const ssize_t wrote = ::write(file, content.data() + done, content.size() - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        done += static_cast<std::size_t>(wrote);
    }
    return true;
}

mode_t umask_now()
{
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return mask;
}

} // namespace

Result<void> write_whole(const std::string& path, const std::string& content)
{
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
        const Fd special(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        if (!special || !all_written(special.get(), content))
            return cannot_write(path, errno);
        return {};
    }
    std::string unfinished = path + ".XXXXXX";
    const Fd file(::mkostemp(unfinished.data(), O_CLOEXEC));
    if (!file)
        return cannot_write(path, errno);
    const bool done = all_written(file.get(), content) &&
                      ::fchmod(file.get(), kPermissions & ~umask_now()) == 0 &&
                      ::rename(unfinished.c_str(), path.c_str()) == 0;
    if (done)
        return {};
    const int code = errno;
    ::unlink(unfinished.c_str());
    return cannot_write(path, code);
}

} // namespace slotscope::cli::report
