// SPDX-License-Identifier: MIT
#include "limits/apache/apache.h"

#include "limits/apache/pools.h"
#include "limits/apache/workers.h"
#include "limits/text.h"

#include <algorithm>

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

std::string name_of(const Pool& pool)
{
    const auto part = [](std::string text) {
        const auto colon = text.find("://");
        text.erase(0, colon == std::string::npos ? 0 : colon + 3);
        while (text.ends_with('/'))
            text.pop_back();
        return text;
    };
    return (pool.balancer.empty() ? "apache" : part(pool.balancer)) + "/" + part(pool.url);
}

void add_pool(const Pool& pool, const Workers& workers, Reading& reading, Findings& findings)
{
    auto members = endpoints_of_url(pool.url, reading.resolve);
    if (!members) {
        not_understood(findings, pool.place, pool.url, members.error().message);
        return;
    }
    const std::uint32_t each = std::min(pool.most, workers.threads);
    const std::uint64_t slots = std::uint64_t{each} * workers.processes * pool.copies;
    Limit limit = limit_at(pool.place, name_of(pool),
                           static_cast<std::uint32_t>(std::min<std::uint64_t>(slots, UINT32_MAX)), kPoolSlot);
    limit.kind = SlotKind::calls;
    limit.direction = Direction::outbound;
    limit.addresses = std::move(members).value();
    // With a connection for each thread already, a larger max= is of no use.
    limit.origin.setting =
        pool.most >= workers.threads
            ? LimitSetting{"", 0, 0}
            : LimitSetting{"max=", pool.most, static_cast<double>(workers.processes) * pool.copies};
    auto& lines = limit.origin.arithmetic;
    lines.push_back("max=" + std::to_string(pool.most) + " (" + to_string(pool.place) + ")");
    if (each < pool.most)
        lines.push_back("a process has " + counted(workers.threads, "thread") + ", and needs no more");
    lines.push_back("x " + std::to_string(workers.processes) + " processes: each has a pool of its own");
    for (const std::string& line : workers.arithmetic)
        lines.push_back("  " + line);
    if (pool.copies > 1)
        lines.push_back("x " + std::to_string(pool.copies) +
                        (pool.host == 0 ? ": the main server's, and a copy in each virtual host that has "
                                          "pools of its own"
                                        : " virtual hosts, each of which has a pool of its own"));
    if (workers.processes > 1 ||
        pool.copies > 1) { // one can be full while the others are not, or not started
        limit.origin.certainty = Certainty::at_most;
        lines.push_back("one pool may be at its " + std::to_string(each) +
                        " before all are, and not all processes run with little load");
    }
    if (!workers.sure) {
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt = "which multi-processing module is built in is not known: taken for event";
    }
    findings.limits.push_back(std::move(limit));
}

// As many connections as threads go to the same address beside what max= allows.
void doubt_what_is_beside(const Pool& pool, Reading& reading, Findings& findings)
{
    if (findings.limits.empty())
        return;
    const auto members = endpoints_of_url(pool.url, reading.resolve);
    for (Limit& limit : findings.limits) {
        if (!members || limit.addresses != *members)
            continue;
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt = "what goes to the same address by " + to_string(pool.place) + " has no max=";
    }
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
    const std::vector<Pool> pools = pools_of(configuration, findings);
    const auto workers = workers_of(configuration, findings);
    if (!workers || (configuration.directives.empty() && findings.incomplete))
        return;
    for (const Pool& pool : pools)
        if (pool.most > 0)
            add_pool(pool, *workers, reading, findings);
    for (const Pool& pool : pools)
        if (pool.most == 0)
            doubt_what_is_beside(pool, reading, findings);
    add_workers(*workers, reading, findings);
}

} // namespace slotscope::limits::apache
