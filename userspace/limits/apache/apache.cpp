// SPDX-License-Identifier: MIT
#include "limits/apache/apache.h"

#include "limits/apache/directives.h"
#include "limits/apache/workers.h"
#include "limits/text.h"

#include <algorithm>
#include <map>

namespace slotscope::limits::apache {
namespace {

constexpr const char* kPoolSlot = "a connection of the pool that a request has taken; one that is given back "
                                  "is free; at the limit requests "
                                  "wait for `acquire`, else 503 (AH00941)";
constexpr const char* kProcessSlot =
    "a connection to the client, idle ones in keep-alive too: one of a process; the next ones wait in the "
    "listen backlog";
constexpr const char* kEventSlot =
    "a thread that serves a request; connections in keep-alive or that write are not counted; the next ones "
    "wait in the listen backlog";

struct Scheme {
    std::string_view name;
    std::uint16_t port;
};
constexpr Scheme kSchemes[] = {{"http", 80},   {"https", 443},  {"ajp", 8009}, {"fcgi", 8000},
                               {"ws", 80},     {"wss", 443},    {"h2", 443},   {"h2c", 80},
                               {"scgi", 4000}, {"uwsgi", 3031}, {"ftp", 21}};

// "http://10.0.0.1:8080/app", "unix:/run/a.sock|fcgi://localhost/": where it goes to.
Result<std::vector<Endpoint>> endpoints_of_url(std::string_view url, const Resolve& resolve)
{
    if (url.starts_with("unix:")) {
        const std::string_view path = url.substr(5, url.find('|') - 5);
        if (!path.starts_with('/'))
            return Error{"its path is not absolute"};
        return std::vector<Endpoint>{Endpoint{{}, std::string(path)}};
    }
    const auto colon = url.find("://");
    const auto scheme = std::find_if(std::begin(kSchemes), std::end(kSchemes), [&](const Scheme& each) {
        return colon != std::string_view::npos && equal_words(each.name, url.substr(0, colon));
    });
    if (scheme == std::end(kSchemes))
        return Error{"this kind of address is not followed"};
    std::string_view authority = url.substr(colon + 3);
    authority = authority.substr(0, authority.find('/'));
    const auto [host, port] = split_host_port(authority);
    const auto number = port.empty() ? scheme->port : port_in(port);
    if (!number)
        return Error{"the port is not a number"};
    if (host.find('$') != std::string_view::npos)
        return Error{"the host depends on the request"};
    return endpoints_of(host, *number, resolve);
}

// One worker of mod_proxy: a pool of connections in each process.
struct Pool {
    std::string url;
    std::uint32_t most = 0; // max=; 0: as many as threads
    Place place;
};
// By virtual host, balancer and address: what several hosts pass on to one address they do with pools of
// their own.
struct PoolKey {
    std::string host;
    std::string balancer;
    std::string url;
    auto operator<=>(const PoolKey&) const = default; // NOLINT(modernize-use-nullptr)
};
using Pools = std::map<PoolKey, Pool>;

std::string without_end(std::string url)
{
    while (url.ends_with('/'))
        url.pop_back();
    return url;
}

bool is_balancer(std::string_view url)
{
    return url.starts_with("balancer:");
}

// The address of the <Proxy> or <Location> that the directive stands in; empty for none.
std::string section_of(const Directive& directive, std::string_view name)
{
    for (auto each = directive.sections.rbegin(); each != directive.sections.rend(); ++each)
        if (each->starts_with(name) && each->size() > name.size() && (*each)[name.size()] == ' ')
            return without_end(each->substr(name.size() + 1));
    return {};
}

class Reader {
  public:
    Reader(Findings& findings, Pools& into)
        : findings_(findings)
        , into_(into)
    {
    }

    void take(const Directive& directive)
    {
        std::vector<std::string> words = directive.arguments;
        std::string balancer;
        if (directive.name == "balancermember" || directive.name == "proxyset") {
            balancer = section_of(directive, "proxy");
            if (!words.empty() && (is_balancer(words[0]) || words[0].find("://") != std::string::npos) &&
                (directive.name == "proxyset" ||
                 (words.size() > 1 && words[1].find("://") != std::string::npos))) {
                balancer = without_end(words[0]);
                words.erase(words.begin());
            }
        }
        std::string url;
        if (directive.name == "proxyset") {
            url = balancer;
            balancer.clear();
        } else if (directive.name == "balancermember") {
            url = words.empty() ? "" : words[0];
        } else if (directive.name == "proxypass" || directive.name == "proxypassmatch") {
            const bool in_location =
                !section_of(directive, "location").empty() || !section_of(directive, "locationmatch").empty();
            const std::size_t at = in_location ? 0 : 1;
            url = words.size() > at ? words[at] : "";
        } else {
            return;
        }
        if (!url.empty() && url != "!" && !is_balancer(url))
            set(balancer, without_end(url), words, directive);
    }

