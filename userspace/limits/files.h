// SPDX-License-Identifier: MIT
// The files of another process, read as something that may be hostile: inside its root directory, regular
// files only, and never more than the bounds allow.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slotscope::limits {

// Of everything that is read through one Files.
struct FileBounds {
    std::size_t most_bytes_each = 4 << 20;
    std::size_t most_bytes = 32 << 20;
    std::size_t most_files = 1000;     // and directories
    std::size_t most_entries = 10'000; // of one directory, and that fit one pattern
    std::uint64_t most_ns = 3'000'000'000;
};

// Who a file is read for. What a process calls its configuration is its own word: it is not to be shown
// files, by their lines that are not understood, that it may not read itself.
struct ReadFor {
    std::uint32_t uid = 0; // 0: may read all
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> groups;

    bool may(std::uint32_t bit, std::uint32_t mode, std::uint32_t owner, std::uint32_t group) const;
};

// As much of a file or a directory as tells whether it is still the same.
struct FileStamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size_bytes = 0;
    std::int64_t changed_ns = 0; // CLOCK_REALTIME, content or metadata, whichever is later

    bool operator==(const FileStamp&) const = default;
};

// How deep configuration files may include each other.
inline constexpr int kDeepestInclude = 16;

class Files {
  public:
    // ROOT: an open directory, which "/" and ".." do not lead out of, and neither does a symbolic link.
    // WORKING_DIRECTORY: where relative paths begin.
    // READ_FOR: absent for whoever this process is.
    explicit Files(Fd root, std::string working_directory = "/", FileBounds bounds = {},
                   std::optional<ReadFor> read_for = {});

    // The whole content. An Error (with errno in its code) where it is not a regular file of an ordinary file
    // system: a FIFO or a device is not even opened, and /proc, /sys and their like are refused. EPERM: who
    // it would be read for may not, by its permissions and those of the directories above it.
    Result<std::string> read(const std::string& path);

    // Names in a directory, sorted, without . and ..
    Result<std::vector<std::string>> list(const std::string& directory);

    // Paths that fit PATTERN (glob(7), no braces), sorted; PATTERN itself where it has no wildcard and is
    // there. None that fits is no Error.
    Result<std::vector<std::string>> matching(const std::string& pattern);

    bool is_directory(const std::string& path); // false where the time is over: what reads it then says so
    bool is_there(const std::string& path);

    // PATH as it is where it is absolute, else below the working directory.
    std::string absolute(const std::string& path) const;

    // Everything that was read or listed, by path: what to look at again later.
    const std::map<std::string, FileStamp>& seen() const { return seen_; }

    // The product writes PATH while it runs: a change of it tells what it does, not that a file was edited.
    void is_made_by_product(const std::string& path) { made_by_product_.insert(absolute(path)); }
    const std::set<std::string>& made_by_product() const { return made_by_product_; }

    // As it is now; all zero where there is none.
    FileStamp stamp(const std::string& path) const;

  private:
    Result<Fd> open_path(const std::string& path, std::uint64_t flags) const;
    Result<void> may_be_read(const Fd& found, const std::string& path) const;
    bool leads_to(const std::string& real_path, const Fd& found) const;
    Result<void> within_bounds(const std::string& path);
    Result<void> in_time(const std::string& path) const;
    Result<void> add_match(std::string path, std::vector<std::string>& found) const;
    Result<void> match(const std::string& directory, const std::vector<std::string>& parts, std::size_t part,
                       std::vector<std::string>& found);

    Fd root_;
    std::string working_directory_;
    FileBounds bounds_;
    std::uint64_t started_ns_;
    std::size_t bytes_ = 0;
    std::size_t opened_ = 0;
    std::map<std::string, FileStamp> seen_;
    std::set<std::string> made_by_product_;
    std::optional<ReadFor> read_for_;
};

} // namespace slotscope::limits
