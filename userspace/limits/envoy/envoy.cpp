// SPDX-License-Identifier: MIT
#include "limits/envoy/envoy.h"

#include "limits/envoy/clusters.h"
#include "limits/text.h"

#include <algorithm>
#include <optional>

namespace slotscope::limits::envoy {
namespace {

constexpr const char* kConnectionSlot =
    "an open connection of the cluster, idle ones in the pool too; at the limit requests wait in the pending "
    "queue, and those that find it full get 503 (flag UO)";
constexpr const char* kRequestSlot =
    "an outstanding request of the cluster; at the limit the next ones get 503 (flag UO)";
constexpr const char* kHostSlot =
    "an open connection to the host, idle ones in the pool too; at the limit requests wait for one";
constexpr std::uint32_t kDefault = 1024; // of each of them (circuit_breaker.proto)

struct Number {
    std::uint32_t value = kDefault;
    Place place{"Envoy's default", 0};
    bool written = false;
    bool known = true;
};

class Reader {
  public:
    Reader(const Configuration& configuration, Reading& reading, Findings& findings)
        : configuration_(configuration)
        , reading_(reading)
        , findings_(findings)
    {
    }

    void add(const Cluster& cluster)
    {
        const std::string name = cluster.node["name"].text;
        std::vector<Endpoint> members;
        for (const Node& assignment : cluster.assignments)
            for (const Node& locality : assignment["endpoints"].items)
                for (const Node& each : locality["lb_endpoints"].items)
                    add_member(each.at({"endpoint", "address"}), cluster.assignments_file, members);
        for (const Node& each : cluster.node["hosts"].items) // v2
            add_member(each, cluster.file, members);
        if (members.empty() || name.empty())
            return;
        const bool requests = speaks_http2(cluster.node);
        const char* what = requests ? "max_requests" : "max_connections";
        const Number normal = threshold(cluster, name, "DEFAULT", what);
        const Number high = threshold(cluster, name, "HIGH", what);
        if (!normal.known || !high.known || (findings_.incomplete && !normal.written))
            return;
        const Number of_host = host_threshold(cluster);
        if (!requests && of_host.written && std::uint64_t{of_host.value} * members.size() <= normal.value)
            return add_hosts(name, of_host, normal, members);
        add_limit(name, what, normal, high, requests, std::move(members));
    }

  private:
    void add_member(const Node& address, const std::string& file, std::vector<Endpoint>& into)
    {
        if (const Node& pipe = address.at({"pipe", "path"})) {
            into.push_back(Endpoint{{}, pipe.text});
            return;
        }
        const Node& socket = address["socket_address"];
        const std::string host = socket["address"].text;
        const auto port = port_in(socket["port_value"].text);
        const Place place{file, socket.line};
        if (!port)
            return not_understood(findings_, place, host, "its port is not a fixed number");
        auto found = endpoints_of(host, *port, reading_.resolve);
        if (!found)
            return not_understood(findings_, place, host, found.error().message);
        for (const Endpoint& each : *found)
            if (std::find(into.begin(), into.end(), each) == into.end())
                into.push_back(each);
    }

    // HTTP/2 carries many requests on a connection: there their number is the limit.
    static bool speaks_http2(const Node& cluster)
    {
        if (cluster["http2_protocol_options"])
            return true;
        for (const auto& [name, options] : cluster["typed_extension_protocol_options"].members)
            for (const char* how : {"explicit_http_config", "use_downstream_protocol_config", "auto_config"})
                if (options[how].members.size() > 0 && (options.at({how, "http2_protocol_options"}) ||
                                                        has_member(options[how], "http2_protocol_options")))
                    return true;
        return false;
    }

    static bool has_member(const Node& node, std::string_view name) // one without a value, too
    {
        return std::any_of(node.members.begin(), node.members.end(),
                           [&](const auto& each) { return each.name == name; });
    }

