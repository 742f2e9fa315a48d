// SPDX-License-Identifier: MIT
#include "sample.h"

#include "limits/text.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <sys/stat.h>

namespace slotscope::limits {
namespace {

const std::map<std::string, std::pair<std::string, std::string>> kFolders = {
    {"haproxy", {"haproxy", "/usr/sbin/haproxy"}},
    {"nginx", {"nginx", "/usr/sbin/nginx"}},
    {"php_fpm", {"php-fpm", "/usr/sbin/php-fpm8.2"}},
    {"postgresql", {"postgresql", "/usr/lib/postgresql/15/bin/postgres"}},
    {"varnish", {"varnish", "/usr/sbin/varnishd"}},
    {"redis", {"redis", "/usr/bin/redis-server"}},
    {"mysql", {"mysql", "/usr/sbin/mariadbd"}},
    {"pgbouncer", {"pgbouncer", "/usr/sbin/pgbouncer"}},
    {"memcached", {"memcached", "/usr/bin/memcached"}},
    {"apache", {"apache", "/usr/sbin/apache2"}},
    {"envoy", {"envoy", "/usr/local/bin/envoy"}},
    {"caddy", {"caddy", "/usr/bin/caddy"}},
    {"gunicorn", {"gunicorn", "/usr/bin/python3.11"}},
    {"uwsgi", {"uwsgi", "/usr/bin/uwsgi-core"}},
    {"puma", {"puma", "/usr/bin/ruby3.1"}},
    {"tomcat", {"tomcat", "/usr/lib/jvm/java-17-openjdk-amd64/bin/java"}},
};

std::vector<std::string> split(const std::string& text, const std::string& by)
{
    std::vector<std::string> parts;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find(by, start), text.size());
        if (const auto part = trimmed(std::string_view(text).substr(start, end - start)); !part.empty())
            parts.emplace_back(part);
        start = end + by.size();
    }
    return parts;
}

std::vector<std::string> words(const std::string& text)
{
    if (text.find(": ") != std::string::npos) // a title, which is one word: "nginx: master process nginx"
        return {text};
    return split(text, text.find(" | ") == std::string::npos ? " " : " | ");
}

void read_head(const std::string& line, Sample& sample)
{
    Instance& instance = sample.instance;
    const auto colon = line.find(": ");
    if (line.empty() || line[0] == '#')
        return;
    if (colon == std::string::npos)
        throw std::runtime_error("not a line of a sample's head: " + line);
    const std::string key = line.substr(0, colon);
    const std::string value = line.substr(colon + 2);
    if (key == "argv") {
        instance.main.argv = words(value);
    } else if (key == "title") {
        instance.main.argv = {value};
    } else if (key == "exe") {
        instance.main.executable = value;
    } else if (key == "cwd") {
        instance.working_directory = value;
    } else if (key == "files") {
        instance.most_open_files = std::stoul(value);
    } else if (key == "env") {
        instance.environment.push_back(value);
    } else if (key == "child") {
        RunningProcess child = instance.main;
        child.argv = {value};
        instance.children.push_back(child);
    } else if (key == "listening") {
        for (const std::string& each : split(value, " "))
            instance.listening.push_back(parse_endpoint(each).value());
    } else {
        throw std::runtime_error("unknown key in a sample: " + key);
    }
}

void begin_file(const std::string& line, Sample& sample)
{
    const auto parts = split(line.substr(4), " ");
    Sample::File file;
    file.path = parts.at(0);
    file.fifo = parts.size() == 2 && parts[1] == "fifo";
    if (parts.size() == 3)
        file.link = parts[2];
    sample.files.push_back(file);
}

void read_expected(const std::string& line, Sample& sample)
{
    if (line.starts_with("? ")) {
        const auto parts = split(line.substr(2), " | ");
        sample.not_understood.emplace_back(parts.at(0), parts.size() > 1 ? parts[1] : "");
    } else if (!line.empty()) {
        sample.limits.push_back(line);
    }
}

} // namespace

Sample parse_sample(const std::string& path)
{
    Sample sample;
    const auto& [product, executable] = kFolders.at(std::filesystem::path(path).parent_path().filename());
    sample.product = product;
    sample.instance.main.executable = executable;
    sample.instance.working_directory = "/";
    std::ifstream text(path);
    bool expected = false;
    for (std::string line; std::getline(text, line);) {
        if (line == "=== expected")
            expected = true;
        else if (expected)
            read_expected(line, sample);
        else if (line.starts_with("--- "))
            begin_file(line, sample);
        else if (!sample.files.empty())
            sample.files.back().content += line + "\n";
        else
            read_head(line, sample);
    }
    if (!expected)
        throw std::runtime_error(path + " has no === expected");
    std::sort(sample.limits.begin(), sample.limits.end());
    return sample;
}

void write_files(const Sample& sample, const TemporaryDirectory& root)
{
    for (const Sample::File& file : sample.files) {
        const std::string name = file.path.substr(1);
        if (file.link.empty() && !file.fifo) {
            root.write(name, file.content);
            continue;
        }
        std::filesystem::create_directories(std::filesystem::path(root / name).parent_path());
        if (file.fifo)
            ::mkfifo((root / name).c_str(), 0600);
        else
            std::filesystem::create_symlink(file.link, root / name);
    }
}

std::string line_of(const Limit& limit)
{
    std::string addresses;
    for (const Endpoint& each : limit.addresses)
        addresses += (addresses.empty() ? "" : " ") + to_string(each);
    const std::string side = !limit.direction                          ? "both"
                             : *limit.direction == Direction::outbound ? "out"
                                                                       : "in";
    return limit.name + " | " + std::to_string(limit.slots) + " " + std::string(to_string(limit.kind)) + " " +
           side + " " + std::string(to_string(limit.origin.certainty)) + " | " + addresses + " | " +
           limit.source;
}

const Product& product_named(const std::string& name)
{
    const auto all = products();
    return *std::find_if(all.begin(), all.end(),
                         [&](const Product& product) { return product.name == name; });
}

Findings read_sample(const Sample& sample, const TemporaryDirectory& root)
{
    Files files(Fd(::open((root / "").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
                sample.instance.working_directory);
    const Resolve resolve = [](const std::string& host) -> Result<std::vector<Address>> {
        if (host == "localhost")
            return std::vector{parse_address("127.0.0.1:1").value()};
        if (host == "two.test")
            return std::vector{parse_address("10.9.9.1:1").value(), parse_address("10.9.9.2:1").value()};
        if (host.ends_with(".test"))
            return std::vector{parse_address("10.9.9.9:1").value()};
        return Error{"the name \"" + host + "\" is not known"};
    };
    Reading reading{sample.instance, files, resolve};
    return read_limits(product_named(sample.product), reading);
}

std::vector<std::string> sample_paths()
{
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(TEST_DATA "/limits"))
        if (entry.path().extension() == ".sample")
            paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    return paths;
}

} // namespace slotscope::limits
