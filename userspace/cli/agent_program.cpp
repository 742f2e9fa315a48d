// SPDX-License-Identifier: MIT
#include "cli/agent_program.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace slotscope::cli {

std::vector<std::string> agent_directories()
{
    std::vector<std::string> directories;
    std::error_code failed;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", failed);
    if (!failed)
        directories.push_back(self.parent_path().string());
    directories.insert(directories.end(), {"/usr/sbin", "/usr/bin", "/usr/local/sbin"});
    const char* path = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): nothing here sets variables
    std::string_view rest = path == nullptr ? "" : path;
    while (!rest.empty()) {
        const std::string_view directory = rest.substr(0, rest.find(':'));
        if (directory.starts_with('/')) // never the working directory
            directories.emplace_back(directory);
        rest.remove_prefix(std::min(directory.size() + 1, rest.size()));
    }
    return directories;
}

std::optional<std::string> find_agent(const std::vector<std::string>& directories)
{
    for (const std::string& directory : directories) {
        const std::string program = directory + "/slotscoped";
        std::error_code failed;
        if (std::filesystem::is_regular_file(program, failed) && ::access(program.c_str(), X_OK) == 0)
            return program;
    }
    return std::nullopt;
}

} // namespace slotscope::cli
