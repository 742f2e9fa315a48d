// SPDX-License-Identifier: MIT
#include "daemon/regular_file.h"

#include "base/fd.h"
#include "limits/wording.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace slotscope::daemon {
namespace {

Error too_large(const std::string& path, std::size_t most_bytes)
{
    return Error{limits::in_quotes(path) + " has more than " + std::to_string(most_bytes) + " bytes", EFBIG};
}

} // namespace

Result<std::string> read_regular_file(const std::string& path, std::size_t most_bytes)
{
    // Without O_NONBLOCK, opening a FIFO waits for a writer.
    const Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (!file)
        return system_error("cannot open " + limits::in_quotes(path), errno);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return system_error("cannot look at " + limits::in_quotes(path), errno);
    if (!S_ISREG(status.st_mode))
        return Error{limits::in_quotes(path) + " is not a regular file", EINVAL};
    if (static_cast<std::size_t>(status.st_size) > most_bytes)
        return too_large(path, most_bytes);

    std::string content;
    char chunk[16 * 1024];
    for (;;) {
        const ssize_t got = ::read(file.get(), chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return system_error("cannot read " + limits::in_quotes(path), errno);
        if (got == 0)
            return content;
        content.append(chunk, static_cast<std::size_t>(got));
        if (content.size() > most_bytes) // it grew meanwhile
            return too_large(path, most_bytes);
    }
}

} // namespace slotscope::daemon
