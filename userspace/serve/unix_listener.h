// SPDX-License-Identifier: MIT
// The agent's Unix socket: one agent a path, readable by root and one group.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <string>
#include <sys/types.h>

namespace slotscope::serve {

// A socket's file and the lock that makes it ours. The lock, PATH.lock, holds the pid of its owner and stays
// when the agent ends: unlinking it would let two agents lock two files of one name.
class UnixListener {
  public:
    UnixListener(UnixListener&& other) noexcept = default;
    UnixListener& operator=(UnixListener&& other) noexcept = delete;
    ~UnixListener(); // unlinks the socket, if it is still the one that was made

    const std::string& path() const { return path_; }
    Fd take_socket() { return std::move(socket_); }

  private:
    friend Result<UnixListener> listen_unix(const std::string& path, bool may_create_directory);
    UnixListener(std::string path, Fd lock)
        : path_(std::move(path))
        , lock_(std::move(lock))
    {
    }

    Result<void> make_socket();

    std::string path_;
    Fd lock_;
    Fd socket_;
    dev_t device_ = 0;
    ino_t inode_ = 0; // 0: there is no socket of ours
};

// Listens on the path: mode 0660, group api::kGroup where there is one, else the agent's own. Takes a socket
// that nobody listens on any more out of the way. may_create_directory: make the last directory of the path
// (0755) where its parent exists. An Error says what is in the way (the path is too long or is no socket, the
// directory is missing, another agent or program uses it) and what to do.
Result<UnixListener> listen_unix(const std::string& path, bool may_create_directory);

} // namespace slotscope::serve
