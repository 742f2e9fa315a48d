// SPDX-License-Identifier: MIT
#include "daemon/configuration_file.h"

#include "daemon/regular_file.h"
#include "daemon/slow_call_section.h"
#include "daemon/toml_reader.h"
#include "limits/check.h"
#include "limits/wording.h"

#include <algorithm>
#include <limits>

namespace slotscope::daemon {
namespace {

using CheckText = Result<void> (*)(std::string_view);

void read_checked(const toml::node& value, std::string_view key, CheckText check, std::string& into,
                  Problems& problems)
{
    auto text = text_of(value, key, problems);
    if (!text)
        return;
    if (auto checked = check(*text); !checked)
        problems.add(value.source(), std::string(key) + ": " + checked.error().message);
    else
        into = std::move(*text);
}

void read_number(const toml::node& value, std::string_view key, Range range, std::uint32_t& into,
                 Problems& problems)
{
    if (const auto number = number_of(value, key, range, problems))
        into = *number;
}

void read_address(const toml::node& value, Limit& limit, Problems& problems)
{
    const auto text = text_of(value, "an address", problems);
    if (!text)
        return;
    auto address = limits::parse_limit_address(*text);
    if (address)
        limit.addresses.push_back(std::move(*address));
    else
        problems.add(value.source(), address.error().message);
}

void read_addresses(const toml::node& value, Limit& limit, Problems& problems)
{
    const toml::array* addresses = value.as_array();
    if (!addresses || addresses->empty()) {
        problems.add(value.source(),
                     R"(addresses must be an array such as ["10.0.0.1:80", "10.0.0.2:80"], not )" +
                         std::string(addresses ? "empty" : described(value.type())));
        return;
    }
    for (const toml::node& address : *addresses)
        read_address(address, limit, problems);
}

void read_slots(const toml::node& value, Limit& limit, Problems& problems)
{
    limit.line = static_cast<int>(value.source().begin.line);
    if (value.is_integer() && value.as_integer()->get() == 0)
        problems.add(value.source(), "a limit of 0 would mean that nothing may connect: slots is at least 1");
    else
        read_number(value, "slots", {1, std::numeric_limits<std::uint32_t>::max()}, limit.slots, problems);
}

void read_kind(const toml::node& value, Limit& limit, Problems& problems)
{
    constexpr std::array<std::string_view, 2> kKinds = {"connections", "calls"};
    const auto text = text_of(value, "kind", problems);
    if (!text)
        return;
    if (const auto kind = limits::slot_kind_named(*text))
        limit.kind = *kind;
    else
        problems.add(value.source(),
                     "kind: " + limits::in_quotes(*text) + " is not one" + limits::suggestion(*text, kKinds));
}

void read_direction(const toml::node& value, Limit& limit, Problems& problems)
{
    constexpr std::array<std::string_view, 2> kDirections = {"inbound", "outbound"};
    const auto text = text_of(value, "direction", problems);
    if (!text)
        return;
    limit.direction = limits::direction_named(*text);
    if (!limit.direction)
        problems.add(value.source(), "direction: " + limits::in_quotes(*text) + " is not one" +
                                         limits::suggestion(*text, kDirections));
}

constexpr TomlKey<Limit> kLimitKeys[] = {
    {"name",
     [](const auto& value, Limit& limit, Problems& problems) {
         read_checked(value, "name", limits::check_name, limit.name, problems);
     }},
    {"address", read_address},
    {"addresses", read_addresses},
    {"slots", read_slots},
    {"kind", read_kind},
    {"direction", read_direction},
};

void check_limit_is_whole(const toml::table& table, Problems& problems)
{
    const auto missing = [&](const std::string& what) {
        problems.add(table.source(), "this [[limit]] has " + what);
    };
    if (!table.contains("name"))
        missing("no name: add name = \"app\"");
    if (!table.contains("slots"))
        missing("no slots: add slots = 100");
    if (!table.contains("address") && !table.contains("addresses"))
        missing("no address: add address = \"10.0.0.1:80\"");
    if (table.contains("address") && table.contains("addresses"))
        missing("both address and addresses: keep one of them");
}

void read_limits(const toml::node& value, Configuration& into, Problems& problems)
{
    const toml::array* tables = value.as_array();
    if (!tables) {
        problems.add(value.source(), "limit must be tables under [[limit]], with two brackets");
        return;
    }
    for (const toml::node& node : *tables) {
        const toml::table* table = node.as_table();
        if (!table) {
            problems.add(node.source(), "a limit must be a table under [[limit]], not " +
                                            std::string(described(node.type())));
            continue;
        }
        Limit limit;
        read_table<Limit>(*table, kLimitKeys, "[[limit]]", limit, problems);
        check_limit_is_whole(*table, problems);
        into.limits.push_back(std::move(limit));
    }
}

constexpr TomlKey<Configuration> kTablesKeys[] = {
    {"connections",
     [](const auto& value, Configuration& into, Problems& problems) {
         read_number(value, "connections", kMaxConnections, into.max_connections, problems);
         into.max_connections = rounded_connections(into.max_connections);
     }},
    {"backends",
     [](const auto& value, Configuration& into, Problems& problems) {
         read_number(value, "backends", kMaxBackends, into.max_backends, problems);
     }},
};

constexpr TomlKey<Configuration> kAuditKeys[] = {
    {"seconds",
     [](const auto& value, Configuration& into, Problems& problems) {
         read_number(value, "seconds", kAuditSeconds, into.audit_seconds, problems);
     }},
};

constexpr TomlKey<Configuration> kCallsKeys[] = {
    {"capture_bytes",
     [](const auto& value, Configuration& into, Problems& problems) {
         read_number(value, "capture_bytes", kCaptureBytes, into.capture_bytes, problems);
     }},
};

constexpr TomlKey<Configuration> kHistoryKeys[] = {
    {"megabytes",
     [](const auto& value, Configuration& into, Problems& problems) {
         read_number(value, "megabytes", kHistoryMegabytes, into.history_megabytes, problems);
     }},
    {"days",
     [](const auto& value, Configuration& into, Problems& problems) {
         read_number(value, "days", kHistoryDays, into.history_days, problems);
     }},
};

constexpr TomlKey<Configuration> kDiscoveryKeys[] = {
    {"enabled",
     [](const auto& value, Configuration& into, Problems& problems) {
         if (const auto* flag = value.as_boolean())
             into.discovery = flag->get();
         else
             problems.add(value.source(),
                          "enabled must be true or false, not " + std::string(described(value.type())));
     }},
};

constexpr TomlKey<Configuration> kFoldKeys[] = {
    {"idle_seconds",
     [](const auto& value, Configuration& into, Problems& problems) {
         read_number(value, "idle_seconds", kFoldIdleSeconds, into.fold_idle_seconds, problems);
     }},
};

void read_section(const toml::node& value, std::string_view name,
                  std::span<const TomlKey<Configuration>> keys, Configuration& into, Problems& problems)
{
    const std::string header = "[" + std::string(name) + "]";
    if (const toml::table* table = value.as_table())
        read_table<Configuration>(*table, keys, header, into, problems);
    else
        problems.add(value.source(), std::string(name) + " must be a table under " + header + ", not " +
                                         std::string(described(value.type())));
}

constexpr TomlKey<Configuration> kTopKeys[] = {
    {"socket",
     [](const auto& value, Configuration& into, Problems& problems) {
         read_checked(value, "socket", check_socket, into.socket, problems);
     }},
    {"metrics",
     [](const auto& value, Configuration& into, Problems& problems) {
         read_checked(value, "metrics", check_metrics, into.metrics, problems);
     }},
    {"state", [](const auto& value, Configuration& into,
                 Problems& problems) { read_checked(value, "state", check_state, into.state, problems); }},
    {"log_level",
     [](const auto& value, Configuration& into, Problems& problems) {
         read_checked(value, "log_level", check_log_level, into.log_level, problems);
     }},
    {"limit", read_limits},
    {"tables", [](const auto& value, Configuration& into,
                  Problems& problems) { read_section(value, "tables", kTablesKeys, into, problems); }},
    {"audit", [](const auto& value, Configuration& into,
                 Problems& problems) { read_section(value, "audit", kAuditKeys, into, problems); }},
    {"calls", [](const auto& value, Configuration& into,
                 Problems& problems) { read_section(value, "calls", kCallsKeys, into, problems); }},
    {"history", [](const auto& value, Configuration& into,
                   Problems& problems) { read_section(value, "history", kHistoryKeys, into, problems); }},
    {"discovery",
     [](const auto& value, Configuration& into, Problems& problems) {
         read_section(value, "discovery", kDiscoveryKeys, into, problems);
     }},
    {"slow_calls", read_slow_calls},
    {"fold", [](const auto& value, Configuration& into,
                Problems& problems) { read_section(value, "fold", kFoldKeys, into, problems); }},
};

// The number of the first line that is too long; 0 where there is none.
std::size_t line_too_long(std::string_view text)
{
    std::size_t number = 1;
    for (std::size_t start = 0; start < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        if (end - start > kLongestConfigurationLine)
            return number;
        start = end + 1;
    }
    return 0;
}

Result<Configuration> from_table(const toml::table& table, const std::string& path)
{
    Configuration configuration;
    Problems problems;
    read_table<Configuration>(table, kTopKeys, "", configuration, problems);

    const std::string basename = path.substr(path.rfind('/') + 1);
    std::vector<Limit> named;
    for (Limit& limit : configuration.limits) {
        limit.source = basename + ":" + std::to_string(limit.line);
        if (!limit.name.empty()) // one that could not be read would conflict with another such
            named.push_back(limit);
    }
    std::string errors = problems.lines(path);
    if (auto checked = limits::check_limits(named); !checked)
        errors.append(errors.empty() ? "" : "\n").append(checked.error().message);
    if (!errors.empty())
        return Error{std::move(errors)};
    return configuration;
}

} // namespace

Result<Configuration> parse_configuration(std::string_view text, std::string_view path)
{
    const std::string name(path);
    if (const std::size_t line = line_too_long(text))
        return Error{name + ":" + std::to_string(line) + ": the line has more than " +
                     std::to_string(kLongestConfigurationLine) +
                     " bytes; an array may go on in the next line"};
    try {
        return from_table(toml::parse(text, path), name);
    } catch (const toml::parse_error& error) {
        const auto& at = error.source().begin;
        return Error{name + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " +
                     std::string(error.description())};
    } catch (const std::exception& error) {
        return Error{name + ": " + error.what()};
    }
}

Result<Configuration> read_configuration_file(const std::string& path)
{
    const auto text = read_regular_file(path, kLargestConfigurationFile);
    if (!text)
        return text.error();
    return parse_configuration(*text, path);
}

} // namespace slotscope::daemon
