// SPDX-License-Identifier: MIT
#include "cli/child.h"

#include "base/fd.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <slotscope/api/contract.h>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <thread>

namespace slotscope::cli {

namespace {

using Clock = std::chrono::steady_clock;

Error failed(const std::string& what)
{
    return Error{what, api::kExitUnreachable};
}

Error failed(const std::string& what, int code)
{
    return failed(what + ": " + std::system_category().message(code));
}

// posix_spawn's settings, destroyed with it.
class SpawnSettings {
  public:
    explicit SpawnSettings(int output)
    {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        ::posix_spawnattr_init(&attributes_);
        sigset_t defaults;
        ::sigemptyset(&defaults);
        ::sigaddset(&defaults, SIGPIPE); // we ignore it, and that would be inherited
        ::posix_spawnattr_setsigdefault(&attributes_, &defaults);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnSettings()
    {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;

    int spawn(pid_t& pid, const std::string& program, const std::vector<std::string>& arguments) const
    {
        std::vector<std::string> words{program};
        words.insert(words.end(), arguments.begin(), arguments.end());
        std::vector<char*> pointers;
        pointers.reserve(words.size() + 1);
        for (std::string& word : words)
            pointers.push_back(word.data());
        pointers.push_back(nullptr);
        return ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_, pointers.data(), environ);
    }

  private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

// Whoever started us may ignore SIGCHLD, which we inherit. The kernel then reaps children by itself, and how
// they ended is lost.
class ChildrenAreKept {
  public:
    ChildrenAreKept()
    {
        struct sigaction wanted {};
        wanted.sa_handler = SIG_DFL;
        ::sigaction(SIGCHLD, &wanted, &before_);
    }
    ChildrenAreKept(const ChildrenAreKept&) = delete;
    ChildrenAreKept& operator=(const ChildrenAreKept&) = delete;
    ~ChildrenAreKept() { ::sigaction(SIGCHLD, &before_, nullptr); }

  private:
    struct sigaction before_ {};
};

// A child that is killed and reaped unless it has ended.
class Child {
  public:
    explicit Child(pid_t pid)
        : pid_(pid)
    {
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child()
    {
        if (ended_)
            return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

    // How it ended, 128 + signal where one ended it; an Error where it still runs at the deadline.
    Result<int> exit_code(Clock::time_point deadline)
    {
        int status = 0;
        pid_t found = 0;
        while ((found = ::waitpid(pid_, &status, WNOHANG)) != pid_) {
            if (found < 0 && errno != EINTR) {
                ended_ = true; // nothing of it is left
                return failed("ended, but how cannot be told", errno);
            }
            if (Clock::now() >= deadline)
                return failed("took too long and was ended");
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        ended_ = true;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

  private:
    pid_t pid_;
    bool ended_ = false;
};

Result<std::string> read_all(const Fd& pipe, Clock::time_point deadline, std::size_t most_bytes)
{
    std::string text;
    std::array<char, 16384> block{};
    while (true) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd wanted{pipe.get(), POLLIN, 0};
        const int ready = ::poll(&wanted, 1, static_cast<int>(std::clamp<long long>(left, 0, 3'600'000)));
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return failed("took too long and was ended");
        const ssize_t size = ::read(pipe.get(), block.data(), block.size());
        if (size < 0 && errno != EINTR)
            return failed("cannot be read", errno);
        if (size == 0)
            return text;
        text.append(block.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        if (text.size() > most_bytes)
            return failed("printed more than " + std::to_string(most_bytes) + " bytes and was ended");
    }
}

} // namespace

Result<ChildOutput> run_child(const std::string& program, const std::vector<std::string>& arguments,
                              std::chrono::milliseconds timeout, std::size_t most_bytes)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return failed("cannot create a pipe", errno);
    const Fd reader(ends[0]);
    Fd writer(ends[1]);
    const auto deadline = Clock::now() + timeout;
    const ChildrenAreKept kept;
    pid_t pid = 0;
    if (const int code = SpawnSettings(writer.get()).spawn(pid, program, arguments); code != 0)
        return failed("cannot be run", code);
    Child child(pid);
    {
        const Fd closed(writer.release());
    } // so that the child's end is the last
    Result<std::string> text = read_all(reader, deadline, most_bytes);
    if (!text)
        return text.error();
    const Result<int> exit_code = child.exit_code(deadline);
    if (!exit_code)
        return exit_code.error();
    return ChildOutput{std::move(*text), *exit_code};
}

} // namespace slotscope::cli
