// SPDX-License-Identifier: MIT
#include "limits/mysql/mysql.h"

#include "limits/text.h"

#include <algorithm>
#include <map>
#include <optional>

namespace slotscope::limits::mysql {
namespace {

constexpr const char* kSlot =
    "a client's connection, idle ones too (one more is kept for an administrator); the next "
    "one is refused: \"Too many connections\"";
constexpr std::uint32_t kDefaultMaxConnections = 151;
constexpr std::uint32_t kReservedFiles =
    10 + 2 * 400; // its own, and TABLE_OPEN_CACHE_MIN tables of two files

struct Value {
    std::string text;
    Place place;
};
using Settings = std::map<std::string, Value, std::less<>>; // names with _ for -

// "max-connections", "loose_max_connections" -> "max_connections"
std::string setting_name(std::string_view text)
{
    std::string name(trimmed(text));
    std::replace(name.begin(), name.end(), '-', '_');
    for (const std::string_view prefix : {"loose_", "set_variable="})
        if (name.starts_with(prefix))
            name.erase(0, prefix.size());
    return name;
}

// Groups of option files that the server reads: [mysqld], [mysqld-10.11], [server], [mariadb], ...
bool is_group_of_the_server(std::string_view group, bool mariadb)
{
    const auto is = [&](std::string_view name) {
        return group == name ||
               (group.starts_with(name) && group.size() > name.size() && group[name.size()] == '-' &&
                group.find_first_not_of("0123456789.", name.size() + 1) == std::string_view::npos);
    };
    return is("mysqld") || group == "server" ||
           (mariadb && (is("mariadb") || is("mariadbd") || group == "client-server" || group == "galera"));
}

std::string plain_value(std::string_view text)
{
    text = trimmed(text);
    if (!text.empty() && (text[0] == '"' || text[0] == '\''))
        if (const auto end = text.find(text[0], 1); end != std::string_view::npos)
            return std::string(text.substr(1, end - 1));
    return std::string(trimmed(text.substr(0, text.find('#'))));
}

class Parser {
  public:
    Parser(Reading& reading, Findings& findings, bool mariadb, Settings& into)
        : reading_(reading)
        , findings_(findings)
        , mariadb_(mariadb)
        , into_(into)
    {
    }

    void read_file(const std::string& path, int depth, bool must_be_there)
    {
        const auto content = must_be_there ? limits::read_file(reading_, findings_, path)
                                           : read_file_if_there(reading_, findings_, path);
        if (!content)
            return;
        bool ours = false;
        for (const TextLine& line : lines_of(*content)) {
            const std::string_view text = trimmed(line.text);
            const Place place{path, line.number};
            if (text.empty() || text[0] == '#' || text[0] == ';')
                continue;
            if (text[0] == '[')
                ours = is_group_of_the_server(trimmed(text.substr(1, text.find(']') - 1)), mariadb_);
            else if (text[0] == '!')
                include(text, place, depth);
            else if (ours)
                set(text, place);
        }
    }

    void set(std::string_view text, const Place& place)
    {
        const auto equals = text.find('=');
        into_[setting_name(text.substr(0, equals))] = {
            equals == std::string_view::npos ? "" : plain_value(text.substr(equals + 1)), place};
    }

  private:
    void include(std::string_view text, const Place& place, int depth)
    {
        const auto space = text.find_first_of(" \t");
        const std::string_view word = text.substr(0, space);
        const std::string path(space == std::string_view::npos ? std::string_view()
                                                               : trimmed(text.substr(space)));
        if (depth >= kDeepestInclude) {
            not_understood(findings_, place, text, "files include each other too deeply");
        } else if (word == "!include") {
            read_file(path, depth + 1, true);
        } else if (word == "!includedir") {
            for (const std::string& file : included_files(reading_, findings_, place, path + "/*.cnf"))
                read_file(file, depth + 1, true);
        } else {
            not_understood(findings_, place, text, "neither !include nor !includedir");
        }
    }

    Reading& reading_;
    Findings& findings_;
    bool mariadb_;
    Settings& into_;
};

std::optional<std::string> option(const std::vector<std::string>& argv, std::string_view name)
{
    for (const std::string& word : argv)
        if (word.starts_with(name) && word.size() > name.size() && word[name.size()] == '=')
            return word.substr(name.size() + 1);
    return std::nullopt;
}

Settings read_settings(Reading& reading, Findings& findings, bool mariadb)
{
    const std::vector<std::string>& argv = reading.instance.main.argv;
    Settings settings;
    Parser parser(reading, findings, mariadb, settings);
    if (const auto only = option(argv, "--defaults-file")) {
        parser.read_file(*only, 0, true);
    } else if (std::find(argv.begin(), argv.end(), "--no-defaults") == argv.end()) {
        parser.read_file("/etc/my.cnf", 0, false);
        parser.read_file("/etc/mysql/my.cnf", 0, false);
        if (const auto extra = option(argv, "--defaults-extra-file"))
            parser.read_file(*extra, 0, true);
    }
    for (std::size_t at = 1; at < argv.size(); ++at)
        if (argv[at].starts_with("--"))
            parser.set(std::string_view(argv[at]).substr(2), {"command line", 0});
    return settings;
}

} // namespace

bool is_one(const RunningProcess& process)
{
    const auto name = base_name(process.executable);
    return name == "mysqld" || name == "mariadbd";
}

void read(Reading& reading, Findings& findings)
{
    const bool mariadb = base_name(reading.instance.main.executable) == "mariadbd";
    const Settings settings = read_settings(reading, findings, mariadb);
    const auto written = settings.find("max_connections");
    const bool by_default = written == settings.end();
    if (by_default && findings.incomplete)
        return; // what could not be read may say another number
    const Place place = by_default ? Place{"the product's default", 0} : written->second.place;
    const auto count = by_default ? kDefaultMaxConnections : count_in(written->second.text);
    if (!count || *count == 0) {
        not_understood(findings, place, "max_connections = " + written->second.text,
                       "not a number of connections");
        return;
    }
    Limit limit = limit_at(place, mariadb ? "mariadb" : "mysql", *count, kSlot);
    limit.direction = Direction::inbound;
    for (const Endpoint& each : reading.instance.listening) {
        const auto extra = settings.find("extra_port"); // has connections of its own
        const bool is_extra =
            extra != settings.end() && !each.is_unix() && port_in(extra->second.text) == each.tcp.port;
        const bool is_x_protocol = !mariadb && !each.is_unix() && each.tcp.port == 33060;
        if (!is_extra && !is_x_protocol)
            limit.addresses.push_back(each);
    }
    limit.origin.arithmetic.push_back("max_connections " + std::to_string(*count) + " (" + to_string(place) +
                                      ")");
    // MySQL lowers max_connections at its start where the process may not open enough files ("Changed
    // limits: max_connections: 214 (requested 1000)" with 1024 files). MariaDB 10.11 does not, as was
    // tried.
    if (!mariadb)
        fit_open_files(reading.instance, kReservedFiles, limit);
    limit.origin.arithmetic.push_back("one more is kept for a user with CONNECTION ADMIN");
    limit.origin.arithmetic.push_back("SET GLOBAL max_connections may have changed it since: it is not "
                                      "asked, that takes a connection and a user");
    if (!limit.addresses.empty())
        findings.limits.push_back(std::move(limit));
}

} // namespace slotscope::limits::mysql
