// SPDX-License-Identifier: MIT
#include "limits/caddy/caddy.h"

#include "limits/caddy/upstreams.h"
#include "limits/options.h"
#include "limits/text.h"

#include <algorithm>
#include <map>
#include <optional>

namespace slotscope::limits::caddy {
namespace {

constexpr const char* kRequestSlot =
    "a request in flight to the upstream, of all handlers that go there; at the limit the next upstream is "
    "taken, else 503 \"no upstreams available\" (or it waits for lb_try_duration)";
constexpr const char* kConnectionSlot =
    "a connection with a request on it, of each handler that goes there (an idle one is taken before another "
    "is opened); at the limit requests wait for a connection, for as long as their clients do";
constexpr const char* kSharedConnectionSlot =
    "a connection, idle ones too, of each handler that goes there; at the limit requests wait for one, but "
    "those that HTTP/2 takes on a connection that is there";

Result<std::vector<Endpoint>> endpoints_of_dial(std::string_view dial, const Resolve& resolve)
{
    if (dial.starts_with("unix/")) {
        dial.remove_prefix(5);
        return std::vector<Endpoint>{Endpoint{{}, std::string(dial)}};
    }
    for (const std::string_view network : {"tcp/", "tcp4/", "tcp6/"})
        if (dial.starts_with(network))
            dial.remove_prefix(network.size());
    if (dial.find('{') != std::string_view::npos)
        return Error{"the address depends on the request"};
    const auto [host, ports] = split_host_port(dial);
    const auto dash = ports.find('-');
    const auto first = port_in(ports.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : port_in(ports.substr(dash + 1));
    if (!first || !last || *last < *first || *last - *first > 64)
        return Error{"the port is not a number"};
    if (*first != *last)
        return Error{"each port of a range has slots of its own: write the addresses one by one"};
    return endpoints_of(host.empty() ? "127.0.0.1" : host, *first, resolve);
}

using Handlers = std::vector<const Upstream*>; // that go to the same upstream

std::string written(const Bound& bound)
{
    return std::string(bound.word) + " " + std::to_string(bound.most) + " (" + to_string(bound.place) + ")";
}

// Puts a doubt where a handler has no such limit; false: there is one that has none.
bool all_are_bound(const Handlers& handlers, Bound Upstream::*bound, Limit& limit)
{
    bool all = true;
    for (const Upstream* each : handlers) {
        if ((each->*bound).most > 0)
            continue;
        all = false;
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt =
            "a handler goes to the same address without a limit (" + to_string(each->place) + ")";
    }
    return all;
}

// All requests count together, and each handler stops at its own number of them.
Limit limit_of_requests(const Handlers& handlers, const std::string& name)
{
    const Bound& most =
        (*std::max_element(handlers.begin(), handlers.end(), [](const auto* a, const auto* b) {
            return a->requests.most < b->requests.most;
        }))->requests;
    Limit limit = limit_at(most.place, name, most.most, kRequestSlot);
    limit.kind = SlotKind::calls;
    for (const Upstream* each : handlers) {
        if (each->requests.most == 0)
            continue;
        limit.origin.arithmetic.push_back(written(each->requests));
        if (each->requests.most != most.most)
            limit.origin.certainty = Certainty::at_most;
    }
    limit.origin.setting = {std::string(most.word), most.most, handlers.size() > 1 ? 0.0 : 1.0};
    if (limit.origin.arithmetic.size() > 1)
        limit.origin.arithmetic.push_back("the requests of all handlers count; each stops at its own limit");
    return limit;
}

// Each handler has connections of its own.
Limit limit_of_connections(const Handlers& handlers, const std::string& name)
{
    const auto first = std::find_if(handlers.begin(), handlers.end(),
                                    [](const Upstream* each) { return each->connections.most > 0; });
    if (first == handlers.end())
        return {};
    Limit limit = limit_at((*first)->connections.place, name, 0, kConnectionSlot);
    limit.kind = SlotKind::calls;
    std::uint64_t slots = 0;
    std::uint32_t shares = 0;
    for (const Upstream* each : handlers) {
        if (each->connections.most == 0)
            continue;
        slots += std::uint64_t{each->connections.most} * each->handlers;
        shares += each->handlers;
        limit.origin.arithmetic.push_back(
            written(each->connections) +
            (each->handlers > 1 ? " for each of " + counted(each->handlers, "port") + " of its site" : ""));
        if (each->multiplexed) {
            limit.kind = SlotKind::connections;
            limit.origin.rule = kSharedConnectionSlot;
            limit.origin.certainty = Certainty::unsure;
            limit.origin.doubt = "over TLS the server may choose HTTP/2: then one connection carries many "
                                 "requests, and none waits where these connections are all open";
        }
    }
    limit.slots = static_cast<std::uint32_t>(std::min<std::uint64_t>(slots, UINT32_MAX));
    if (shares > 1) {
        limit.origin.arithmetic.push_back("each handler has connections of its own, and lets wait where they "
                                          "are all taken: together " +
                                          std::to_string(limit.slots));
        if (limit.origin.certainty == Certainty::certain)
            limit.origin.certainty = Certainty::at_most;
    }
    limit.origin.setting = {(*first)->connections.word, (*first)->connections.most, shares > 1 ? 0.0 : 1.0};
    return limit;
}

// The one that is reached first; 0 slots: there is none.
Limit limit_of(const Handlers& handlers, const std::string& name)
{
    Limit requests = limit_of_requests(handlers, name);
    Limit connections = limit_of_connections(handlers, name);
    const bool requests_hold = all_are_bound(handlers, &Upstream::requests, requests);
    const bool connections_hold = all_are_bound(handlers, &Upstream::connections, connections);
    const bool by_connections =
        requests.slots == 0 || (connections.slots > 0 && connections_hold &&
                                (!requests_hold || connections.slots <= requests.slots));
    Limit& first = by_connections ? connections : requests;
    const Limit& other = by_connections ? requests : connections;
    for (const std::string& line : other.origin.arithmetic)
        first.origin.arithmetic.push_back("beside it, and not what is reached first: " + line);
    return std::move(first);
}

void add_limit(const std::string& dial, const Handlers& handlers, Reading& reading, Findings& findings)
{
    Limit limit = limit_of(handlers, "caddy/" + dial);
    if (limit.slots == 0)
        return;
    auto members = endpoints_of_dial(dial, reading.resolve);
    if (!members) {
        const Upstream& upstream = *handlers.front();
        const Bound& bound = upstream.requests.most > 0 ? upstream.requests : upstream.connections;
        not_understood(findings, bound.most > 0 ? bound.place : upstream.place, dial,
                       members.error().message);
        return;
    }
    limit.direction = Direction::outbound;
    limit.addresses = std::move(members).value();
    findings.limits.push_back(std::move(limit));
}

// "-c X", "-config X", "--config X", "--config=X": before 2.7 one dash and two meant the same.
std::optional<std::string> given(const std::vector<std::string>& argv, std::string_view letter,
                                 const std::string& name)
{
    for (std::size_t at = 1; at < argv.size(); ++at) {
        const std::string_view word = argv[at];
        const bool is_it = word == letter || word == "-" + name || word == "--" + name;
        if (is_it && at + 1 < argv.size())
            return argv[at + 1];
        if (word.starts_with("-" + name + "=") || word.starts_with("--" + name + "="))
            return std::string(word.substr(word.find('=') + 1));
    }
    return std::nullopt;
}

// What `caddy run` reads; empty: nothing that is a file.
std::string configuration_of(Reading& reading)
{
    const std::vector<std::string>& argv = reading.instance.main.argv;
    if (has_option(argv, {"-resume", "--resume"})) {
        const auto& environment = reading.instance.environment;
        std::string home = environment_value(environment, "XDG_CONFIG_HOME").value_or("");
        if (home.empty())
            home = environment_value(environment, "HOME").value_or("") + "/.config";
        if (const std::string path = home + "/caddy/autosave.json"; reading.files.is_there(path))
            return path;
    }
    if (auto path = given(argv, "-c", "config"))
        return *path;
    return reading.files.is_there("Caddyfile") ? "Caddyfile" : "";
}

bool is_caddyfile(const std::vector<std::string>& argv, std::string_view path)
{
    const auto adapter = given(argv, "-a", "adapter");
    if (adapter)
        return *adapter == "caddyfile";
    const auto name = base_name(path);
    return name.starts_with("Caddyfile") || name.ends_with("Caddyfile") || name.ends_with(".caddyfile");
}

} // namespace

bool is_one(const RunningProcess& process)
{
    return base_name(process.executable) == "caddy";
}

void read(Reading& reading, Findings& findings)
{
    const std::string path = configuration_of(reading);
    if (path.empty() || path == "-") {
        not_understood(findings, {"command line", 0}, path, "it names no configuration file");
        return;
    }
    const std::string file = reading.files.absolute(path);
    const std::vector<Upstream> upstreams = is_caddyfile(reading.instance.main.argv, path)
                                                ? read_upstreams_of_caddyfile(reading, findings, file)
                                                : read_upstreams_of_json(reading, findings, file);
    std::map<std::string, Handlers> by_dial;
    for (const Upstream& each : upstreams)
        by_dial[each.dial].push_back(&each);
    for (const auto& [dial, handlers] : by_dial)
        add_limit(dial, handlers, reading, findings);
}

} // namespace slotscope::limits::caddy
