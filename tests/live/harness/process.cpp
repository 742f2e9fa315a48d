// SPDX-License-Identifier: MIT
#include "harness/process.h"

#include "harness/check.h"
#include "harness/wait.h"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace slotscope::live {
namespace {

// glibc before 2.34 has no close_range().
void close_from(int first)
{
    ::syscall(SYS_close_range, first, ~0U, 0);
}

void to_file(const std::string& path, int number)
{
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || ::dup2(fd, number) < 0)
        ::_exit(126);
}

void become(uid_t uid)
{
    if (uid != 0 && (::setgroups(0, nullptr) != 0 || ::setgid(uid) != 0 || ::setuid(uid) != 0))
        ::_exit(126);
}

[[noreturn]] void execute(const ProgramOptions& options, const TempDir& dir)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    to_file(dir.file("out"), STDOUT_FILENO);
    to_file(dir.file("err"), STDERR_FILENO);
    if (options.netns >= 0 && ::setns(options.netns, CLONE_NEWNET) != 0)
        ::_exit(126);
    close_from(3);
    become(options.uid);
    std::vector<char*> arguments;
    for (const std::string& argument : options.command)
        arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
}

} // namespace

TempDir::TempDir()
{
    char name[] = "/tmp/slotscope-test-XXXXXX";
    if (::mkdtemp(name) == nullptr)
        throw std::runtime_error("cannot make a directory under /tmp");
    path_ = name;
}

TempDir::~TempDir()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::string& path, const std::string& text)
{
    std::ofstream(path) << text;
}

std::string read_file(const std::string& path)
{
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

std::vector<std::string> with_capabilities(const std::string& set, const std::vector<std::string>& command)
{
    const std::string nobody = std::to_string(kNobody);
    std::vector<std::string> words = {"/usr/bin/setpriv",     "--reuid=" + nobody, "--regid=" + nobody,
                                      "--clear-groups",       "--inh-caps=" + set, "--ambient-caps=" + set,
                                      "--bounding-set=" + set};
    words.insert(words.end(), command.begin(), command.end());
    return words;
}

Program::Program(const ProgramOptions& options)
{
    if (options.uid != 0)
        std::filesystem::permissions(dir_.path(), std::filesystem::perms(0755));
    pid_ = must(::fork(), "fork");
    if (pid_ == 0)
        execute(options, dir_);
}

Program::~Program()
{
    if (running()) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

bool Program::running()
{
    if (!ended_ && ::waitpid(pid_, &status_, WNOHANG) == pid_)
        ended_ = true;
    return !ended_;
}

void Program::signal(int number) const
{
    ::kill(pid_, number);
}

Outcome Program::wait(std::chrono::milliseconds deadline)
{
    Outcome outcome;
    outcome.ended = eventually([this] { return !running(); }, deadline);
    if (outcome.ended && WIFEXITED(status_))
        outcome.exit = WEXITSTATUS(status_);
    if (outcome.ended && WIFSIGNALED(status_))
        outcome.signal = WTERMSIG(status_);
    outcome.out = out();
    outcome.err = err();
    return outcome;
}

Outcome run(const ProgramOptions& options, std::chrono::milliseconds deadline)
{
    Program program(options);
    return program.wait(deadline);
}

void Channel::say(char word) const
{
    must(static_cast<int>(::send(fd_.get(), &word, 1, MSG_NOSIGNAL)), "speak to an actor");
}

char Channel::hear() const
{
    char word = 0;
    return ::recv(fd_.get(), &word, 1, 0) == 1 ? word : '\0';
}

void Channel::give(const Fd& what) const
{
    char word = 'f';
    iovec part{&word, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int number = what.get();
    std::memcpy(CMSG_DATA(header), &number, sizeof(number));
    must(static_cast<int>(::sendmsg(fd_.get(), &message, MSG_NOSIGNAL)), "pass a file descriptor");
}

Fd Channel::take() const
{
    char word = 0;
    iovec part{&word, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    must(static_cast<int>(::recvmsg(fd_.get(), &message, MSG_CMSG_CLOEXEC)), "take a file descriptor");
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS)
        throw std::runtime_error("no file descriptor came");
    int number = -1;
    std::memcpy(&number, CMSG_DATA(header), sizeof(number));
    return Fd(number);
}

Actor::Actor(Inherit inherit, const std::function<void(const Channel&)>& body)
{
    int ends[2];
    must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
    channel_ = Channel(Fd(ends[0]));
    Fd other(ends[1]);
    pid_ = must(::fork(), "fork");
    if (pid_ != 0)
        return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    int mine = other.release();
    if (inherit == Inherit::nothing) {
        mine = ::dup2(mine, 3);
        close_from(4);
    } else {
        ::close(ends[0]);
    }
    try {
        body(Channel(Fd(mine)));
    } catch (const std::exception& error) {
        const std::string text = std::string("actor: ") + error.what() + "\n";
        [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
        ::_exit(1);
    }
    ::_exit(0);
}

Actor::Actor(Actor&& other) noexcept
    : pid_(std::exchange(other.pid_, -1))
    , channel_(std::move(other.channel_))
{
}

Actor& Actor::operator=(Actor&& other) noexcept
{
    std::swap(pid_, other.pid_);
    std::swap(channel_, other.channel_);
    return *this;
}

Actor::~Actor()
{
    kill();
}

void Actor::kill()
{
    if (pid_ > 0)
        ::kill(pid_, SIGKILL);
    join();
}

void Actor::join()
{
    if (pid_ > 0)
        ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

} // namespace slotscope::live
