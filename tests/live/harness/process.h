// SPDX-License-Identifier: MIT
// Processes that a test starts, each ended by its own pid at the latest when its object goes.
#pragma once

#include "base/fd.h"

#include <chrono>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace slotscope::live {

inline constexpr uid_t kNobody = 65534; // of the user and of the group

// A directory of the test's own under /tmp, removed with all that is in it.
class TempDir {
  public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    const std::string& path() const { return path_; }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

void write_file(const std::string& path, const std::string& text);
std::string read_file(const std::string& path); // "" where there is none

// How a process ended.
struct Outcome {
    bool ended = false; // false: it still ran at the deadline
    int exit = -1;      // -1 where a signal ended it
    int signal = 0;
    std::string out;
    std::string err;
    std::string said() const { return out + err; }
};

struct ProgramOptions {
    std::vector<std::string> command; // [0] is the path
    uid_t uid = 0;                    // other than 0: run as this user and group, no other groups
    int netns = -1;                   // file descriptor of its network namespace
};

// COMMAND as nobody, with these capabilities, as setpriv(1) writes a set of them ("-all,+bpf"), and no more.
std::vector<std::string> with_capabilities(const std::string& set, const std::vector<std::string>& command);

// A program with its output in files, so that it never blocks on a reader.
class Program {
  public:
    explicit Program(const ProgramOptions& options);
    ~Program(); // kill -9
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    pid_t pid() const { return pid_; }
    std::string out() const { return read_file(dir_.file("out")); }
    std::string err() const { return read_file(dir_.file("err")); }
    bool running();
    void signal(int number) const;
    Outcome wait(std::chrono::milliseconds deadline);

  private:
    TempDir dir_;
    pid_t pid_ = -1;
    bool ended_ = false;
    int status_ = 0;
};

// Runs a program to its end. Killed, and Outcome::ended false, at the deadline.
Outcome run(const ProgramOptions& options, std::chrono::milliseconds deadline = std::chrono::minutes(2));

// One byte at a time, and file descriptors, between a test and an Actor.
class Channel {
  public:
    Channel() = default;
    explicit Channel(Fd fd)
        : fd_(std::move(fd))
    {
    }
    int get() const { return fd_.get(); }
    void say(char word) const;
    char hear() const; // 0: the other side is gone
    void give(const Fd& what) const;
    Fd take() const;

  private:
    Fd fd_;
};

enum class Inherit { nothing, everything };

// A forked process of the test's own that runs `body` and exits.
class Actor {
  public:
    Actor(Inherit inherit, const std::function<void(const Channel&)>& body);
    ~Actor(); // kill -9
    Actor(Actor&& other) noexcept;
    Actor& operator=(Actor&& other) noexcept;

    pid_t pid() const { return pid_; }
    const Channel& channel() const { return channel_; }
    void kill(); // SIGKILL, and waits for its end
    void join(); // waits for its end

  private:
    pid_t pid_ = -1;
    Channel channel_;
};

} // namespace slotscope::live
