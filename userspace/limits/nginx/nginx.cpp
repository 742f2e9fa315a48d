// SPDX-License-Identifier: MIT
#include "limits/nginx/nginx.h"

#include "limits/nginx/connections.h"
#include "limits/nginx/directives.h"
#include "limits/nginx/upstreams.h"
#include "limits/text.h"

#include <algorithm>
#include <optional>
#include <thread>

namespace slotscope::limits::nginx {
namespace {

// What the command line says; the master's title has it as one text behind its name.
struct CommandLine {
    std::string configuration;
    std::string prefix;
    std::vector<Directive> directives; // -g
};

std::string default_configuration(const std::string& executable)
{
    constexpr std::string_view kOpenresty = "/nginx/sbin/nginx"; // /usr/local/openresty/nginx/sbin/nginx
    if (executable.ends_with(kOpenresty) || executable == "/usr/local/nginx/sbin/nginx")
        return executable.substr(0, executable.rfind("/sbin/")) + "/conf/nginx.conf";
    return "/etc/nginx/nginx.conf";
}

bool is_packaged(std::string_view executable)
{
    return executable.starts_with("/usr/sbin/") || executable.starts_with("/usr/bin/");
}

CommandLine read_command_line(const RunningProcess& process)
{
    std::string title;
    for (const std::string& word : process.argv)
        title += (title.empty() ? "" : " ") + word;
    const auto words = words_of(title);
    CommandLine line;
    std::string global;
    for (std::size_t at = 0; at + 1 < words.size(); ++at) {
        if (words[at] == "-c")
            line.configuration = words[++at];
        else if (words[at] == "-p")
            line.prefix = words[++at];
        else if (words[at] == "-g") // where its text ends cannot be seen in a title: at the next option
            while (at + 1 < words.size() && !words[at + 1].starts_with('-'))
                global.append(words[++at]).append(" ");
    }
    line.directives = parse_directives(global, {"command line", 0});
    if (line.configuration.empty()) // a package's is absolute (nginx -V, --conf-path): -p does not move it
        line.configuration = line.prefix.empty() || is_packaged(process.executable)
                                 ? default_configuration(process.executable)
                                 : "conf/nginx.conf";
    if (!line.configuration.starts_with('/') && !line.prefix.empty())
        line.configuration = line.prefix + (line.prefix.ends_with('/') ? "" : "/") + line.configuration;
    return line;
}

Workers count_workers(const std::vector<Directive>& directives, const Instance& instance)
{
    const Directive* written = find(directives, "worker_processes");
    const std::string at = written ? " (" + to_string(written->place) + ")" : "";
    if (const Directive* master = find(directives, "master_process");
        master && !master->arguments.empty() && master->arguments[0] == "off")
        return {1, "1 process: master_process off (" + to_string(master->place) + ")", false};
    if (!written || written->arguments.empty())
        return {1, "1 worker process: worker_processes is not set"};
    if (const auto number = count_in(written->arguments[0]); number && *number > 0)
        return {*number, "worker_processes " + std::to_string(*number) + at};
    const auto serving = static_cast<std::uint32_t>(
        std::count_if(instance.children.begin(), instance.children.end(), is_serving_worker));
    if (serving > 0)
        return {serving,
                "worker_processes " + written->arguments[0] + at + ": " + std::to_string(serving) + " run"};
    const std::uint32_t processors = std::max(1U, std::thread::hardware_concurrency());
    return {processors, "worker_processes " + written->arguments[0] + at + ": as many as processors, " +
                            std::to_string(processors)};
}

} // namespace

bool is_one(const RunningProcess& process)
{
    const auto name = base_name(process.executable);
    return name == "nginx" || name == "openresty" || name == "nginx-debug";
}

namespace {

// What nginx writes in place of its command line (ngx_setproctitle).
bool has_title(const RunningProcess& process, std::string_view part)
{
    return !process.argv.empty() && process.argv[0].find(part) != std::string::npos;
}

} // namespace

bool is_serving_worker(const RunningProcess& process)
{
    return has_title(process, "worker process") && !has_title(process, "shutting down");
}

WorkersByAge by_age(const Instance& instance, const WorkerCounts&)
{
    WorkersByAge result; // without the cache's processes
    for (const RunningProcess& each : instance.children)
        if (is_serving_worker(each))
            result.serving.push_back(each);
        else if (has_title(each, "worker process"))
            result.older.push_back(each);
    return result;
}

void read(Reading& reading, Findings& findings)
{
    CommandLine line = read_command_line(reading.instance.main);
    std::vector<Directive> directives = read_directives(
        reading, findings, line.configuration, directory_of(reading.files.absolute(line.configuration)));
    for (Directive& each : line.directives)
        directives.push_back(std::move(each));
    const Workers workers = count_workers(directives, reading.instance);
    add_worker_connections(directives, workers, reading, findings);
    add_upstreams(directives, workers, reading, findings);
}

} // namespace slotscope::limits::nginx
