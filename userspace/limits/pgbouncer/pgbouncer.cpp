// SPDX-License-Identifier: MIT
#include "limits/pgbouncer/pgbouncer.h"

#include "limits/lines.h"
#include "limits/text.h"

#include <map>
#include <optional>

namespace slotscope::limits::pgbouncer {
namespace {

constexpr const char* kClientSlot =
    "a client's connection, idle ones too; the next one is refused: \"no more "
    "connections allowed (max_client_conn)\"";
constexpr const char* kServerSlot =
    "a connection to the server, idle ones too; at the limit clients wait, and are "
    "ended after query_wait_timeout";
constexpr std::uint32_t kDefaultClients = 100;
constexpr std::uint32_t kDefaultPoolSize = 20;

struct Configuration {
    Settings global;
    Settings databases; // name -> connection string
};

class Parser {
  public:
    Parser(Reading& reading, Findings& findings, Configuration& into)
        : reading_(reading)
        , findings_(findings)
        , into_(into)
    {
    }

    void read_file(const std::string& path, int depth)
    {
        each_line(reading_, findings_, path, ";#",
                  [&](std::string_view line, const Place& place) { read_line(line, place, depth); });
    }

  private:
    void read_line(std::string_view line, const Place& place, int depth)
    {
        constexpr std::string_view kInclude = "%include";
        if (line.starts_with(kInclude)) {
            if (may_include(findings_, place, line, depth))
                read_file(std::string(trimmed(line.substr(kInclude.size()))), depth + 1);
            return;
        }
        if (line[0] == '[') {
            section_ = std::string(section_name(line).value_or(line.substr(1)));
            return;
        }
        const auto assignment = assignment_in(line);
        if (!assignment) {
            not_understood(findings_, place, line, "neither NAME = VALUE nor [SECTION]");
            return;
        }
        const Setting value{std::string(assignment->value), place};
        if (section_ == "pgbouncer")
            into_.global[std::string(assignment->name)] = value;
        else if (section_ == "databases")
            into_.databases[std::string(assignment->name)] = value;
    }

