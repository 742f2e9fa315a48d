// SPDX-License-Identifier: MIT
#include "limits/haproxy/fronts.h"

#include "limits/haproxy/rules.h"
#include "limits/text.h"

#include <algorithm>
#include <numeric>

namespace slotscope::limits::haproxy {
namespace {

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

Limit limit_of(const Count& maxconn, std::string name, std::vector<Endpoint> addresses)
{
    Limit limit = limit_at(maxconn.place, std::move(name), maxconn.value, kFrontSlot);
    limit.direction = Direction::inbound;
    limit.addresses = std::move(addresses);
    return limit;
}

// WHOLE: its maxconn, which they can be short of; absent: they cannot.
Limit limit_of_its_own(const Front& front, const std::optional<Count>& whole)
{
    Limit limit = limit_of(*front.maxconn, front.proxy, front.addresses);
    limit.origin.arithmetic.push_back(described("maxconn", *front.maxconn) + " of frontend " + front.proxy);
    if (whole) {
        limit.origin.certainty = Certainty::at_most;
        limit.origin.arithmetic.push_back("all frontends together may not have more than " +
                                          described("maxconn", *whole) +
                                          ": what others have of it may be missing here");
    }
    return limit;
}

std::string names_of(const std::vector<Front>& fronts)
{
    constexpr std::size_t kMostNames = 8;
    std::string names;
    for (std::size_t index = 0; index < std::min(fronts.size(), kMostNames); ++index)
        names += (index == 0 ? "" : ", ") + fronts[index].proxy;
    return names + (fronts.size() > kMostNames ? ", ..." : "");
}

Limit limit_that_is_shared(const Count& whole, const std::vector<Front>& sharing,
                           const std::vector<Front>& others)
{
    std::vector<Endpoint> addresses;
    for (const Front& front : sharing)
        addresses.insert(addresses.end(), front.addresses.begin(), front.addresses.end());
    const bool one = sharing.size() == 1;
    Limit limit = limit_of(whole, one ? sharing[0].proxy : "haproxy", std::move(addresses));
    limit.origin.setting = {"maxconn in global", whole.value};
    auto& lines = limit.origin.arithmetic;
    lines.push_back(described("maxconn", whole) + " of the whole process" +
                    (one && others.empty() ? ", which has no other frontend"
                     : one                 ? ""
                                           : ": its frontends share it (" + names_of(sharing) + ")"));
    if (!others.empty()) {
        limit.origin.certainty = Certainty::at_most;
        lines.push_back("what " + names_of(others) + " " + (others.size() == 1 ? "has" : "have") +
                        " open is of it, too, and missing here");
    }
    return limit;
}

} // namespace

Front front_of(const Proxy& proxy, Reading& reading, Findings& findings)
{
    Front front{proxy.name, proxy.maxconn, {}};
    for (const Bind& bind : proxy.binds)
        add_bind(bind, reading, findings, front.addresses);
    return front;
}

std::vector<Limit> limits_of(const std::vector<Front>& fronts, const std::optional<Count>& whole)
{
    const bool bounded = whole && whole->value != 0;
    std::vector<Front> sharing;
    std::vector<Front> others; // with less of their own
    for (const Front& front : fronts) {
        const bool own =
            front.maxconn && front.maxconn->value != 0 && (!bounded || front.maxconn->value < whole->value);
        (own ? others : sharing).push_back(front);
    }
    const std::uint64_t wanted =
        std::accumulate(others.begin(), others.end(), std::uint64_t{0},
                        [](std::uint64_t sum, const Front& each) { return sum + each.maxconn->value; });
    const bool may_lack = bounded && (!sharing.empty() || wanted > whole->value);
    std::vector<Limit> limits;
    for (const Front& each : others)
        limits.push_back(limit_of_its_own(each, may_lack ? whole : std::nullopt));
    if (bounded && !sharing.empty())
        limits.push_back(limit_that_is_shared(*whole, sharing, others));
    std::erase_if(limits, [](const Limit& each) { return each.addresses.empty(); });
    return limits;
}

} // namespace slotscope::limits::haproxy
