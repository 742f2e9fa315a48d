// SPDX-License-Identifier: MIT
#include "enrich/proc_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>

namespace slotscope::enrich {

std::optional<std::string> read_proc_file(int directory, const std::string& name, std::size_t most_bytes)
{
    const Fd file(::openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file)
        return std::nullopt;
    std::string content(most_bytes, '\0');
    std::size_t size = 0;
    while (size < most_bytes) {
        const ssize_t got = ::read(file.get(), content.data() + size, most_bytes - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return std::nullopt; // ESRCH: it went between open and read
        if (got == 0)
            break;
        size += static_cast<std::size_t>(got);
    }
    content.resize(size);
    return content;
}

void for_each_entry(const std::string& path, const std::function<bool(const char* name)>& each)
{
    struct Close {
        void operator()(DIR* directory) const { ::closedir(directory); }
    };
    const std::unique_ptr<DIR, Close> directory(::opendir(path.c_str()));
    if (!directory)
        return;
    while (const dirent* entry = ::readdir(directory.get())) {
        if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0)
            continue;
        if (!each(entry->d_name))
            return;
    }
}

bool is_process_number(std::string_view name)
{
    return !name.empty() &&
           std::all_of(name.begin(), name.end(), [](char digit) { return digit >= '0' && digit <= '9'; });
}

} // namespace slotscope::enrich
