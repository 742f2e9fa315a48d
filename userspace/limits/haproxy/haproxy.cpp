// SPDX-License-Identifier: MIT
#include "limits/haproxy/haproxy.h"

#include "limits/haproxy/fronts.h"
#include "limits/haproxy/servers.h"
#include "limits/text.h"

#include <algorithm>

namespace slotscope::limits::haproxy {
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
    const Processes processes = processes_of(configuration, reading.instance);
    const Unlimited unlimited = unlimited_servers(configuration);
    RunTime& run_time = findings.run_time;
    if (!processes.written) // else one process answers, for itself
        run_time.sockets = configuration.stats_sockets;
    run_time.maxconn = configuration.maxconn;
    Findings unsaid; // without a maxconn there is no limit that these addresses matter to
    for (const Proxy& proxy : configuration.proxies) {
        if (proxy.section != Section::frontend)
            for (const Server& server : proxy.servers)
                add_server(proxy, server, processes, unlimited, reading, findings);
        if (proxy.section != Section::backend && !proxy.binds.empty())
            run_time.fronts.push_back(
                front_of(proxy, reading, proxy.maxconn || configuration.maxconn ? findings : unsaid));
    }
    for (Limit& limit : limits_of(run_time.fronts, run_time.maxconn)) {
        count_for_all(processes, limit);
        findings.limits.push_back(std::move(limit));
    }
    if (!configuration.condition)
        return;
    for (Limit& limit : findings.limits) { // a default that is left out may be another server's limit
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt =
            "lines between .if and .endif are left out (" + to_string(*configuration.condition) + ")";
    }
}

} // namespace slotscope::limits::haproxy
