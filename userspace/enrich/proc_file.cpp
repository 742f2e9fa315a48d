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
    constexpr std::size_t kFirstStep = 4096; // nearly all of these files are smaller
    std::string content;
    std::size_t size = 0;
    while (size < most_bytes) {
        if (size == content.size())
            content.resize(std::min(most_bytes, std::max(kFirstStep, 2 * size)));
        const ssize_t got = ::read(file.get(), content.data() + size, content.size() - size);
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

void for_each_line(const std::string& path, const std::function<bool(std::string_view line)>& each)
{
    constexpr std::size_t kStep = 16'384;
    constexpr std::size_t kLongestLine = 65'536;
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    std::string rest;
    while (file && rest.size() <= kLongestLine) {
        const std::size_t before = rest.size();
        rest.resize(before + kStep);
        const ssize_t got = ::read(file.get(), rest.data() + before, kStep);
        rest.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
        if (got < 0 && errno == EINTR)
            continue;
        std::size_t start = 0;
        for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', start)) {
            if (!each(std::string_view(rest).substr(start, end - start)))
                return;
            start = end + 1;
        }
        rest.erase(0, start);
        if (got <= 0)
            return;
    }
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