  private:
    void set(const std::string& balancer, const std::string& url, const std::vector<std::string>& words,
             const Directive& directive)
    {
        constexpr std::string_view kOption = "max=";
        for (const std::string& word : words) {
            if (!word.starts_with(kOption))
                continue;
            const auto most = count_in(std::string_view(word).substr(kOption.size()));
            if (!most)
                not_understood(findings_, directive.place, word, "not a number of connections");
            else if (*most > 0)
                into_[{section_of(directive, "virtualhost"), balancer, url}] = {url, *most, directive.place};
        }
    }

    Findings& findings_;
    Pools& into_;
};

std::string name_of(const std::string& balancer, const std::string& url)
{
    const auto part = [](const std::string& text) {
        const auto colon = text.find("://");
        return colon == std::string::npos ? text : text.substr(colon + 3);
    };
    return balancer.empty() ? "apache/" + part(url) : part(balancer) + "/" + part(url);
}

void add_pool(const std::string& name, const Pool& pool, const Workers& workers, Reading& reading,
              Findings& findings)
{
    auto members = endpoints_of_url(pool.url, reading.resolve);
    if (!members) {
        not_understood(findings, pool.place, pool.url, members.error().message);
        return;
    }
    const std::uint32_t each = std::min(pool.most, workers.threads);
    Limit limit = limit_at(pool.place, name, each * workers.processes, kPoolSlot);
    limit.kind = SlotKind::calls;
    limit.direction = Direction::outbound;
    limit.addresses = std::move(members).value();
    // With a connection for each thread already, a larger max= is of no use.
    limit.origin.setting = pool.most >= workers.threads
                               ? LimitSetting{"", 0, 0}
                               : LimitSetting{"max=", pool.most, static_cast<double>(workers.processes)};
    auto& lines = limit.origin.arithmetic;
    lines.push_back("max=" + std::to_string(pool.most) + " (" + to_string(pool.place) + ")");
    if (each < pool.most)
        lines.push_back("a process has " + counted(workers.threads, "thread") + ", and needs no more");
    lines.push_back("x " + std::to_string(workers.processes) + " processes: each has a pool of its own");
    for (const std::string& line : workers.arithmetic)
        lines.push_back("  " + line);
    if (workers.processes > 1) { // one process can be full while the others are not, or not started
        limit.origin.certainty = Certainty::at_most;
        lines.push_back("one process may be at its " + std::to_string(each) +
                        " before all are, and not all run with little load");
    }
    if (!workers.sure) {
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt = "which multi-processing module is built in is not known: taken for event";
    }
    findings.limits.push_back(std::move(limit));
}

void add_workers(const Workers& workers, Reading& reading, Findings& findings)
{
    Limit limit = limit_at(workers.place, "apache", workers.workers,
                           workers.module == Module::event ? kEventSlot : kProcessSlot);
    limit.kind = workers.module == Module::event ? SlotKind::calls : SlotKind::connections;
    limit.direction = Direction::inbound;
    limit.addresses = reading.instance.listening;
    limit.origin.arithmetic = workers.arithmetic;
    limit.origin.setting = workers.setting;
    // event.c, "have_idle_worker": with no other one free it counts as none, and the process takes nothing.
    if (workers.module == Module::event && workers.processes > 1)
        limit.origin.arithmetic.push_back(
            "some may wait from " + std::to_string(workers.workers - workers.processes) +
            " on: a process keeps a thread for a connection that another process was faster to take");
    if (!workers.sure) {
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt = "which multi-processing module is built in is not known: taken for event";
    }
    if (!limit.addresses.empty())
        findings.limits.push_back(std::move(limit));
}

} // namespace

bool is_one(const RunningProcess& process)
{
    const auto name = base_name(process.executable);
    return name == "apache2" || name == "httpd";
}

WorkersByAge by_age(const Instance& instance, const WorkerCounts&)
{
    WorkersByAge result;
    for (const RunningProcess& each : instance.children)
        (each.leaving ? result.older : result.serving).push_back(each);
    return result;
}

void read(Reading& reading, Findings& findings)
{
    const Configuration configuration = read_configuration(reading, findings);
    Pools pools;
    Reader reader(findings, pools);
    for (const Directive& each : configuration.directives)
        reader.take(each);
    const auto workers = workers_of(configuration, findings);
    if (!workers || (configuration.directives.empty() && findings.incomplete))
        return;
    for (const auto& [key, pool] : pools)
        add_pool(name_of(key.balancer, key.url), pool, *workers, reading, findings);
    add_workers(*workers, reading, findings);
}

} // namespace slotscope::limits::apache
