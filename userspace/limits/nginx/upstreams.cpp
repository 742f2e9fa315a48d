// SPDX-License-Identifier: MIT
#include "limits/nginx/upstreams.h"

#include "limits/text.h"

#include <algorithm>
#include <cerrno>
#include <map>

namespace slotscope::limits::nginx {
namespace {

constexpr const char* kHttpSlot =
    "a request that uses a connection to the server; one that goes back to the keepalive "
    "pool is free; at the limit the next server is tried, else 502 at once";
constexpr const char* kStreamSlot = "a connection to the server; at the limit the next server is tried";

struct MaxConns {
    std::uint32_t value = 0;
    bool written = false;
    bool understood = true;
};

MaxConns max_conns_of(const Directive& server)
{
    constexpr std::string_view kOption = "max_conns=";
    MaxConns result;
    for (const std::string& argument : server.arguments)
        if (argument.starts_with(kOption)) {
            const auto number = count_in(std::string_view(argument).substr(kOption.size()));
            result = {number.value_or(0), true, number.has_value()};
        }
    return result;
}

bool has_word(const Directive& server, std::string_view word)
{
    return std::find(server.arguments.begin(), server.arguments.end(), word) != server.arguments.end();
}

bool is_down(const Directive& server) // nothing goes there
{
    return has_word(server, "down");
}

// Its ports, too, are in the name's SRV records.
bool is_service(const Directive& server)
{
    return std::any_of(server.arguments.begin(), server.arguments.end(),
                       [](const std::string& each) { return each.starts_with("service="); });
}

Result<std::vector<Endpoint>> addresses_of(const std::string& text, bool http, const Resolve& resolve)
{
    if (text.starts_with("unix:"))
        return std::vector<Endpoint>{Endpoint{{}, text.substr(5)}};
    const auto [host, port] = split_host_port(text);
    if (port.empty() && http)
        return endpoints_of(host, 80, resolve);
    const auto number = port_in(port);
    if (!number)
        return Error{"the port is not a number"};
    return endpoints_of(host, *number, resolve);
}

// Addresses as they are written, with their port, that something without a max_conns goes to: where it is.
using Unlimited = std::map<std::string, std::string, std::less<>>;

std::string as_dialled(std::string_view address, int default_port)
{
    if (address.starts_with("unix:") || !split_host_port(address).port.empty())
        return std::string(address);
    return std::string(address) + ":" + std::to_string(default_port);
}

// "http://10.0.0.1:8080/app", "http://unix:/run/a.sock:/app", "10.0.0.1:9000" of some *_pass.
std::string address_in_pass(std::string_view text)
{
    const auto scheme = text.find("://");
    const bool tls = scheme != std::string_view::npos && text.substr(0, scheme).ends_with('s');
    text.remove_prefix(scheme == std::string_view::npos ? 0 : scheme + 3);
    if (text.starts_with("unix:"))
        return std::string(text.substr(0, text.find(':', 5)));
    return as_dialled(text.substr(0, text.find('/')), tls ? 443 : 80);
}

// The depth of blocks is bounded by who parsed them.
void add_passes(const std::vector<Directive>& directives, Unlimited& into)
{
    for (const Directive& each : directives) {
        if (each.name.ends_with("_pass") && !each.arguments.empty())
            into.emplace(address_in_pass(each.arguments[0]), each.name + " (" + to_string(each.place) + ")");
        add_passes(each.block, into);
    }
}

// A pass that names an upstream has that one's port or none, and is no address of a server.
Unlimited unlimited_of(const Directive& context)
{
    Unlimited unlimited;
    add_passes(context.block, unlimited);
    for (const Directive& each : context.block)
        if (each.name == "upstream" && !each.arguments.empty())
            unlimited.erase(as_dialled(each.arguments[0], 80));
    for (const Directive& upstream : context.block)
        for (const Directive& server : upstream.block)
            if (upstream.name == "upstream" && server.name == "server" && !server.arguments.empty() &&
                !is_down(server) && max_conns_of(server).value == 0)
                unlimited.emplace(as_dialled(server.arguments[0], 80),
                                  "server (" + to_string(server.place) + ")");
    return unlimited;
}

class Upstreams {
  public:
    Upstreams(Reading& reading, Findings& findings, const Workers& workers, const Unlimited& unlimited)
        : reading_(reading)
        , findings_(findings)
        , workers_(workers)
        , unlimited_(unlimited)
    {
    }

