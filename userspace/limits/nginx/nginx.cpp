// SPDX-License-Identifier: MIT
#include "limits/nginx/nginx.h"

#include "limits/nginx/connections.h"
#include "limits/nginx/directives.h"
#include "limits/text.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <thread>

namespace slotscope::limits::nginx {
namespace {

constexpr const char* kHttpSlot =
    "a request that uses a connection to the server; one that goes back to the keepalive "
    "pool is free; at the limit the next server is tried, else 502 at once";
constexpr const char* kStreamSlot = "a connection to the server; at the limit the next server is tried";

// What the command line says; the master's title has it as one text behind its name.
struct CommandLine {
    std::string configuration;
    std::string prefix;
    std::vector<Directive> directives; // -g
};

std::string default_configuration(const std::string& executable)
{
    constexpr std::string_view kOpenresty = "/nginx/sbin/nginx"; // /usr/local/openresty/nginx/sbin/nginx
    if (executable.ends_with(kOpenresty) || executable == "/usr/local/nginx/sbin/nginx")
        return executable.substr(0, executable.rfind("/sbin/")) + "/conf/nginx.conf";
    return "/etc/nginx/nginx.conf";
}

bool is_packaged(std::string_view executable)
{
    return executable.starts_with("/usr/sbin/") || executable.starts_with("/usr/bin/");
}

CommandLine read_command_line(const RunningProcess& process)
{
    std::string title;
    for (const std::string& word : process.argv)
        title += (title.empty() ? "" : " ") + word;
    const auto words = words_of(title);
    CommandLine line;
    std::string global;
    for (std::size_t at = 0; at + 1 < words.size(); ++at) {
        if (words[at] == "-c")
            line.configuration = words[++at];
        else if (words[at] == "-p")
            line.prefix = words[++at];
        else if (words[at] == "-g") // where its text ends cannot be seen in a title: at the next option
            while (at + 1 < words.size() && !words[at + 1].starts_with('-'))
                global.append(words[++at]).append(" ");
    }
    line.directives = parse_directives(global, {"command line", 0});
    if (line.configuration.empty()) // a package's is absolute (nginx -V, --conf-path): -p does not move it
        line.configuration = line.prefix.empty() || is_packaged(process.executable)
                                 ? default_configuration(process.executable)
                                 : "conf/nginx.conf";
    if (!line.configuration.starts_with('/') && !line.prefix.empty())
        line.configuration = line.prefix + (line.prefix.ends_with('/') ? "" : "/") + line.configuration;
    return line;
}

const Directive* find(const std::vector<Directive>& directives, std::string_view name)
{
    const auto found = std::find_if(directives.begin(), directives.end(),
                                    [&](const Directive& each) { return each.name == name; });
    return found == directives.end() ? nullptr : &*found;
}

Workers count_workers(const std::vector<Directive>& directives, const Instance& instance)
{
    const Directive* written = find(directives, "worker_processes");
    const std::string at = written ? " (" + to_string(written->place) + ")" : "";
    if (const Directive* master = find(directives, "master_process");
        master && !master->arguments.empty() && master->arguments[0] == "off")
        return {1, "1 process: master_process off (" + to_string(master->place) + ")", false};
    if (!written || written->arguments.empty())
        return {1, "1 worker process: worker_processes is not set"};
    if (const auto number = count_in(written->arguments[0]); number && *number > 0)
        return {*number, "worker_processes " + std::to_string(*number) + at};
    const auto serving = static_cast<std::uint32_t>(
        std::count_if(instance.children.begin(), instance.children.end(), is_serving_worker));
    if (serving > 0)
        return {serving,
                "worker_processes " + written->arguments[0] + at + ": " + std::to_string(serving) + " run"};
    const std::uint32_t processors = std::max(1U, std::thread::hardware_concurrency());
    return {processors, "worker_processes " + written->arguments[0] + at + ": as many as processors, " +
                            std::to_string(processors)};
}

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

class Upstreams {
  public:
    Upstreams(Reading& reading, Findings& findings, Workers workers)
        : reading_(reading)
        , findings_(findings)
        , workers_(std::move(workers))
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
        findings_.limits.push_back(std::move(limit));
    }

    Reading& reading_;
    Findings& findings_;
    Workers workers_;
    bool http_ = true; // of the upstream that is being read, as the rest
    std::string upstream_;
    const Directive* zone_ = nullptr;
    const Directive* resolver_ = nullptr;
};

} // namespace

bool is_one(const RunningProcess& process)
{
    const auto name = base_name(process.executable);
    return name == "nginx" || name == "openresty" || name == "nginx-debug";
}

namespace {

// What nginx writes in place of its command line (ngx_setproctitle).
bool has_title(const RunningProcess& process, std::string_view part)
{
    return !process.argv.empty() && process.argv[0].find(part) != std::string::npos;
}

} // namespace

bool is_serving_worker(const RunningProcess& process)
{
    return has_title(process, "worker process") && !has_title(process, "shutting down");
}

WorkersByAge by_age(const Instance& instance, const WorkerCounts&)
{
    WorkersByAge result; // without the cache's processes
    for (const RunningProcess& each : instance.children)
        if (is_serving_worker(each))
            result.serving.push_back(each);
        else if (has_title(each, "worker process"))
            result.older.push_back(each);
    return result;
}

void read(Reading& reading, Findings& findings)
{
    CommandLine line = read_command_line(reading.instance.main);
    std::vector<Directive> directives = read_directives(
        reading, findings, line.configuration, directory_of(reading.files.absolute(line.configuration)));
    for (Directive& each : line.directives)
        directives.push_back(std::move(each));
    const Workers workers = count_workers(directives, reading.instance);
    add_worker_connections(directives, workers, reading, findings);
    Upstreams upstreams(reading, findings, workers);
    for (const Directive& context : directives)
        if (context.name == "http" || context.name == "stream")
            for (const Directive& each : context.block)
                if (each.name == "upstream")
                    upstreams.add(each, context);
}

} // namespace slotscope::limits::nginx
