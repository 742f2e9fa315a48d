// SPDX-License-Identifier: MIT
#include "limits/caddy/upstreams.h"

#include "limits/caddy/caddyfile.h"
#include "limits/document.h"
#include "limits/text.h"

#include <algorithm>
#include <optional>
#include <set>

namespace slotscope::limits::caddy {
namespace {

constexpr const char* kRequests = "unhealthy_request_count";
constexpr const char* kOwnRequests = "max_requests";
constexpr const char* kConnections = "max_conns_per_host";

Bound bound_of(std::string_view text, const char* word, const Place& place, Findings& findings)
{
    const auto number = count_in(text);
    if (!number && !text.starts_with('-')) // what is less than none is none (net/http, MaxConnsPerHost)
        not_understood(findings, place, std::string(word) + " " + std::string(text), "not a number");
    return {number.value_or(0), word, place};
}

// What a handler's transport says, of which only that of HTTP has a limit (httptransport.go).
struct Transport {
    Bound connections;
    bool tls = false;
    std::vector<std::string> versions;
};

bool has(const std::vector<std::string>& words, std::string_view word)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

void put_connections(const Transport& transport, Upstream& into, Findings& findings)
{
    if (transport.connections.most == 0)
        return;
    if (has(transport.versions, "h2c") || has(transport.versions, "3")) {
        // Before 2.10 h2c has a transport without the limit; HTTP/3 has none that is of TCP.
        not_understood(findings, transport.connections.place, kConnections,
                       "with h2c or HTTP/3 it does not tell how many requests are let in");
        return;
    }
    into.connections = transport.connections;
    into.multiplexed = transport.tls && (transport.versions.empty() || has(transport.versions, "2"));
}

// "localhost", "http://app:8080", ":8080", "h2c://app", "unix//run/a.sock" -> as Caddy dials it.
std::string dial_of(std::string_view text)
{
    std::string_view default_port = "80";
    const auto scheme = text.find("://");
    if (scheme != std::string_view::npos) {
        if (text.starts_with("https"))
            default_port = "443";
        text.remove_prefix(scheme + 3);
        text = text.substr(0, text.find('/'));
    } else if (text.starts_with("unix/")) {
        return std::string(text);
    }
    const auto [host, port] = split_host_port(text);
    return std::string(host) + ":" + std::string(port.empty() ? default_port : port);
}

class CaddyfileProxies {
  public:
    CaddyfileProxies(std::vector<Upstream>& into, Findings& findings)
        : into_(into)
        , findings_(findings)
    {
    }

    void read_sites(const std::vector<Line>& lines)
    {
        const auto first = std::find_if(lines.begin(), lines.end(), // behind the options of the whole
                                        [](const Line& line) { return !line.words.empty(); });
        if (first == lines.end())
            return;
        handlers_ = ports_of(first->words);
        if (first->block.empty()) // a single site without braces
            return read_lines(lines);
        for (const Line& line : lines) {
            handlers_ = ports_of(line.words);
            read_lines(line.block);
        }
    }

  private:
    // A site is served by a server for each of its ports, and each has handlers of its own (httptype.go).
    static std::uint32_t ports_of(const std::vector<std::string>& addresses)
    {
        std::set<std::string> ports;
        for (std::string_view address : addresses) {
            if (address.ends_with(','))
                address.remove_suffix(1);
            const bool plain = address.starts_with("http://");
            const auto scheme = address.find("://");
            address = address.substr(scheme == std::string_view::npos ? 0 : scheme + 3);
            const auto port = split_host_port(address.substr(0, address.find('/'))).port;
            ports.emplace(!port.empty() ? port : plain ? "80" : "443");
        }
        return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(ports.size()));
    }

    void read_lines(const std::vector<Line>& lines)
    {
        constexpr std::string_view kProxies[] = {"reverse_proxy", "php_fastcgi", "forward_auth"};
        for (const Line& line : lines) {
            const bool is_proxy = !line.words.empty() && std::find(std::begin(kProxies), std::end(kProxies),
                                                                   line.words[0]) != std::end(kProxies);
            if (is_proxy)
                read_proxy(line);
            else
                read_lines(line.block);
        }
    }

