// SPDX-License-Identifier: MIT
#include "limits/haproxy/haproxy.h"

#include "limits/haproxy/configuration.h"
#include "limits/haproxy/rules.h"
#include "limits/text.h"
#include "limits/wording.h"

#include <algorithm>
#include <map>

namespace slotscope::limits::haproxy {
namespace {

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

// What only minconn sets, or minconn above maxconn, is the limit, and does not move (check_config_validity in
// HAProxy's src/cfgparse.c).
std::optional<Setting> limit_set_by(const ServerLimits& limits)
{
    const std::uint32_t maxconn = limits.maxconn ? limits.maxconn->value : 0; // 0 is its word for none
    if (limits.minconn && limits.minconn->value > maxconn)
        return limits.minconn;
    return maxconn == 0 ? std::nullopt : limits.maxconn;
}

bool moves(const ServerLimits& limits)
{
    return limits.minconn && limits.maxconn && limits.minconn->value > 0 &&
           limits.minconn->value < limits.maxconn->value;
}

// minconn below maxconn makes the limit move between them (configuration manual, "minconn", "fullconn").
void explain_dynamic(const Proxy& proxy, const ServerLimits& limits, bool can_be_asked, Limit& limit)
{
    limit.origin.certainty = Certainty::at_most;
    limit.origin.arithmetic.push_back(described("minconn", *limits.minconn));
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

void add_server(const Proxy& proxy, const Server& server, Reading& reading, Findings& findings)
{
    const auto maxconn = limit_set_by(server.limits);
    if (!maxconn)
        return;
    auto members = parse_address(server.address, reading.resolve);
    if (!members) {
        not_understood(findings, server.place, "server " + server.name + " " + server.address,
                       members.error().message);
        return;
    }
    const bool templated = server.first != 0;
    Limit limit = limit_at(maxconn->place, proxy.name + "/" + server.name + (templated ? "N" : ""),
                           maxconn->value, proxy.http ? kHttpSlot : kTcpSlot);
    limit.kind = proxy.http ? SlotKind::calls : SlotKind::connections;
    limit.direction = Direction::outbound;
    limit.origin.arithmetic.push_back(
        described(server.limits.maxconn && maxconn->value == server.limits.maxconn->value ? "maxconn"
                                                                                          : "minconn",
                  *maxconn) +
        " of server " + server.name + " in " + proxy.name);
    if (moves(server.limits))
        explain_dynamic(proxy, server.limits, !findings.run_time.sockets.empty(), limit);
    // A server uses one address of its name at a time; those of a template use one each.
    const std::size_t used = std::min<std::size_t>(server.copies, members->size());
    limit.addresses.assign(members->begin(), members->begin() + static_cast<std::ptrdiff_t>(used));
    if (templated) {
        limit.addresses = *members;
        const auto copies = static_cast<std::uint32_t>(used);
        limit.slots = maxconn->value > UINT32_MAX / copies ? UINT32_MAX : maxconn->value * copies;
        limit.origin.setting = {"maxconn of each server of the template", maxconn->value,
                                static_cast<double>(copies)};
        limit.origin.arithmetic.push_back("x " + std::to_string(used) +
                                          (used == 1 ? " address" : " addresses") +
                                          " that the name has now, one for each server of the template");
    }
    findings.run_time.limits.push_back(
        {proxy.name, names_of(server), used, limit, moves(server.limits) ? server.limits.minconn->value : 0});
    findings.limits.push_back(std::move(limit));
}

// HAProxy makes up a maxconn from what the system lets it open, or gets one at run time: its socket tells.
void add_unlimited_frontend(const Proxy& proxy, Reading& reading, Findings& findings)
{
    if (findings.run_time.sockets.empty())
        return;
    Findings unsaid; // there is no limit yet that these addresses matter to
    RunTimeLimit entry{proxy.name, {}, 0, limit_at({}, proxy.name, 0, kFrontSlot), 0};
    entry.limit.direction = Direction::inbound;
    for (const Bind& bind : proxy.binds)
        add_bind(bind, reading, unsaid, entry.limit.addresses);
    if (!entry.limit.addresses.empty())
        findings.run_time.limits.push_back(std::move(entry));
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
    if (!maxconn) {
        add_unlimited_frontend(proxy, reading, findings);
        return;
    }
    Limit limit = limit_at(maxconn->place, proxy.name, maxconn->value, kFrontSlot);
    limit.direction = Direction::inbound;
    if (whole)
        limit.origin.setting = {"maxconn in global", maxconn->value};
    limit.origin.arithmetic.push_back(
        described("maxconn", *maxconn) +
        (whole ? " of the whole process, which has no other frontend" : " of frontend " + proxy.name));
    if (!only_one && global && global->value != 0)
        limit.origin.arithmetic.push_back("all frontends together may not have more than " +
                                          described("maxconn", *global));
    for (const Bind& bind : proxy.binds)
        add_bind(bind, reading, findings, limit.addresses);
    if (limit.addresses.empty())
        return;
    findings.run_time.limits.push_back({proxy.name, {}, 0, limit, 0});
    findings.limits.push_back(std::move(limit));
}

} // namespace

bool is_one(const RunningProcess& process)
{
    return base_name(process.executable) == "haproxy";
}

WorkersByAge by_age(const Instance& instance, const WorkerCounts&)
{
    constexpr std::int64_t kStartsApartNs = 300'000'000; // workers of one reload are forked at once
    WorkersByAge result;
    std::vector<RunningProcess> own;
    for (const RunningProcess& each : instance.children)
        (each.parent == instance.main.pid ? own : result.older).push_back(each);
    if (own.empty())
        own.push_back(instance.main);
    std::int64_t newest_ns = 0;
    for (const RunningProcess& each : own)
        newest_ns = std::max(newest_ns, each.started_ns);
    for (RunningProcess& each : own)
        (newest_ns - each.started_ns > kStartsApartNs ? result.older : result.serving)
            .push_back(std::move(each));
    return result;
}

std::vector<std::uint32_t> replaced_by(const RunningProcess& process)
{
    std::vector<std::uint32_t> pids;
    bool named = false;
    for (const std::string& word : process.argv) {
        const auto pid = named ? count_in(word) : std::nullopt;
        if (pid)
            pids.push_back(*pid);
        named = word == "-sf" || word == "-st" || pid;
    }
    return pids;
}

void read(Reading& reading, Findings& findings)
{
    const Configuration configuration =
        read_configuration(reading, findings, environment_from(reading.instance.environment));
    findings.run_time.sockets = configuration.stats_sockets;
    const auto fronts = std::count_if(configuration.proxies.begin(), configuration.proxies.end(),
                                      [](const Proxy& proxy) { return !proxy.binds.empty(); });
    for (const Proxy& proxy : configuration.proxies) {
        if (proxy.section != Section::frontend)
            for (const Server& server : proxy.servers)
                add_server(proxy, server, reading, findings);
        if (proxy.section != Section::backend && !proxy.binds.empty())
            add_frontend(proxy, configuration.maxconn, fronts == 1, reading, findings);
    }
}

} // namespace slotscope::limits::haproxy
