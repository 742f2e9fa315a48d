// SPDX-License-Identifier: MIT
#include "limits/nginx/connections.h"

#include "limits/text.h"

#include <algorithm>
#include <optional>

namespace slotscope::limits::nginx {
namespace {

constexpr const char* kClientSlot =
    "a request of a client with its connection, and with the one to the server that it is passed on to; idle "
    "clients give way; at the limit new connections are closed at once";

struct Setting {
    std::uint32_t value = 0;
    std::string described; // "worker_connections 1024 (/etc/nginx/nginx.conf:9)"
    Place place;
    const char* name = "worker_connections"; // what has to be raised for more
};

std::optional<Setting> find_count(const std::vector<Directive>& directives, std::string_view name)
{
    std::optional<Setting> found;
    for (const Directive& each : directives)
        if (each.name == name && !each.arguments.empty())
            if (const auto number = count_in(each.arguments[0]))
                found = {*number, each.name + " " + each.arguments[0] + " (" + to_string(each.place) + ")",
                         each.place};
    return found;
}

// proxy_pass, fastcgi_pass, grpc_pass, ... anywhere; the depth of blocks is bounded by who parsed them.
const Directive* find_pass(const std::vector<Directive>& directives)
{
    for (const Directive& each : directives) {
        if (each.name.ends_with("_pass"))
            return &each;
        if (const Directive* within = find_pass(each.block))
            return within;
    }
    return nullptr;
}

Setting connections_of_a_worker(const std::vector<Directive>& directives, const Reading& reading)
{
    Setting connections{512, "worker_connections is not set: 512", {"default", 0}}; // events.html
    for (const Directive& each : directives)
        if (each.name == "events")
            if (auto written = find_count(each.block, "worker_connections"))
                connections = std::move(*written);
    const auto raised = find_count(directives, "worker_rlimit_nofile");
    const std::uint64_t files = raised ? raised->value : reading.instance.most_open_files;
    if (files != 0 && files < connections.value) {
        connections.described += ", of which the process may have " + std::to_string(files) + " open (" +
                                 (raised ? raised->described : "its limit of open files") + ")";
        connections.value = static_cast<std::uint32_t>(files);
        connections.name = "worker_rlimit_nofile";
    }
    return connections;
}

} // namespace

// Of its connections a worker needs one for each socket that it listens on and one to its master
// (ngx_event_process_init, ngx_add_channel_event).
void add_worker_connections(const std::vector<Directive>& directives, const Workers& workers,
                            const Reading& reading, Findings& findings)
{
    const auto listening = reading.instance.listening.size();
    const Setting connections = connections_of_a_worker(directives, reading);
    const std::uint64_t own = listening + (workers.has_master ? 1 : 0);
    const Directive* pass = find_pass(directives);
    const std::uint64_t each_takes = pass ? 2 : 1;
    if (listening == 0 || connections.value < own + each_takes)
        return;
    const std::uint64_t of_one = (connections.value - own) / each_takes;
    const std::uint64_t slots = std::min<std::uint64_t>(of_one * workers.count, UINT32_MAX);
    Limit limit = limit_at(connections.place, "nginx", static_cast<std::uint32_t>(slots), kClientSlot);
    limit.kind = SlotKind::calls;
    limit.direction = Direction::inbound;
    limit.addresses = reading.instance.listening;
    limit.origin.setting = {connections.name, connections.value,
                            static_cast<double>(workers.count) / static_cast<double>(each_takes)};
    auto& lines = limit.origin.arithmetic;
    lines = {connections.described, "- " + std::to_string(own) + " for " +
                                        counted(listening, "listening socket") +
                                        (workers.has_master ? " and the master" : "")};
    if (pass) {
        lines.push_back("/ 2: a request that is passed on takes a second one (" + pass->name + ", " +
                        to_string(pass->place) + ")");
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt =
            "a request that is answered from a file, or comes by HTTP/2, takes one connection "
            "of the worker's: then more than this fit";
    }
    lines.push_back("= " + std::to_string(of_one) + " in each worker, x " + workers.how);
    if (workers.count > 1) {
        if (!pass)
            limit.origin.certainty = Certainty::at_most;
        lines.push_back("one worker may be at its " + std::to_string(of_one) + " before all are");
    }
    findings.limits.push_back(std::move(limit));
}

} // namespace slotscope::limits::nginx