    // CONTEXT: http or stream.
    void add(const Directive& upstream, const Directive& context)
    {
        http_ = context.name == "http";
        upstream_ = upstream.arguments.empty() ? "upstream" : upstream.arguments[0];
        zone_ = find(upstream.block, "zone");
        resolver_ = find(upstream.block, "resolver");
        if (!resolver_)
            resolver_ = find(context.block, "resolver");
        for (const Directive& server : upstream.block)
            if (server.name == "server" && !server.arguments.empty() && !is_down(server))
                add_server(server);
    }

  private:
    // Each address that a name has is a peer with slots of its own (ngx_http_upstream_module, "server").
    void add_server(const Directive& server)
    {
        const MaxConns max_conns = max_conns_of(server);
        if (!max_conns.understood)
            not_understood(findings_, server.place, "server " + server.arguments[0],
                           "max_conns is not a number");
        if (max_conns.value == 0) // 0 is nginx's word for none
            return;
        if (is_service(server)) {
            not_understood(findings_, server.place, "server " + server.arguments[0],
                           "its addresses and ports are in SRV records (service=), which are not asked for: "
                           "max_conns=" +
                               std::to_string(max_conns.value) + " holds for each of them");
            return;
        }
        const auto nobody = [](const std::string&) -> Result<std::vector<Address>> {
            return Error{"a name", ENOENT};
        };
        const bool resolves =
            has_word(server, "resolve") && !addresses_of(server.arguments[0], http_, nobody);
        auto members = addresses_of(server.arguments[0], http_, reading_.resolve);
        if (!members) {
            not_understood(findings_, server.place, "server " + server.arguments[0],
                           members.error().message + (resolves ? ": " + asks_resolver() : ""));
            return;
        }
        for (const Endpoint& member : *members)
            add_peer(server, max_conns.value, member, resolves);
    }

    // Not the hosts file, nor the resolvers of the host.
    std::string asks_resolver() const
    {
        return "nginx asks its own resolver, again and again" +
               (resolver_ ? " (" + to_string(resolver_->place) + ")" : "");
    }

    void add_peer(const Directive& server, std::uint32_t max_conns, const Endpoint& member, bool resolves)
    {
        const Directive* zone = zone_;
        const std::uint32_t shares = zone ? 1 : workers_.count;
        const std::uint32_t slots = max_conns > UINT32_MAX / shares ? UINT32_MAX : max_conns * shares;
        Limit limit = limit_at(server.place, upstream_ + "/" + to_string(member), slots,
                               http_ ? kHttpSlot : kStreamSlot);
        limit.kind = http_ ? SlotKind::calls : SlotKind::connections;
        limit.direction = Direction::outbound;
        limit.addresses = {member};
        limit.origin.setting = {"max_conns", max_conns, static_cast<double>(shares)};
        auto& lines = limit.origin.arithmetic;
        lines.push_back("max_conns=" + std::to_string(max_conns) + " (" + to_string(server.place) + ")");
        if (zone) {
            lines.push_back("all workers share it: zone (" + to_string(zone->place) + ")");
        } else {
            lines.push_back("x " + workers_.how + ": without a zone each worker counts for itself");
            if (shares > 1) { // one worker can be full while the others are not
                limit.origin.certainty = Certainty::at_most;
                lines.push_back("one worker may be at its " + std::to_string(max_conns) + " before all are");
            }
        }
        if (resolves) {
            lines.push_back("one of the addresses of " + server.arguments[0] + ", which have so many each");
            limit.origin.certainty = Certainty::unsure;
            limit.origin.doubt =
                "the addresses are those that this host has for the name; " + asks_resolver();
        }
        if (const auto beside = unlimited_.find(as_dialled(server.arguments[0], 80));
            beside != unlimited_.end()) {
            limit.origin.certainty = Certainty::unsure;
            limit.origin.doubt = "what goes to the same address by " + beside->second + " has no max_conns";
        }
        findings_.limits.push_back(std::move(limit));
    }

    Reading& reading_;
    Findings& findings_;
    const Workers& workers_;
    const Unlimited& unlimited_;
    bool http_ = true; // of the upstream that is being read, as the rest
    std::string upstream_;
    const Directive* zone_ = nullptr;
    const Directive* resolver_ = nullptr;
};

} // namespace

void add_upstreams(const std::vector<Directive>& directives, const Workers& workers, Reading& reading,
                   Findings& findings)
{
    for (const Directive& context : directives) {
        if (context.name != "http" && context.name != "stream")
            continue;
        const Unlimited unlimited = unlimited_of(context);
        Upstreams upstreams(reading, findings, workers, unlimited);
        for (const Directive& each : context.block)
            if (each.name == "upstream")
                upstreams.add(each, context);
    }
}

} // namespace slotscope::limits::nginx
