// SPDX-License-Identifier: MIT
#include "limits/redis/redis.h"

#include "limits/text.h"
#include "limits/wording.h"

#include <algorithm>
#include <map>
#include <optional>

namespace slotscope::limits::redis {
namespace {

constexpr const char* kSlot =
    "a client's connection, idle ones too; the next one is refused: \"max number of clients "
    "reached\"";
constexpr std::uint32_t kDefaultMaxClients = 10'000;
constexpr std::uint16_t kDefaultPort = 6379;
constexpr std::uint32_t kReservedFiles = 32; // CONFIG_MIN_RESERVED_FDS

struct Value {
    std::string text;
    Place place;
};
using Settings = std::map<std::string, Value, std::less<>>;

std::string unquoted(std::string_view text)
{
    if (text.size() >= 2 && (text[0] == '"' || text[0] == '\'') && text.back() == text[0])
        return std::string(text.substr(1, text.size() - 2));
    return std::string(text);
}

void read_file(Reading& reading, Findings& findings, const std::string& path, int depth, Settings& into)
{
    const auto content = limits::read_file(reading, findings, path);
    if (!content)
        return;
    for (const TextLine& line : lines_of(*content)) {
        const std::string_view text = trimmed(line.text);
        const auto words = words_of(text);
        if (words.size() < 2 || text[0] == '#')
            continue;
        const Place place{path, line.number};
        const std::string name = lowered(words[0]);
        if (name != "include") {
            into[name] = {unquoted(words[1]), place};
        } else if (depth >= kDeepestInclude) {
            not_understood(findings, place, text, "files include each other too deeply");
        } else {
            for (const std::string& file : included_files(reading, findings, place, unquoted(words[1])))
                read_file(reading, findings, file, depth + 1, into);
        }
    }
}

std::uint16_t port_of(const Settings& settings)
{
    const auto port = settings.find("port");
    return port == settings.end() ? kDefaultPort : port_in(port->second.text).value_or(0);
}

// Options on the command line (--port 6380), where the title has not replaced it.
Settings given_options(const std::vector<std::string>& argv)
{
    Settings settings;
    for (std::size_t at = 1; at + 1 < argv.size(); ++at)
        if (argv[at].starts_with("--") && argv[at].size() > 2)
            settings[lowered(std::string_view(argv[at]).substr(2))] = {argv[at + 1], {"command line", 0}};
    return settings;
}

// The title replaces the command line: the file is then looked for where the process works (where it was
// started, unless its `dir` says otherwise), and where distributions have it.
std::vector<std::string> likely_files(Reading& reading)
{
    std::vector<std::string> files;
    const auto add = [&](const char* pattern) {
        if (auto found = reading.files.matching(pattern))
            files.insert(files.end(), found->begin(), found->end());
    };
    if (reading.instance.working_directory != "/") // where daemons are, and files of everything else
        for (const char* pattern : {"*.conf", "conf/*.conf"})
            add(pattern);
    for (const char* pattern :
         {"/etc/redis/*.conf", "/etc/redis.conf", "/etc/valkey/*.conf", "/etc/valkey.conf",
          "/usr/local/etc/redis/*.conf", "/usr/local/etc/valkey/*.conf"})
        add(pattern);
    return files;
}

// Whether these are the settings of a server on a port that this one listens on. Beside its data lie files
// that are none (nodes.conf of a cluster), so a file with the port that is the default has to set something.
bool fits(const Reading& reading, const Settings& settings)
{
    constexpr std::string_view kUsual[] = {"port", "maxclients", "bind", "dir", "save"};
    return std::any_of(std::begin(kUsual), std::end(kUsual),
                       [&](std::string_view name) { return settings.contains(name); }) &&
           !settings.contains("sentinel") &&
           !listeners_with_port(reading.instance, port_of(settings)).empty();
}

struct Found {
    Settings settings;
    bool likely = false; // the file was found by its port
};

std::optional<Found> find_settings(Reading& reading, Findings& findings)
{
    const std::vector<std::string>& argv = reading.instance.main.argv;
    Found found;
    // A relative name is there only where the title has not replaced it: "redis-server 127.0.0.1:6379" is
    // one.
    if (argv.size() > 1 && !argv[1].starts_with('-') && !argv[1].ends_with("]") &&
        (argv[1].starts_with('/') || argv[1].find(':') == std::string::npos)) {
        read_file(reading, findings, reading.files.absolute(argv[1]), 0, found.settings);
        return found;
    }
    for (const std::string& file : likely_files(reading)) {
        Findings of_this;
        found.settings.clear();
        read_file(reading, of_this, file, 0, found.settings);
        if (!fits(reading, found.settings))
            continue;
        findings = std::move(of_this);
        found.likely = true;
        return found;
    }
    if (argv.size() > 1 && argv[1].starts_with("--"))
        return Found{};
    return std::nullopt;
}

} // namespace

bool is_one(const RunningProcess& process)
{
    const auto name = base_name(process.executable);
    const bool sentinel = std::any_of(process.argv.begin(), process.argv.end(), [](const std::string& word) {
        return word.find("sentinel") != std::string::npos;
    });
    return !sentinel && (name == "redis-server" || name == "valkey-server" || name == "redis-check-rdb" ||
                         name == "valkey-check-rdb"); // one program, whose name is a link
}

void read(Reading& reading, Findings& findings)
{
    auto found = find_settings(reading, findings);
    if (!found) {
        not_understood(
            findings, {reading.instance.main.executable, 0},
            reading.instance.main.argv.empty() ? "" : reading.instance.main.argv[0],
            "its title hides its configuration file, and none where it works or where distributions have "
            "one has its port; give its limit to slotscope");
        return;
    }
    for (const auto& [name, value] : given_options(reading.instance.main.argv))
        found->settings[name] = value;
    const auto written = found->settings.find("maxclients");
    const bool by_default = written == found->settings.end();
    if (by_default && findings.incomplete)
        return;
    const auto count = by_default ? kDefaultMaxClients : count_in(written->second.text);
    const Place place = by_default ? Place{"Redis's default", 0} : written->second.place;
    if (!count || *count == 0) {
        not_understood(findings, place, "maxclients " + written->second.text, "not a number of clients");
        return;
    }
    Limit limit = limit_at(place, "redis", *count, kSlot);
    limit.direction = Direction::inbound;
    limit.addresses = reading.instance.listening;
    limit.origin.arithmetic.push_back("maxclients " + std::to_string(*count) + " (" + to_string(place) + ")");
    // Redis lowers maxclients at its start where the process may not open enough files.
    fit_open_files(reading.instance, kReservedFiles, limit);
    // To ask it is no administrator's way in: it is one of the clients that are counted.
    limit.origin.arithmetic.push_back("CONFIG SET maxclients may have changed it since: Redis is not asked, "
                                      "that would take one of the slots");
    if (found->likely) {
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt = "the process does not show which file it has read: this one has its port";
    }
    if (!limit.addresses.empty())
        findings.limits.push_back(std::move(limit));
}

} // namespace slotscope::limits::redis
