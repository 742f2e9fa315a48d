// SPDX-License-Identifier: MIT
#include "enrich/process_table.h"

#include "enrich/proc_file.h"
#include "enrich/process.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <unistd.h>

namespace slotscope::enrich {
namespace {

constexpr std::size_t kLongestCommandLine = 128 * 1024;
constexpr std::size_t kLongestEnvironment = 256 * 1024;
constexpr std::size_t kLongestLimits = 8192;
constexpr std::int64_t kYoungNs = 10'000'000'000;

std::int64_t clock_ns(clockid_t clock)
{
    timespec now{};
    ::clock_gettime(clock, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

// When the host was booted, by the wall clock as it is set now. On a busy host a lot of time may pass between
// two readings of clocks, by which a process would seem to have begun later than a file that it has read.
std::int64_t booted_ns()
{
    constexpr int kTries = 5;
    constexpr std::int64_t kNear_ns = 100'000;
    std::int64_t nearest_ns = INT64_MAX;
    std::int64_t booted = 0;
    for (int tries = 0; tries < kTries && nearest_ns > kNear_ns; ++tries) {
        const std::int64_t before_ns = clock_ns(CLOCK_BOOTTIME);
        const std::int64_t wall_ns = clock_ns(CLOCK_REALTIME);
        const std::int64_t apart_ns = clock_ns(CLOCK_BOOTTIME) - before_ns;
        if (apart_ns < nearest_ns) {
            nearest_ns = apart_ns;
            booted = wall_ns - before_ns;
        }
    }
    return booted;
}

// Field 4 of /proc/PID/stat.
std::uint32_t parent_in(std::string_view stat)
{
    const auto close = stat.rfind(')');
    std::uint32_t parent = 0;
    if (close != std::string_view::npos && close + 4 < stat.size()) // ") S PARENT"
        std::from_chars(stat.data() + close + 4, stat.data() + stat.size(), parent);
    return parent;
}

std::optional<std::string> link_target(int directory, const char* name)
{
    std::array<char, 4096> target{};
    const ssize_t size = ::readlinkat(directory, name, target.data(), target.size());
    if (size < 0)
        return std::nullopt;
    return std::string(target.data(), static_cast<std::size_t>(size));
}

std::vector<std::string> split_at_nul(std::string_view text)
{
    std::vector<std::string> parts;
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\0', start), text.size());
        parts.emplace_back(text.substr(start, end - start));
        start = end + 1;
    }
    return parts;
}

std::string without_deleted(std::string path)
{
    constexpr std::string_view kDeleted = " (deleted)"; // its package was upgraded meanwhile
    if (path.ends_with(kDeleted))
        path.resize(path.size() - kDeleted.size());
    return path;
}

// "net:[4026531992]" -> 4026531992
std::uint32_t inode_in(std::string_view link)
{
    std::uint32_t inode = 0;
    if (const auto bracket = link.find('['); bracket != std::string_view::npos)
        std::from_chars(link.data() + bracket + 1, link.data() + link.size(), inode);
    return inode;
}

Fd open_process(const std::string& proc, std::uint32_t pid)
{
    return Fd(::open((proc + "/" + std::to_string(pid)).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

} // namespace

ProcessTable::ProcessTable(Wanted wanted, std::string proc, std::size_t most)
    : wanted_(std::move(wanted))
    , proc_(std::move(proc))
    , most_(most)
{
}

std::vector<RunningProcess> ProcessTable::scan(std::uint64_t* hidden)
{
    std::vector<RunningProcess> found;
    if (hidden)
        *hidden = 0;
    for (auto& [pid, known] : known_)
        known.seen = false;
    std::size_t processes = 0;
    for_each_entry(proc_, [&](const char* name) {
        if (is_process_number(name))
            look_at(name, found, hidden);
        return ++processes <= most_;
    });
    std::erase_if(known_, [](const auto& each) { return !each.second.seen; });
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.pid < b.pid; });
    return found;
}

void ProcessTable::look_at(const char* name, std::vector<RunningProcess>& found, std::uint64_t* hidden)
{
    RunningProcess process;
    std::from_chars(name, name + std::char_traits<char>::length(name), process.pid);
    const Fd directory = open_process(proc_, process.pid);
    const auto line = directory ? read_proc_file(directory.get(), "stat", kLongestStat) : std::nullopt;
    if (!line)
        return;
    const ProcessStat stat = parse_process_stat(*line);
    process.name = stat.name;
    process.started_ticks = stat.started_ticks;
    process.stack_start = stat.stack_start;
    process.parent = parent_in(*line);
    const auto since_boot_ns =
        static_cast<std::int64_t>(stat.started_ticks) * (1'000'000'000LL / ::sysconf(_SC_CLK_TCK));
    const std::int64_t boot_ns = clock_ns(CLOCK_BOOTTIME);
    process.started_ns = booted_ns() + since_boot_ns;

    Known& known = known_[process.pid];
    const bool is_new = known.started_ticks != stat.started_ticks || known.name != stat.name;
    known.seen = true;
    if (!is_new && !known.wanted && boot_ns - since_boot_ns > kYoungNs) {
        if (hidden)
            *hidden += known.hidden;
        return;
    }
    const auto executable = link_target(directory.get(), "exe");
    const bool is_hidden = !executable && errno == EACCES;
    const bool was_wanted = !is_new && known.wanted;
    if (known.started_ticks == stat.started_ticks && known.started_ns != 0)
        process.started_ns = known.started_ns;
    known = {stat.started_ticks, process.started_ns, stat.name, false, is_hidden, true};
    if (hidden)
        *hidden += known.hidden;
    if (!executable) // gone, hidden, or a thread of the kernel
        return;
    process.executable = without_deleted(*executable);
    process.argv = split_at_nul(read_proc_file(directory.get(), "cmdline", kLongestCommandLine).value_or(""));
    process.netns = inode_in(link_target(directory.get(), "ns/net").value_or(""));
    // Between two programs (execve) it has no command line: it is asked again then.
    const bool is_between = process.argv.empty();
    known.wanted = is_between ? was_wanted : wanted_(process);
    if (known.wanted && !is_between)
        found.push_back(std::move(process));
}

std::vector<std::string> environment_of(const std::string& proc, std::uint32_t pid)
{
    const Fd directory = open_process(proc, pid);
    if (!directory)
        return {};
    return split_at_nul(read_proc_file(directory.get(), "environ", kLongestEnvironment).value_or(""));
}

std::string working_directory_of(const std::string& proc, std::uint32_t pid)
{
    const Fd directory = open_process(proc, pid);
    if (!directory)
        return "/";
    return link_target(directory.get(), "cwd").value_or("/");
}

std::uint64_t most_open_files_of(const std::string& proc, std::uint32_t pid)
{
    const Fd directory = open_process(proc, pid);
    const auto text = directory ? read_proc_file(directory.get(), "limits", kLongestLimits) : std::nullopt;
    constexpr std::string_view kRow = "Max open files";
    const auto at = text ? text->find(kRow) : std::string::npos;
    if (at == std::string::npos)
        return 0;
    const auto number = text->find_first_not_of(' ', at + kRow.size());
    std::uint64_t limit = 0;
    if (number != std::string::npos)
        std::from_chars(text->data() + number, text->data() + text->size(), limit);
    return limit;
}

} // namespace slotscope::enrich
