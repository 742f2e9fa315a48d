// SPDX-License-Identifier: MIT
#include "limits/caddy/caddy.h"

#include "limits/caddy/caddyfile.h"
#include "limits/document.h"
#include "limits/options.h"
#include "limits/text.h"

#include <algorithm>
#include <map>
#include <optional>

namespace slotscope::limits::caddy {
namespace {

constexpr const char* kSlot =
    "a request in flight to the upstream, of all handlers that go there; at the limit the next upstream is "
    "taken, else 503 \"no upstreams available\" (or it waits for lb_try_duration)";

// What one handler says of one upstream.
struct Upstream {
    std::string dial;       // "10.0.0.1:8080", "unix//run/a.sock"
    std::uint32_t most = 0; // 0: any number
    const char* word = "";
    Place place;
};

std::optional<std::uint32_t> number_in(std::string_view text, const char* name, const Place& place,
                                       Findings& findings)
{
    const auto number = count_in(text);
    if (!number)
        not_understood(findings, place, std::string(name) + " " + std::string(text), "not a number");
    return number;
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

void read_proxy(const Line& line, std::vector<Upstream>& into, Findings& findings)
{
    std::vector<Upstream> upstreams;
    const auto add = [&](const Line& from, std::size_t first) {
        for (std::size_t at = first; at < from.words.size(); ++at)
            upstreams.push_back({dial_of(from.words[at]), 0, "", from.place});
    };
    const std::string first = line.words.size() > 1 ? line.words[1] : "";
    const bool has_matcher = first == "*" || first.starts_with('@') || (first.starts_with('/'));
    add(line, has_matcher ? 2 : 1);
    std::optional<std::uint32_t> most;
    Place place;
    for (const Line& each : line.block) {
        if (each.words.empty())
            continue;
        if (each.words[0] == "to") {
            add(each, 1);
        } else if (each.words[0] == "unhealthy_request_count") {
            most = number_in(each.words.size() > 1 ? each.words[1] : "", "unhealthy_request_count",
                             each.place, findings);
            place = each.place;
        } else if (each.words[0] == "dynamic") {
            not_understood(findings, each.place, "dynamic",
                           "upstreams that change by the request are not followed");
        }
    }
    for (Upstream& upstream : upstreams) {
        if (most)
            upstream = {upstream.dial, *most, "unhealthy_request_count", place};
        into.push_back(std::move(upstream));
    }
}

void read_lines(const std::vector<Line>& lines, std::vector<Upstream>& into, Findings& findings)
{
    for (const Line& line : lines) {
        if (!line.words.empty() && (line.words[0] == "reverse_proxy" || line.words[0] == "php_fastcgi"))
            read_proxy(line, into, findings);
        else
            read_lines(line.block, into, findings);
    }
}

// A limit of an upstream's own holds, else that of the passive health check (reverseproxy.go, Provision).
void read_handler(const Node& handler, const std::string& path, std::vector<Upstream>& into,
                  Findings& findings)
{
    const Node& passive = handler.at({"health_checks", "passive", "unhealthy_request_count"});
    for (const Node& each : handler["upstreams"].items) {
        Upstream upstream{each["dial"].text, 0, "", {path, each.line}};
        const Node& own = each["max_requests"];
        for (const auto& [node, word] :
             {std::pair{&passive, "unhealthy_request_count"}, {&own, "max_requests"}}) {
            if (!*node || node->text == "0")
                continue;
            upstream.place = {path, node->line};
            upstream.word = word;
            upstream.most = number_in(node->text, word, upstream.place, findings).value_or(0);
        }
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

void read_json(Reading& reading, Findings& findings, const std::string& path, std::vector<Upstream>& into)
{
    const auto content = limits::read_file(reading, findings, path);
    if (!content)
        return;
    const Documents documents = parse_documents(*content);
    if (!documents.wrong.empty()) {
        findings.incomplete = true;
        not_understood(findings, {path, documents.line}, "", documents.wrong);
    }
    for (const Node& each : documents.list)
        read_tree(each, path, into, findings);
}

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

void add_limit(const std::string& dial, const std::vector<const Upstream*>& handlers, Reading& reading,
               Findings& findings)
{
    const Upstream& most = **std::max_element(handlers.begin(), handlers.end(),
                                              [](const auto* a, const auto* b) { return a->most < b->most; });
    if (most.most == 0)
        return;
    auto members = endpoints_of_dial(dial, reading.resolve);
    if (!members) {
        not_understood(findings, most.place, dial, members.error().message);
        return;
    }
    Limit limit = limit_at(most.place, "caddy/" + dial, most.most, kSlot);
    limit.kind = SlotKind::calls;
    limit.direction = Direction::outbound;
    limit.addresses = std::move(members).value();
    for (const Upstream* each : handlers) {
        if (each->most == 0) {
            limit.origin.certainty = Certainty::unsure;
            limit.origin.doubt =
                "a handler goes to the same address without a limit (" + to_string(each->place) + ")";
            continue;
        }
        limit.origin.arithmetic.push_back(std::string(each->word) + " " + std::to_string(each->most) + " (" +
                                          to_string(each->place) + ")");
        if (each->most != most.most && limit.origin.certainty == Certainty::certain)
            limit.origin.certainty = Certainty::at_most;
    }
    limit.origin.setting = {std::string(most.word), most.most, handlers.size() > 1 ? 0.0 : 1.0};
    if (limit.origin.arithmetic.size() > 1)
        limit.origin.arithmetic.push_back("the requests of all handlers count; each stops at its own limit");
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
    std::vector<Upstream> upstreams;
    const std::string file = reading.files.absolute(path);
    if (is_caddyfile(reading.instance.main.argv, path))
        read_lines(read_caddyfile(reading, findings, file), upstreams, findings);
    else
        read_json(reading, findings, file, upstreams);
    std::map<std::string, std::vector<const Upstream*>> by_dial;
    for (const Upstream& each : upstreams)
        by_dial[each.dial].push_back(&each);
    for (const auto& [dial, handlers] : by_dial)
        add_limit(dial, handlers, reading, findings);
}

} // namespace slotscope::limits::caddy
