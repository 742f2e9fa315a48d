// SPDX-License-Identifier: MIT
#include "limits/pgbouncer/servers.h"

#include "limits/pgbouncer/pools.h"
#include "limits/text.h"

#include <algorithm>
#include <map>
#include <set>

namespace slotscope::limits::pgbouncer {
namespace {

constexpr const char* kServerSlot =
    "a connection to the server, idle ones too; at the limit clients wait, and are ended after "
    "query_wait_timeout";

constexpr std::size_t kMostEndpoints = 64;   // of one database
constexpr std::size_t kMostDatabases = 2000; // more are not looked at: each with all users

// Databases whose connections go to some of the same addresses: nothing else tells them apart.
struct Server {
    std::string name;
    std::vector<Endpoint> endpoints;
    Place place;
    std::uint64_t slots = 0;
    std::uint32_t databases = 0;
    bool known = true;
    Certainty certainty = Certainty::certain;
    std::string doubt;
    std::vector<std::string> arithmetic;
    LimitSetting setting;
};

// One setting for all databases makes as many slots as there are of them; several settings are not raised by
// one number.
void set_by(const LimitSetting& setting, Server& into)
{
    if (into.databases == 0)
        into.setting = setting;
    else if (into.setting.name == setting.name && into.setting.slots_each > 0 && setting.slots_each > 0)
        into.setting.slots_each += setting.slots_each;
    else
        into.setting = {"", 0, 0};
}

void less_sure(Certainty certainty, const std::string& doubt, Server& into)
{
    if (certainty == Certainty::unsure || into.certainty == Certainty::certain)
        into.certainty = certainty;
    if (into.doubt.empty())
        into.doubt = doubt;
}

void add_database(const std::string& name, const DatabaseLimit& database, const Place& place, Server& into)
{
    set_by(database.setting, into);
    if (into.databases == 0)
        into.place = place;
    ++into.databases;
    into.slots += database.slots;
    less_sure(database.certainty, database.doubt, into);
    std::string head = "database " + name + ": ";
    for (const std::string& line : database.arithmetic) {
        into.arithmetic.push_back(head + line + (head.empty() ? "" : " (" + to_string(place) + ")"));
        head.clear();
    }
}

// The directory of the Unix sockets where the configuration names none: PgBouncer's own is there too.
std::string socket_directory(const Configuration& configuration, const Instance& instance)
{
    if (configuration.global.contains("unix_socket_dir"))
        return text_of(configuration.global, "unix_socket_dir");
    for (const Endpoint& each : instance.listening)
        if (each.is_unix())
            return directory_of(each.unix_path);
    return "/tmp"; // as it is built; Debian's file names another
}

// "10.0.0.1,10.0.0.2", "/var/run/postgresql": a pool's connections are made to each in turn.
Result<std::vector<Endpoint>> endpoints_of_list(std::string_view hosts, std::uint16_t port,
                                                const Resolve& resolve)
{
    std::vector<Endpoint> all;
    for (std::size_t at = 0; at <= hosts.size();) {
        const std::size_t end = std::min(hosts.find(',', at), hosts.size());
        const std::string_view host = trimmed(hosts.substr(at, end - at));
        at = end + 1;
        if (host.starts_with('/') || host.starts_with('@')) {
            all.push_back({{}, std::string(host) + "/.s.PGSQL." + std::to_string(port)});
        } else {
            auto members = endpoints_of(host, port, resolve);
            if (!members)
                return members;
            all.insert(all.end(), members->begin(), members->end());
        }
        if (all.size() > kMostEndpoints)
            return Error{"more than " + std::to_string(kMostEndpoints) + " addresses"};
    }
    return all;
}

void take_over(const Server& other, Server& into)
{
    if (into.databases == 0)
        into.place = other.place;
    if (other.databases > 0)
        set_by(other.setting, into);
    into.slots += other.slots;
    into.databases += other.databases;
    into.known = into.known && other.known;
    less_sure(other.certainty, other.doubt, into);
    into.arithmetic.insert(into.arithmetic.end(), other.arithmetic.begin(), other.arithmetic.end());
}

class Servers {
  public:
    Servers(const Configuration& configuration, Reading& reading, Findings& findings)
        : configuration_(configuration)
        , reading_(reading)
        , findings_(findings)
        , pools_(configuration, reading, findings)
    {
    }

