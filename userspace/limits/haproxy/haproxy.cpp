// SPDX-License-Identifier: MIT
#include "limits/haproxy/haproxy.h"

#include "limits/haproxy/configuration.h"
#include "limits/text.h"
#include "limits/wording.h"

#include <algorithm>
#include <map>

namespace slotscope::limits::haproxy {
namespace {

constexpr const char* kHttpSlot =
    "a request being served by the server, reserved before the connection is made; "
    "idle pooled connections are not counted; the next ones wait in the queue";
constexpr const char* kTcpSlot =
    "a connection to the server, from before it is made; the next ones wait in the queue";
constexpr const char* kFrontSlot =
    "an accepted connection of a client, idle ones too; the next ones wait in the listen backlog";

// "unix@/run/a.sock", "/run/a.sock", "abns@name", "ipv4@host:port", "host:port", "2001:db8::1:80"
Result<std::vector<Endpoint>> parse_address(std::string_view text, const Resolve& resolve)
{
    for (const std::string_view prefix : {"ipv4@", "ipv6@", "tcp@", "tcp4@", "tcp6@"})
        if (text.starts_with(prefix))
            text.remove_prefix(prefix.size());
    if (text.starts_with("unix@"))
        text.remove_prefix(5);
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
    return endpoints_of(host, *number, resolve);
}

// ":80", "*:80", "[::]:80", "10.0.0.1:8000-8010": what the proxy listens on.
void add_bind(const Bind& bind, Reading& reading, Findings& findings, std::vector<Endpoint>& into)
{
    constexpr std::uint32_t kMostPorts = 256;
    std::string_view text = bind.address;
    for (const std::string_view prefix : {"ipv4@", "ipv6@", "tcp4@", "tcp6@"})
        if (text.starts_with(prefix))
            text.remove_prefix(prefix.size());
    const auto [host, ports] = split_host_port(text);
    const auto dash = ports.find('-');
    const auto first = port_in(ports.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : port_in(ports.substr(dash + 1));
    if (text.starts_with('/') || text.find('@') != std::string_view::npos || !first || !last ||
        *last < *first || *last - *first >= static_cast<int>(kMostPorts)) {
        if (!text.starts_with('/') && !text.starts_with("unix@"))
            not_understood(findings, bind.place, bind.address,
                           "not an address to listen on that is followed");
        return;
    }
    const std::string_view named = host.empty() || host == "*" ? std::string_view("0.0.0.0") : host;
    for (std::uint32_t port = *first; port <= *last; ++port) {
        auto endpoints = endpoints_of(named, static_cast<std::uint16_t>(port), reading.resolve);
        if (!endpoints) {
            not_understood(findings, bind.place, bind.address, endpoints.error().message);
            return;
        }
        into.insert(into.end(), endpoints->begin(), endpoints->end());
    }
}

std::string described(const char* what, const Setting& setting)
{
    return std::string(what) + " " + std::to_string(setting.value) + " (" + to_string(setting.place) + ")";
}

// minconn below maxconn makes the limit move between them (configuration manual, "minconn", "fullconn").
void explain_dynamic(const Proxy& proxy, const ServerLimits& limits, Limit& limit)
{
    limit.origin.certainty = Certainty::at_most;
    limit.origin.arithmetic.push_back(described("minconn", *limits.minconn));
    limit.origin.arithmetic.push_back(
        proxy.fullconn
            ? described("fullconn", *proxy.fullconn)
            : "fullconn is not set: 10 % of the maxconn of all frontends that may use this backend");
    limit.origin.arithmetic.push_back(
        "the limit of a moment is max(minconn, sessions of the backend x maxconn / "
        "fullconn), and maxconn from fullconn sessions on: shown is maxconn");
}

void add_server(const Proxy& proxy, const Server& server, Reading& reading, Findings& findings)
{
    if (!server.limits.maxconn || server.limits.maxconn->value == 0) // 0 is HAProxy's word for none
        return;
    const Setting& maxconn = *server.limits.maxconn;
    auto members = parse_address(server.address, reading.resolve);
    if (!members) {
        not_understood(findings, server.place, "server " + server.name + " " + server.address,
                       members.error().message);
        return;
    }
    const bool templated = server.first != 0;
    Limit limit = limit_at(maxconn.place, proxy.name + "/" + server.name + (templated ? "N" : ""),
                           maxconn.value, proxy.http ? kHttpSlot : kTcpSlot);
    limit.kind = proxy.http ? SlotKind::calls : SlotKind::connections;
    limit.direction = Direction::outbound;
    limit.origin.arithmetic.push_back(described("maxconn", maxconn) + " of server " + server.name + " in " +
                                      proxy.name);
    if (server.limits.minconn && server.limits.minconn->value < maxconn.value &&
        server.limits.minconn->value > 0)
        explain_dynamic(proxy, server.limits, limit);
    // A server uses one address of its name at a time; those of a template use one each.
    const std::size_t used = std::min<std::size_t>(server.copies, members->size());
    limit.addresses.assign(members->begin(), members->begin() + static_cast<std::ptrdiff_t>(used));
    if (templated) {
        limit.addresses = *members;
        const auto copies = static_cast<std::uint32_t>(used);
        limit.slots = maxconn.value > UINT32_MAX / copies ? UINT32_MAX : maxconn.value * copies;
        limit.origin.arithmetic.push_back("x " + counted(used, "address") +
                                          " that the name has now, one for each server of the template");
    }
    findings.limits.push_back(std::move(limit));
}

void add_frontend(const Proxy& proxy, const std::optional<Setting>& global, bool only_one, Reading& reading,
                  Findings& findings)
{
    std::optional<Setting> maxconn = proxy.maxconn;
    if (maxconn && maxconn->value == 0)
        maxconn.reset();
    const bool whole =
        global && global->value != 0 && only_one && (!maxconn || global->value < maxconn->value);
    if (whole)
        maxconn = global;
    if (!maxconn)
        return;
    Limit limit = limit_at(maxconn->place, proxy.name, maxconn->value, kFrontSlot);
    limit.direction = Direction::inbound;
    limit.origin.arithmetic.push_back(
        described("maxconn", *maxconn) +
        (whole ? " of the whole process, which has no other frontend" : " of frontend " + proxy.name));
    if (!only_one && global && global->value != 0)
        limit.origin.arithmetic.push_back("all frontends together may not have more than " +
                                          described("maxconn", *global));
    for (const Bind& bind : proxy.binds)
        add_bind(bind, reading, findings, limit.addresses);
    if (!limit.addresses.empty())
        findings.limits.push_back(std::move(limit));
}

// While a reload goes on, the old worker lets its connections end: it has the limits that it was started
// with.
void mention_generations(const Instance& instance, Findings& findings)
{
    const auto workers = instance.children.size();
    if (workers < 2)
        return;
    for (Limit& limit : findings.limits)
        limit.origin.arithmetic.push_back(
            counted(workers, "worker") + " run: older ones have their own slots until their connections end");
}

} // namespace

bool is_one(const RunningProcess& process)
{
    return base_name(process.executable) == "haproxy";
}

void read(Reading& reading, Findings& findings)
{
    const Configuration configuration =
        read_configuration(reading, findings, environment_from(reading.instance.environment));
    const auto fronts = std::count_if(configuration.proxies.begin(), configuration.proxies.end(),
                                      [](const Proxy& proxy) { return !proxy.binds.empty(); });
    for (const Proxy& proxy : configuration.proxies) {
        if (proxy.section != Section::frontend)
            for (const Server& server : proxy.servers)
                add_server(proxy, server, reading, findings);
        if (proxy.section != Section::backend && !proxy.binds.empty())
            add_frontend(proxy, configuration.maxconn, fronts == 1, reading, findings);
    }
    mention_generations(reading.instance, findings);
}

} // namespace slotscope::limits::haproxy
