// SPDX-License-Identifier: MIT
#include "limits/haproxy/servers.h"

#include "limits/haproxy/rules.h"
#include "limits/text.h"

#include <algorithm>
#include <cerrno>

namespace slotscope::limits::haproxy {
namespace {

// "unix@/run/a.sock", "/run/a.sock", "abns@name", "ipv4@host:port", "host:port", "2001:db8::1:80"
Result<std::vector<Endpoint>> parse_address(std::string_view text, const Resolve& resolve)
{
    std::optional<bool> ipv4; // of this family only
    for (const auto& [prefix, only] : {std::pair{"ipv4@", std::optional(true)},
                                       {"tcp4@", true},
                                       {"ipv6@", false},
                                       {"tcp6@", false},
                                       {"tcp@", std::nullopt},
                                       {"unix@", std::nullopt}})
        if (text.starts_with(prefix)) {
            text.remove_prefix(std::string_view(prefix).size());
            ipv4 = only;
            break;
        }
    if (text.starts_with("abns@"))
        return std::vector<Endpoint>{Endpoint{{}, "@" + std::string(text.substr(5))}};
    if (text.starts_with('/'))
        return std::vector<Endpoint>{Endpoint{{}, std::string(text)}};
    if (text.find('@') != std::string_view::npos)
        return Error{"this kind of address is not followed"};
    const auto [host, port] = split_host_port(text);
    const auto number = port_in(port);
    if (!number)
        return Error{"the port is not a fixed number"};
    auto endpoints = endpoints_of(host, *number, resolve);
    if (endpoints && ipv4)
        std::erase_if(*endpoints, [&](const Endpoint& each) { return each.tcp.is_ipv4() != *ipv4; });
    if (endpoints && endpoints->empty())
        return Error{"the name has no address of this family", ENOENT};
    return endpoints;
}

bool is_a_name(std::string_view address)
{
    const auto nobody = [](const std::string&) -> Result<std::vector<Address>> {
        return Error{"a name", ENOENT};
    };
    return !parse_address(address, nobody);
}

// What only minconn sets, or minconn above maxconn, is the limit, and does not move (check_config_validity in
// HAProxy's src/cfgparse.c).
std::optional<Count> limit_set_by(const ServerOptions& options)
{
    const std::uint32_t maxconn = options.maxconn ? options.maxconn->value : 0; // 0 is its word for none
    if (options.minconn && options.minconn->value > maxconn)
        return options.minconn;
    return maxconn == 0 ? std::nullopt : options.maxconn;
}

bool moves(const ServerOptions& options)
{
    return options.minconn && options.maxconn && options.minconn->value > 0 &&
           options.minconn->value < options.maxconn->value;
}

// minconn below maxconn makes the limit move between them (configuration manual, "minconn", "fullconn").
void explain_dynamic(const Proxy& proxy, const ServerOptions& options, bool can_be_asked, Limit& limit)
{
    limit.origin.certainty = Certainty::at_most;
    limit.origin.arithmetic.push_back(described("minconn", *options.minconn));
    limit.origin.arithmetic.push_back(
        proxy.fullconn
            ? described("fullconn", *proxy.fullconn)
            : "fullconn is not set: 10 % of the maxconn of all frontends that may use this backend");
    limit.origin.arithmetic.push_back(
        std::string("the limit of a moment is max(minconn, sessions of the backend x maxconn / "
                    "fullconn), and maxconn from fullconn sessions on") +
        (can_be_asked ? "" : ": shown is maxconn, since no stats socket tells the sessions"));
}

// "app/t3" of a template "t" with numbers from 3, or the server alone.
std::vector<std::string> names_of(const Server& server)
{
    if (server.first == 0)
        return {server.name};
    std::vector<std::string> names;
    for (std::uint32_t number = server.first; number < server.first + server.copies; ++number)
        names.push_back(server.name + std::to_string(number));
    return names;
}

// Seen with 2.6: libc tells a name's addresses once, at the start, and all servers of the name take the first
// one. With "resolvers" they are asked for while it runs, and each server of a backend gets one of its own,
// those that are left over none.
void count_addresses(const Server& server, Limit& limit)
{
    const auto addresses = static_cast<std::uint32_t>(limit.addresses.size());
    const bool one_each =
        server.options.resolvers && !server.options.shares_addresses && is_a_name(server.address);
    auto& lines = limit.origin.arithmetic;
    if (server.first != 0) {
        const std::uint32_t count = one_each ? std::min(server.copies, addresses) : server.copies;
        limit.origin.setting = {"maxconn of each server of the template", limit.slots,
                                static_cast<double>(count)};
        limit.slots = times(limit.slots, count);
        lines.push_back("x " + std::to_string(count) +
                        (one_each
                             ? (count == 1 ? " address" : " addresses") +
                                   std::string(" that the name has now, one for each server of the template")
                             : (count == 1 ? " server" : " servers") + std::string(" of the template")));
    }
    if (addresses > 1 && !(one_each && server.first != 0))
        lines.push_back("the name has " + std::to_string(addresses) +
                        " addresses, of which a server has one at a time: those of all of them are counted");
}

} // namespace

namespace {

// BESIDE: a server at the same address that has no limit; empty: there is none.
void doubt_addresses(const Server& server, bool named, const std::string& beside, Limit& limit)
{
    if (named && server.options.resolvers) {
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt = "the addresses are those that this host has for the name; HAProxy asks its own "
                             "resolvers, again and again (" +
                             to_string(*server.options.resolvers) + ")";
    }
    if (!beside.empty()) {
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt = beside + " goes to the same address without a maxconn";
    }
}

} // namespace

Unlimited unlimited_servers(const Configuration& configuration)
{
    Unlimited unlimited;
    for (const Proxy& proxy : configuration.proxies)
        if (proxy.section != Section::frontend)
            for (const Server& server : proxy.servers)
                if (!limit_set_by(server.options))
                    unlimited.emplace(server.address, "server " + server.name + " of " + proxy.name + " (" +
                                                          to_string(server.place) + ")");
    return unlimited;
}

void add_server(const Proxy& proxy, const Server& server, const Processes& processes,
                const Unlimited& unlimited, Reading& reading, Findings& findings)
{
    const auto maxconn = limit_set_by(server.options);
    if (!maxconn)
        return;
    auto members = parse_address(server.address, reading.resolve);
    if (!members) {
        not_understood(findings, server.place, "server " + server.name + " " + server.address,
                       members.error().message);
        return;
    }
    const bool can_be_asked = !findings.run_time.sockets.empty();
    Limit limit = limit_at(maxconn->place, proxy.name + "/" + server.name + (server.first != 0 ? "N" : ""),
                           maxconn->value, proxy.http ? kHttpSlot : kTcpSlot);
    limit.kind = proxy.http ? SlotKind::calls : SlotKind::connections;
    limit.direction = Direction::outbound;
    limit.addresses = std::move(members).value();
    limit.origin.arithmetic.push_back(
        described(server.options.maxconn && maxconn->value == server.options.maxconn->value ? "maxconn"
                                                                                            : "minconn",
                  *maxconn) +
        " of server " + server.name + " in " + proxy.name);
    if (moves(server.options))
        explain_dynamic(proxy, server.options, can_be_asked, limit);
    count_addresses(server, limit);
    const bool named = is_a_name(server.address);
    count_for_all(processes, limit);
    const auto beside = unlimited.find(server.address);
    doubt_addresses(server, named, beside == unlimited.end() ? "" : beside->second, limit);
    findings.run_time.limits.push_back({proxy.name, names_of(server), limit,
                                        moves(server.options) ? server.options.minconn->value : 0, named,
                                        beside != unlimited.end()});
    findings.limits.push_back(std::move(limit));
}

} // namespace slotscope::limits::haproxy