    Reading& reading_;
    Findings& findings_;
    Configuration& into_;
    std::string section_;
};

// "host=10.0.0.1 port=5432 user='x y'": quotes are doubled within quotes.
std::map<std::string, std::string, std::less<>> words_of_connection(std::string_view text)
{
    std::map<std::string, std::string, std::less<>> words;
    for (std::size_t at = 0; at < text.size();) {
        at = std::min(text.find_first_not_of(" \t", at), text.size());
        const std::size_t equals = text.find('=', at);
        if (equals == std::string_view::npos)
            break;
        const std::string name(trimmed(text.substr(at, equals - at)));
        at = std::min(text.find_first_not_of(" \t", equals + 1), text.size());
        std::string value;
        if (at < text.size() && text[at] == '\'') {
            for (++at; at < text.size() && (text[at] != '\'' || text.substr(at, 2) == "''"); ++at) {
                value += text[at];
                at += text[at] == '\'';
            }
            ++at;
        } else {
            const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
            value = text.substr(at, end - at);
            at = end;
        }
        words[name] = value;
    }
    return words;
}

std::optional<std::uint32_t> count_of(const Settings& settings, std::string_view name,
                                      std::uint32_t otherwise, Findings& findings)
{
    const auto found = settings.find(name);
    if (found == settings.end())
        return otherwise;
    const auto count = count_in(found->second.text);
    if (!count)
        not_understood(findings, found->second.place, std::string(name) + " = " + found->second.text,
                       "not a whole number");
    return count;
}

Place place_of(const Settings& settings, std::string_view name)
{
    const auto found = settings.find(name);
    return found == settings.end() ? Place{"PgBouncer's default", 0} : found->second.place;
}

void add_clients(const Configuration& configuration, Reading& reading, Findings& findings)
{
    const bool by_default = !configuration.global.contains("max_client_conn");
    const auto count = count_of(configuration.global, "max_client_conn", kDefaultClients, findings);
    if (!count || *count == 0 || reading.instance.listening.empty() || (by_default && findings.incomplete))
        return;
    const Place place = place_of(configuration.global, "max_client_conn");
    Limit limit = limit_at(place, "pgbouncer", *count, kClientSlot);
    limit.direction = Direction::inbound;
    limit.addresses = reading.instance.listening;
    limit.origin.setting = {"max_client_conn", *count};
    limit.origin.arithmetic.push_back("max_client_conn " + std::to_string(*count) + " (" + to_string(place) +
                                      ")");
    findings.limits.push_back(std::move(limit));
}

// What the databases of one server may have together. A pool is one for each user, and how many users there
// are cannot be read: only where one is forced, or the database has a limit as a whole, is there a number.
struct ServerLimit {
    std::uint64_t slots = 0;
    Place place;
    std::vector<std::string> arithmetic;
    LimitSetting setting;
    bool known = true;
};

// One setting for all databases makes as many slots as there are of them; several settings are not raised by
// one number.
void set_by(LimitSetting setting, ServerLimit& into)
{
    if (into.arithmetic.empty())
        into.setting = std::move(setting);
    else if (into.setting.name == setting.name && into.setting.slots_each > 0)
        into.setting.slots_each += 1;
    else
        into.setting = {"", 0, 0};
}

void add_database(const std::string& name, const Setting& value, const Settings& global, ServerLimit& into,
                  Findings& findings)
{
    const auto words = words_of_connection(value.text);
    bool wrong = false;
    const auto own = [&](std::string_view word, const char* otherwise, std::uint32_t by_default) {
        const auto found = words.find(word);
        if (found == words.end())
            return count_of(global, otherwise, by_default, findings);
        const auto count = count_in(found->second);
        if (!count)
            not_understood(findings, value.place, std::string(word) + "=" + found->second,
                           "not a whole number");
        wrong = wrong || !count;
        return count;
    };
    const auto pool = own("pool_size", "default_pool_size", kDefaultPoolSize);
    const auto reserve = own("reserve_pool", "reserve_pool_size", 0);
    const auto whole = own("max_db_connections", "max_db_connections", 0);
    if (into.place.file.empty())
        into.place = value.place;
    const std::string at = " (" + to_string(value.place) + ")";
    const bool one_user = pool && reserve && words.contains("user");
    const auto written = [&](const char* word, const char* otherwise) {
        return words.contains(word) ? std::string(word) + " of database " + name : std::string(otherwise);
    };
    if (wrong) {
        into.known = false;
    } else if (whole && *whole > 0 && !(one_user && std::uint64_t{*pool} + *reserve < *whole)) {
        set_by({written("max_db_connections", "max_db_connections"), *whole}, into);
        into.slots += *whole;
        into.arithmetic.push_back("database " + name + ": max_db_connections " + std::to_string(*whole) + at);
    } else if (one_user) {
        set_by({written("pool_size", "default_pool_size"), *pool}, into);
        into.slots += *pool + *reserve;
        into.arithmetic.push_back("database " + name + ": pool of its one user " + std::to_string(*pool) +
                                  " + reserve " + std::to_string(*reserve) + at);
    } else {
        into.known = false;
        not_understood(findings, value.place, name + " (pool of " + std::to_string(pool.value_or(0)) + ")",
                       "a pool is one for each user, and how many users there are cannot be read; set "
                       "max_db_connections, or give the limit to slotscope");
    }
}

// "10.0.0.1,10.0.0.2": a pool's connections are made to each in turn.
Result<std::vector<Endpoint>> endpoints_of_list(std::string_view hosts, std::uint16_t port,
                                                const Resolve& resolve)
{
    std::vector<Endpoint> all;
    for (std::size_t at = 0; at <= hosts.size();) {
        const std::size_t end = std::min(hosts.find(',', at), hosts.size());
        auto members = endpoints_of(trimmed(hosts.substr(at, end - at)), port, resolve);
        if (!members)
            return members;
        all.insert(all.end(), members->begin(), members->end());
        at = end + 1;
    }
    return all;
}

void add_servers(const Configuration& configuration, Reading& reading, Findings& findings)
{
    std::map<std::string, std::pair<std::vector<Endpoint>, ServerLimit>> servers;
    for (const auto& [name, value] : configuration.databases) {
        const auto words = words_of_connection(value.text);
        const auto host = words.find("host");
        const auto port = words.find("port");
        const auto number = port == words.end() ? std::optional<std::uint16_t>(5432) : port_in(port->second);
        if (host == words.end() || host->second.starts_with('/') || name == "*")
            continue; // a Unix socket, or a host that the client names
        if (!number) {
            not_understood(findings, value.place, name + " = port=" + port->second, "not a port");
            continue;
        }
        auto members = endpoints_of_list(host->second, *number, reading.resolve);
        if (!members) {
            not_understood(findings, value.place, name + " = " + "host=" + host->second,
                           members.error().message);
            continue;
        }
        auto& server = servers[host->second + ":" + std::to_string(*number)];
        server.first = std::move(members).value();
        add_database(name, value, configuration.global, server.second, findings);
    }
    for (auto& [name, server] : servers) {
        if (!server.second.known || server.second.slots == 0 || server.second.slots > UINT32_MAX)
            continue;
        Limit limit = limit_at(server.second.place, "pgbouncer/" + name,
                               static_cast<std::uint32_t>(server.second.slots), kServerSlot);
        limit.direction = Direction::outbound;
        limit.addresses = std::move(server.first);
        limit.origin.arithmetic = std::move(server.second.arithmetic);
        limit.origin.setting = std::move(server.second.setting);
        findings.limits.push_back(std::move(limit));
    }
}

} // namespace

bool is_one(const RunningProcess& process)
{
    return base_name(process.executable) == "pgbouncer";
}

void read(Reading& reading, Findings& findings)
{
    std::string path;
    const std::vector<std::string>& argv = reading.instance.main.argv;
    for (std::size_t at = 1; at < argv.size(); ++at) {
        if (argv[at] == "-u" || argv[at] == "--user")
            ++at;
        else if (!argv[at].starts_with('-'))
            path = argv[at];
    }
    if (path.empty()) {
        not_understood(findings, {"command line", 0}, "", "it names no configuration file");
        return;
    }
    Configuration configuration;
    Parser(reading, findings, configuration).read_file(reading.files.absolute(path), 0);
    add_clients(configuration, reading, findings);
    add_servers(configuration, reading, findings);
}

} // namespace slotscope::limits::pgbouncer