    void read_proxy(const Line& line)
    {
        std::vector<Upstream> upstreams;
        Transport transport;
        Bound requests;
        const auto add = [&](const Line& from, std::size_t first) {
            for (std::size_t at = first; at < from.words.size(); ++at) {
                const std::string& word = from.words[at];
                transport.tls = transport.tls || word.starts_with("https://");
                if (word.starts_with("h2c://") || word.starts_with("unix+h2c/"))
                    transport.versions = {"h2c", "2"};
                upstreams.push_back({dial_of(word), from.place, {}, {}, handlers_, false});
            }
        };
        const std::string first = line.words.size() > 1 ? line.words[1] : "";
        const bool has_matcher = first == "*" || first.starts_with('@') || first.starts_with('/');
        add(line, has_matcher ? 2 : 1);
        for (const Line& each : line.block) {
            if (each.words.empty())
                continue;
            if (each.words[0] == "to")
                add(each, 1);
            else if (each.words[0] == kRequests)
                requests = number_of(each, kRequests);
            else if (each.words[0] == "transport" && each.words.size() > 1 && each.words[1] == "http")
                read_transport(each.block, transport);
            else if (each.words[0] == "dynamic")
                not_understood(findings_, each.place, "dynamic",
                               "upstreams that change by the request are not followed");
            else if (each.words[0] == "handle_response")
                read_lines(each.block);
        }
        for (Upstream& upstream : upstreams) {
            upstream.requests = requests;
            put_connections(transport, upstream, findings_);
            into_.push_back(std::move(upstream));
        }
    }

    void read_transport(const std::vector<Line>& lines, Transport& into)
    {
        for (const Line& line : lines) {
            const std::string word = line.words.empty() ? "" : line.words[0];
            if (word == kConnections)
                into.connections = number_of(line, kConnections);
            else if (word == "versions")
                into.versions.assign(line.words.begin() + 1, line.words.end());
            else
                into.tls = into.tls || word.starts_with("tls"); // each option of TLS switches it on
        }
    }

    Bound number_of(const Line& line, const char* word)
    {
        return bound_of(line.words.size() > 1 ? line.words[1] : "", word, line.place, findings_);
    }

    std::vector<Upstream>& into_;
    Findings& findings_;
    std::uint32_t handlers_ = 1; // that each of the site's becomes
};

Transport transport_of(const Node& node, const std::string& path, Findings& findings)
{
    Transport transport;
    if (!node["protocol"].text.starts_with("http"))
        return transport;
    if (const Node& most = node[kConnections])
        transport.connections = bound_of(most.text, kConnections, {path, most.line}, findings);
    transport.tls = static_cast<bool>(node["tls"]);
    for (const Node& version : node["versions"].items)
        transport.versions.push_back(version.text);
    return transport;
}

// A limit of an upstream's own holds, else that of the passive health check (reverseproxy.go, Provision).
void read_handler(const Node& handler, const std::string& path, std::vector<Upstream>& into,
                  Findings& findings)
{
    const Node& passive = handler.at({"health_checks", "passive", kRequests});
    const Transport transport = transport_of(handler["transport"], path, findings);
    for (const Node& each : handler["upstreams"].items) {
        Upstream upstream{each["dial"].text, {path, each.line}, {}, {}, 1, false};
        const Node& own = each[kOwnRequests];
        for (const auto& [node, word] : {std::pair{&passive, kRequests}, {&own, kOwnRequests}})
            if (*node && node->text != "0")
                upstream.requests = bound_of(node->text, word, {path, node->line}, findings);
        put_connections(transport, upstream, findings);
        into.push_back(std::move(upstream));
    }
    if (const Node& dynamic = handler["dynamic_upstreams"])
        not_understood(findings, {path, dynamic.line}, "dynamic_upstreams",
                       "upstreams that change by the request are not followed");
}

void read_tree(const Node& node, const std::string& path, std::vector<Upstream>& into, Findings& findings)
{
    if (node["handler"].text == "reverse_proxy")
        read_handler(node, path, into, findings);
    for (const Node& each : node.items)
        read_tree(each, path, into, findings);
    for (const auto& [name, value] : node.members)
        read_tree(value, path, into, findings);
}

} // namespace

std::vector<Upstream> read_upstreams_of_caddyfile(Reading& reading, Findings& findings,
                                                  const std::string& path)
{
    std::vector<Upstream> upstreams;
    CaddyfileProxies(upstreams, findings).read_sites(read_caddyfile(reading, findings, path));
    return upstreams;
}

std::vector<Upstream> read_upstreams_of_json(Reading& reading, Findings& findings, const std::string& path)
{
    std::vector<Upstream> upstreams;
    const auto content = limits::read_file(reading, findings, path);
    if (!content)
        return upstreams;
    const Documents documents = parse_documents(*content);
    if (!documents.wrong.empty()) {
        findings.incomplete = true;
        not_understood(findings, {path, documents.line}, "", documents.wrong);
    }
    for (const Node& each : documents.list)
        read_tree(each, path, upstreams, findings);
    return upstreams;
}

} // namespace slotscope::limits::caddy
