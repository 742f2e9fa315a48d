// SPDX-License-Identifier: MIT
#include "limits/pgbouncer/pgbouncer.h"

#include "limits/pgbouncer/configuration.h"
#include "limits/pgbouncer/servers.h"
#include "limits/text.h"

namespace slotscope::limits::pgbouncer {
namespace {

constexpr const char* kClientSlot =
    "a client's connection, idle ones too; the next one is refused: \"no more "
    "connections allowed (max_client_conn)\"";
constexpr std::uint32_t kDefaultClients = 100;

Place place_of(const Settings& settings, std::string_view name)
{
    const auto found = settings.find(name);
    return found == settings.end() ? Place{kDefaultPlace, 0} : found->second.place;
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
    const Configuration configuration = read_configuration(reading, findings, path);
    add_clients(configuration, reading, findings);
    add_servers(configuration, reading, findings);
}

} // namespace slotscope::limits::pgbouncer
