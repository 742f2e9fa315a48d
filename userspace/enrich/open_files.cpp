// SPDX-License-Identifier: MIT
#include "enrich/open_files.h"

#include "enrich/proc_file.h"
#include "enrich/process_table.h"

#include <sys/stat.h>

namespace slotscope::enrich {

std::optional<OpenFiles> open_files_of(const std::string& proc, std::uint32_t pid)
{
    constexpr std::uint64_t kMostListed = 65'536;
    OpenFiles files{.most = most_open_files_of(proc, pid)};
    const std::string directory = proc + "/" + std::to_string(pid) + "/fd";
    struct stat status {};
    if (files.most == 0 || ::stat(directory.c_str(), &status) != 0)
        return std::nullopt;
    files.open = static_cast<std::uint64_t>(status.st_size); // 0 before f1f1f2569901 (6.2)
    if (files.open == 0 || proc != "/proc") {
        files.open = 0;
        for_each_entry(directory, [&](const char*) { return ++files.open <= kMostListed; });
        if (files.open > kMostListed)
            return std::nullopt;
    }
    return files;
}

} // namespace slotscope::enrich