    Number number_of(const Node& node, const std::string& file, const char* what)
    {
        const auto count = count_in(node.text);
        const Place place{file, node.line};
        if (!count)
            not_understood(findings_, place, std::string(what) + ": " + node.text, "not a number");
        return {count.value_or(0), place, true, count.has_value()};
    }

    // The first threshold of a priority holds; what the runtime says holds over it.
    Number threshold(const Cluster& cluster, const std::string& name, std::string_view priority,
                     const char* what)
    {
        Number number;
        for (const Node& each : cluster.node.at({"circuit_breakers", "thresholds"}).items) {
            const Node& own = each["priority"];
            const bool fits = own ? own.text == priority || own.text == (priority == "HIGH" ? "1" : "0")
                                  : priority == "DEFAULT";
            if (!fits)
                continue;
            if (const Node& value = each[what])
                number = number_of(value, cluster.file, what);
            break;
        }
        const std::string key =
            "circuit_breakers." + name + "." + lowered(priority) + "." + std::string(what);
        if (const auto set = configuration_.runtime.find(key); set != configuration_.runtime.end())
            if (const auto count = count_in(set->second.first))
                number = {*count, set->second.second, true, true};
        return number;
    }

    Number host_threshold(const Cluster& cluster)
    {
        for (const Node& each : cluster.node.at({"circuit_breakers", "per_host_thresholds"}).items)
            if (const Node& value = each["max_connections"])
                return number_of(value, cluster.file, "max_connections");
        return {};
    }

    static std::string described(const char* what, const Number& number)
    {
        return std::string(what) + " " + std::to_string(number.value) + " (" + to_string(number.place) + ")";
    }

    void add_hosts(const std::string& name, const Number& of_host, const Number& cluster,
                   const std::vector<Endpoint>& members)
    {
        if (of_host.value == 0)
            return;
        for (const Endpoint& each : members) {
            Limit limit = limit_at(of_host.place, name + "/" + to_string(each), of_host.value, kHostSlot);
            limit.direction = Direction::outbound;
            limit.addresses = {each};
            limit.origin.setting = {"per_host_thresholds max_connections", of_host.value};
            limit.origin.arithmetic = {described("per_host_thresholds max_connections", of_host),
                                       "all hosts together: " + described("max_connections", cluster)};
            findings_.limits.push_back(std::move(limit));
        }
    }

    void add_limit(const std::string& name, const char* what, const Number& normal, const Number& high,
                   bool requests, std::vector<Endpoint> members)
    {
        const std::uint64_t slots = std::uint64_t{normal.value} + (high.written ? high.value : 0);
        if (slots == 0 || slots > UINT32_MAX) // Envoy's way to say any number: 4294967295
            return;
        const Number& written = normal.written || !high.written ? normal : high;
        Limit limit = limit_at(written.place, name, static_cast<std::uint32_t>(slots),
                               requests ? kRequestSlot : kConnectionSlot);
        limit.kind = requests ? SlotKind::calls : SlotKind::connections;
        limit.direction = Direction::outbound;
        limit.addresses = std::move(members);
        limit.origin.setting = {what, written.value};
        limit.origin.arithmetic.push_back(described(what, normal) + " of cluster " + name);
        if (high.written) {
            limit.origin.arithmetic.push_back("+ " + described(what, high) +
                                              " of priority HIGH, which is counted apart");
            limit.origin.certainty = Certainty::at_most;
        }
        findings_.limits.push_back(std::move(limit));
    }

    const Configuration& configuration_;
    Reading& reading_;
    Findings& findings_;
};

} // namespace

bool is_one(const RunningProcess& process)
{
    return base_name(process.executable) == "envoy";
}

void read(Reading& reading, Findings& findings)
{
    const Configuration configuration = read_configuration(reading, findings);
    Reader reader(configuration, reading, findings);
    for (const Cluster& each : configuration.clusters)
        reader.add(each);
}

} // namespace slotscope::limits::envoy
