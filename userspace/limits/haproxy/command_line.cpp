// SPDX-License-Identifier: MIT
#include "limits/haproxy/command_line.h"

namespace slotscope::limits::haproxy {
namespace {

// A directory stands for its *.cfg files (management manual, -f).
void add_files(Reading& reading, Findings& findings, const std::string& path, std::vector<std::string>& files)
{
    if (!reading.files.is_directory(path)) {
        files.push_back(path);
        return;
    }
    auto names = reading.files.list(path);
    if (!names) {
        findings.incomplete = true;
        not_understood(findings, {path, 0}, "", names.error().message);
        return;
    }
    for (const std::string& name : *names)
        if (name.ends_with(".cfg") && !name.starts_with('.'))
            files.push_back(path + "/" + name);
}

} // namespace

std::vector<std::string> configuration_files(Reading& reading, Findings& findings)
{
    std::vector<std::string> files;
    std::string directory; // -C: where relative names begin
    const std::vector<std::string>& argv = reading.instance.main.argv;
    const auto below = [&](const std::string& path) {
        return path.starts_with('/') || directory.empty() ? path : directory + "/" + path;
    };
    for (std::size_t at = 1; at < argv.size(); ++at) {
        if (argv[at] == "-C" && at + 1 < argv.size())
            directory = argv[++at];
        else if (argv[at] == "-f" && at + 1 < argv.size())
            add_files(reading, findings, below(argv[++at]), files);
        else if (argv[at] == "--")
            while (++at < argv.size())
                add_files(reading, findings, below(argv[at]), files);
    }
    if (files.empty())
        not_understood(findings, {"command line", 0}, argv.empty() ? "" : argv[0],
                       "it names no configuration file");
    return files;
}

} // namespace slotscope::limits::haproxy