    void add(const std::string& name, const Setting& value)
    {
        const Words words = words_of_connection(value.text);
        const auto host = words.find("host");
        const auto port = words.find("port");
        const std::string hosts = host == words.end() || host->second.empty()
                                      ? socket_directory(configuration_, reading_.instance)
                                      : host->second;
        const auto number = port == words.end() ? std::optional<std::uint16_t>(5432) : port_in(port->second);
        if (!number)
            return not_understood(findings_, value.place, name + " = port=" + port->second, "not a port");
        if (hosts.empty()) // no Unix socket either: it connects nowhere
            return;
        auto members = endpoints_of_list(hosts, *number, reading_.resolve);
        if (!members)
            return not_understood(findings_, value.place, name + " = host=" + hosts, members.error().message);
        const bool by_socket = members->front().is_unix();
        Server& server = server_with(*members, by_socket ? to_string(members->front())
                                                         : hosts + ":" + std::to_string(*number));
        const auto limit = name == "*" ? std::nullopt : pools_.of_database(name, value);
        if (name == "*")
            not_understood(findings_, value.place, "* = " + value.text,
                           "clients name the database: how many there are cannot be read");
        if (limit)
            add_database(name, *limit, value.place, server);
        else
            server.known = false;
    }

    void find_limits()
    {
        for (Server& server : servers_) {
            if (!server.known || server.slots == 0 || server.slots > UINT32_MAX)
                continue;
            if (server.databases > 1) {
                less_sure(Certainty::at_most, "", server);
                server.arithmetic.emplace_back("a database's clients wait where its own are all taken");
            }
            Limit limit = limit_at(server.place, "pgbouncer/" + server.name,
                                   static_cast<std::uint32_t>(server.slots), kServerSlot);
            limit.direction = Direction::outbound;
            limit.addresses = std::move(server.endpoints);
            limit.origin.certainty = server.certainty;
            limit.origin.doubt = std::move(server.doubt);
            limit.origin.arithmetic = std::move(server.arithmetic);
            limit.origin.setting = std::move(server.setting);
            findings_.limits.push_back(std::move(limit));
        }
    }

  private:
    // The one that has some of the ENDPOINTS, with all of them then; those that they link become one.
    Server& server_with(const std::vector<Endpoint>& endpoints, const std::string& name)
    {
        std::set<std::size_t> linked;
        for (const Endpoint& each : endpoints)
            if (const auto found = by_endpoint_.find(each); found != by_endpoint_.end())
                linked.insert(found->second);
        const std::size_t first = linked.empty() ? servers_.size() : *linked.begin();
        if (linked.empty())
            servers_.emplace_back().name = name;
        Server& server = servers_[first];
        const auto put = [&](const Endpoint& each) {
            const auto [found, is_new] = by_endpoint_.try_emplace(each, first);
            if (is_new || found->second != first)
                server.endpoints.push_back(each);
            found->second = first;
        };
        std::for_each(endpoints.begin(), endpoints.end(), [&](const Endpoint& each) {
            if (!by_endpoint_.contains(each))
                put(each);
        });
        for (const std::size_t other : linked) {
            if (other == first)
                continue;
            take_over(servers_[other], server);
            std::for_each(servers_[other].endpoints.begin(), servers_[other].endpoints.end(), put);
            servers_[other] = Server();
        }
        return server;
    }

    const Configuration& configuration_;
    Reading& reading_;
    Findings& findings_;
    Pools pools_;
    std::vector<Server> servers_;
    std::map<Endpoint, std::size_t> by_endpoint_; // the one of servers_ that has it
};

} // namespace

void add_servers(const Configuration& configuration, Reading& reading, Findings& findings)
{
    if (configuration.databases.size() > kMostDatabases) {
        not_understood(findings, configuration.databases.begin()->second.place, "[databases]",
                       "there are more than " + std::to_string(kMostDatabases));
        return;
    }
    Servers servers(configuration, reading, findings);
    for (const auto& [name, value] : configuration.databases)
        servers.add(name, value);
    servers.find_limits();
}

} // namespace slotscope::limits::pgbouncer
