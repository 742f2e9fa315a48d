// SPDX-License-Identifier: MIT
#include "enrich/session_title.h"

#include "enrich/proc_file.h"

#include <cstddef>
#include <fcntl.h>

namespace slotscope::enrich {
namespace {

constexpr std::size_t kLongestTitle = 1024;

} // namespace

SessionDoing session_doing(std::string_view title)
{
    if (!title.starts_with("postgres: "))
        return SessionDoing::unknown;
    constexpr std::string_view kPadding("\0 ", 2); // PostgreSQL writes over its whole command line
    title = title.substr(0, title.find_last_not_of(kPadding) + 1);
    if (title.ends_with(" waiting"))
        return SessionDoing::waits_for_lock;
    if (title.ends_with(" idle in transaction") || title.ends_with(" idle in transaction (aborted)"))
        return SessionDoing::idle_in_transaction;
    return SessionDoing::other;
}

SessionDoing SessionTitles::look(std::uint32_t pid) const
{
    const auto title = read_proc_file(AT_FDCWD, proc_ + "/" + std::to_string(pid) + "/cmdline", kLongestTitle);
    return title ? session_doing(*title) : SessionDoing::unknown;
}

} // namespace slotscope::enrich
