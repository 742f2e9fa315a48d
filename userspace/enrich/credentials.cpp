// SPDX-License-Identifier: MIT
#include "enrich/credentials.h"

#include "base/fd.h"
#include "enrich/proc_file.h"
#include "enrich/process.h"

#include <charconv>
#include <fcntl.h>

namespace slotscope::enrich {
namespace {

constexpr std::size_t kLongestStatus = 1 << 20; // a process may have 65,536 groups

// The numbers of the line that begins with TITLE; absent where there is none such.
std::optional<std::vector<std::uint32_t>> numbers_of(std::string_view status, std::string_view title)
{
    for (std::size_t start = 0; start < status.size();) {
        const std::size_t end = std::min(status.find('\n', start), status.size());
        std::string_view line = status.substr(start, end - start);
        start = end + 1;
        if (!line.starts_with(title))
            continue;
        line.remove_prefix(title.size());
        std::vector<std::uint32_t> numbers;
        for (std::size_t at = 0; (at = line.find_first_not_of(" \t", at)) < line.size();) {
            std::uint32_t number = 0;
            const auto [behind, error] = std::from_chars(line.data() + at, line.data() + line.size(), number);
            if (error != std::errc())
                return std::nullopt;
            numbers.push_back(number);
            at = static_cast<std::size_t>(behind - line.data());
        }
        return numbers;
    }
    return std::nullopt;
}

} // namespace

std::optional<Credentials> parse_credentials(std::string_view status)
{
    const auto users = numbers_of(status, "Uid:");
    const auto groups = numbers_of(status, "Gid:");
    auto others = numbers_of(status, "Groups:");
    if (!users || users->empty() || !groups || groups->empty() || !others)
        return std::nullopt;
    return Credentials{users->front(), groups->front(), std::move(*others)}; // the real ones stand first
}

std::optional<Credentials> credentials_of(const std::string& proc, std::uint32_t pid,
                                          std::uint64_t started_ticks)
{
    // Both files through one directory, so that both are the same process's even if the pid is reused.
    const Fd directory(::open((proc + "/" + std::to_string(pid)).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory)
        return std::nullopt;
    const auto stat = read_proc_file(directory.get(), "stat", kLongestStat);
    const auto status = read_proc_file(directory.get(), "status", kLongestStatus);
    if (!stat || !status || parse_process_stat(*stat).started_ticks != started_ticks)
        return std::nullopt;
    return parse_credentials(*status);
}

} // namespace slotscope::enrich
