// SPDX-License-Identifier: MIT
// Small files and directories of /proc, whose owners vanish at any moment.
#pragma once

#include "base/fd.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace slotscope::enrich {

// Up to MOST_BYTES of NAME, relative to DIRECTORY (AT_FDCWD: to the working directory). Absent when it cannot
// be read, as that of a process that has gone.
std::optional<std::string> read_proc_file(int directory, const std::string& name, std::size_t most_bytes);

// Calls EACH with every line of the file PATH until it returns false: the kernel makes no more of the file
// than is read. Lines of more than 64 KiB end the reading.
void for_each_line(const std::string& path, const std::function<bool(std::string_view line)>& each);

// Calls EACH with the name of every entry of PATH but . and .. until it returns false. Nothing where there is
// no such directory.
void for_each_entry(const std::string& path, const std::function<bool(const char* name)>& each);

// Of /proc/PID/stat: the longest there is, and some.
inline constexpr std::size_t kLongestStat = 2048;

// Is NAME a process's in /proc: digits only?
bool is_process_number(std::string_view name);

} // namespace slotscope::enrich
