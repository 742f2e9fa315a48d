// SPDX-License-Identifier: MIT
#include "limits/postgresql/postgresql.h"

#include "limits/postgresql/settings.h"
#include "limits/text.h"

#include <optional>

namespace slotscope::limits::postgresql {
namespace {

constexpr const char* kSlot =
    "a client's connection, idle ones too; the next one is refused: \"sorry, too many clients "
    "already\" (or that the remaining ones are reserved)";
constexpr std::uint32_t kDefaultMax = 100;
constexpr std::uint32_t kDefaultForSuperusers = 3;
constexpr std::uint16_t kDefaultPort = 5432;

struct Number {
    std::uint32_t value = 0;
    Place place;
};

std::string described(const char* name, const Number& number)
{
    return std::string(name) + " " + std::to_string(number.value) + " (" + to_string(number.place) + ")";
}

// Absent, and said, where it is not a number.
std::optional<Number> number_of(const Settings& settings, const char* name, std::uint32_t otherwise,
                                Findings& findings)
{
    const auto found = settings.find(name);
    if (found == settings.end())
        return Number{otherwise, {"PostgreSQL's default", 0}};
    if (const auto number = count_in(found->second.text))
        return Number{*number, found->second.place};
    not_understood(findings, found->second.place, std::string(name) + " = " + found->second.text,
                   "not a whole decimal number");
    return std::nullopt;
}

// Sockets of the postmaster where they can be seen, else what it is told to listen on.
std::vector<Endpoint> listens_on(const Settings& settings, Reading& reading, Findings& findings)
{
    if (!reading.instance.listening.empty())
        return reading.instance.listening;
    std::uint16_t port = kDefaultPort;
    if (const auto found = settings.find("port"); found != settings.end())
        port = port_in(found->second.text).value_or(kDefaultPort);
    const auto written = settings.find("listen_addresses");
    std::string_view list = written == settings.end() ? std::string_view("localhost") : written->second.text;
    std::vector<Endpoint> endpoints;
    for (std::size_t start = 0; start <= list.size();) {
        const std::size_t comma = std::min(list.find(',', start), list.size());
        const std::string_view host = trimmed(list.substr(start, comma - start));
        start = comma + 1;
        if (host.empty())
            continue;
        auto found = endpoints_of(host == "*" ? "0.0.0.0" : host, port, reading.resolve);
        if (found)
            endpoints.insert(endpoints.end(), found->begin(), found->end());
        else if (written != settings.end())
            not_understood(findings, written->second.place, host, found.error().message);
    }
    return endpoints;
}

} // namespace

bool is_one(const RunningProcess& process)
{
    const auto name = base_name(process.executable);
    return name == "postgres" || name == "postmaster";
}

void read(Reading& reading, Findings& findings)
{
    const Settings settings = read_settings(reading, findings);
    const auto most = number_of(settings, "max_connections", kDefaultMax, findings);
    const auto for_superusers =
        number_of(settings, "superuser_reserved_connections", kDefaultForSuperusers, findings);
    const auto reserved = number_of(settings, "reserved_connections", 0, findings); // from version 16 on
    if (!most || !for_superusers || !reserved ||
        (findings.incomplete && !settings.contains("max_connections")))
        return; // what could not be read may say another number than the default
    const std::uint64_t kept = std::uint64_t{for_superusers->value} + reserved->value;
    if (kept >= most->value) {
        not_understood(findings, most->place, "max_connections = " + std::to_string(most->value),
                       "as many are reserved: PostgreSQL does not start like this");
        return;
    }
    Limit limit = limit_at(most->place, "postgresql", most->value - static_cast<std::uint32_t>(kept), kSlot);
    limit.direction = Direction::inbound;
    limit.addresses = listens_on(settings, reading, findings);
    if (limit.addresses.empty())
        return;
    limit.origin.setting = {"max_connections", most->value};
    auto& lines = limit.origin.arithmetic;
    lines.push_back(described("max_connections", *most));
    lines.push_back("- " + described("superuser_reserved_connections", *for_superusers));
    if (reserved->value > 0)
        lines.push_back("- " + described("reserved_connections", *reserved));
    lines.push_back("= " + std::to_string(limit.slots) + " for ordinary users");
    findings.limits.push_back(std::move(limit));
}

} // namespace slotscope::limits::postgresql
