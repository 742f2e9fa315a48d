// SPDX-License-Identifier: MIT
#include "daemon/product_socket.h"

#include "limits/ask.h"
#include "limits/wording.h"

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kTryAgainNs = 10'000'000'000;
constexpr std::size_t kMostFailures = 64;

// HAProxy binds to "PATH.PID.tmp" and renames it: the kernel has the first name for good.
bool is_bound_as(std::string_view bound, const std::string& path)
{
    if (!bound.starts_with(path))
        return false;
    bound.remove_prefix(path.size());
    return bound.empty() || (bound.starts_with('.') && bound.ends_with(".tmp") && bound.size() > 5 &&
                             bound.find_first_not_of("0123456789", 1) == bound.size() - 4);
}

bool listens_on(const Instance& instance, const std::string& path)
{
    return std::any_of(instance.listening.begin(), instance.listening.end(), [&](const Endpoint& each) {
        return each.is_unix() && is_bound_as(each.unix_path, path);
    });
}

// Who made the socket listen; a process that has ended (one that started the others and left) is nobody else.
bool is_of(const Instance& instance, std::uint32_t pid)
{
    if (pid == 0) // in a namespace that is not seen from here
        return false;
    if (pid == instance.main.pid || std::any_of(instance.children.begin(), instance.children.end(),
                                                [&](const auto& each) { return each.pid == pid; }))
        return true;
    return ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
}

} // namespace

Result<std::string> ProductSocket::ask(int root, const Instance& instance, const std::string& path,
                                       std::string_view request, std::uint64_t now_ns)
{
    if (const auto failed = failures_.find(path);
        failed != failures_.end() && now_ns < failed->second.until_ns)
        return failed->second.error;
    auto answer =
        listens_on(instance, path)
            ? limits::ask_socket(root, path, request, [&](std::uint32_t pid) { return is_of(instance, pid); })
            : Result<std::string>(Error{"it does not listen on " + limits::in_quotes(path), ENOENT});
    failures_.erase(path);
    if (!answer && failures_.size() < kMostFailures)
        failures_.emplace(path, Failure{answer.error(), now_ns + kTryAgainNs});
    return answer;
}

} // namespace slotscope::daemon
