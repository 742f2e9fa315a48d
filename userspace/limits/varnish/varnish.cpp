// SPDX-License-Identifier: MIT
#include "limits/varnish/varnish.h"

#include "limits/text.h"
#include "limits/varnish/loaded.h"
#include "limits/varnish/vcl.h"

#include <algorithm>

namespace slotscope::limits::varnish {
namespace {

constexpr const char* kSlot =
    "a connection in use by a fetch or a pipe; idle pooled ones and health probes are not "
    "counted; the next fetch fails with 503 (FetchError \"backend NAME: busy\")";

struct CommandLine {
    std::string vcl;
    std::string backend; // -b
    std::vector<std::string> search = {"/etc/varnish", "/usr/share/varnish/vcl"};
};

std::vector<std::string> directories_in(std::string_view list)
{
    std::vector<std::string> directories;
    for (std::size_t start = 0; start <= list.size();) {
        const std::size_t colon = std::min(list.find(':', start), list.size());
        directories.emplace_back(list.substr(start, colon - start));
        start = colon + 1;
    }
    return directories;
}

CommandLine read_command_line(const std::vector<std::string>& argv)
{
    CommandLine line;
    for (std::size_t at = 1; at < argv.size(); ++at) {
        const std::string_view word = argv[at];
        if (!word.starts_with('-') || word.size() < 2)
            continue;
        const bool attached = word.size() > 2;
        const std::string value = attached               ? std::string(word.substr(2))
                                  : at + 1 < argv.size() ? argv[at + 1]
                                                         : std::string();
        if (word[1] == 'f')
            line.vcl = value;
        else if (word[1] == 'b')
            line.backend = value;
        else if (word[1] == 'p' && value.starts_with("vcl_path="))
            line.search = directories_in(std::string_view(value).substr(9));
    }
    return line;
}

Result<std::vector<Endpoint>> address_of(const Backend& backend, const Resolve& resolve)
{
    if (const auto path = backend.attributes.find("path"); path != backend.attributes.end())
        return std::vector<Endpoint>{Endpoint{{}, path->second.value}};
    const auto host = backend.attributes.find("host");
    if (host == backend.attributes.end())
        return Error{"it has neither .host nor .path"};
    HostPort parts = split_host_port(host->second.value);
    if (const auto port = backend.attributes.find("port"); port != backend.attributes.end())
        parts = {host->second.value, port->second.value};
    if (parts.port.empty() || parts.port == "http")
        parts.port = "80";
    const auto number = port_in(parts.port);
    if (!number)
        return Error{"the port is not a number"};
    return endpoints_of(parts.host, *number, resolve); // one of each family, which share the slots
}

using Backends = std::vector<Backend>;

// The backend whose address connections of BACKEND go to: of .via (since 7.3) Varnish takes the address only,
// each counts against its own .max_connections (VRT_new_backend_clustered and vbe_dir_getfd in its
// cache_backend.c). Null: it names one that is not there.
const Backend* connected_to(const Backend& backend, const Backends& all)
{
    const auto via = backend.attributes.find("via");
    if (via == backend.attributes.end())
        return &backend;
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Backend& each) { return each.name == via->second.value; });
    return found == all.end() ? nullptr : &*found;
}

void add_backend(const Backend& backend, const Backends& all, Reading& reading, Findings& findings)
{
    const auto written = backend.attributes.find("max_connections");
    if (written == backend.attributes.end())
        return;
    const Attribute& max_connections = written->second;
    const auto count = count_in(max_connections.value);
    if (!count) {
        not_understood(findings, max_connections.place, ".max_connections = " + max_connections.value,
                       "not a whole number");
        return;
    }
    if (*count == 0) // none
        return;
    const Backend* target = connected_to(backend, all);
    auto members = target ? address_of(*target, reading.resolve)
                          : Result<std::vector<Endpoint>>(Error{"the backend of its .via is not found"});
    if (!members) {
        not_understood(findings, backend.place, "backend " + backend.name, members.error().message);
        return;
    }
    Limit limit = limit_at(max_connections.place, backend.name, *count, kSlot);
    limit.kind = SlotKind::calls;
    limit.direction = Direction::outbound;
    limit.addresses = std::move(members).value();
    limit.origin.arithmetic.push_back(".max_connections " + std::to_string(*count) + " (" +
                                      to_string(max_connections.place) + "), of all worker threads together");
    if (target != &backend)
        limit.origin.arithmetic.push_back("its connections go to the address of backend " + target->name +
                                          ": .via (" + to_string(backend.attributes.at("via").place) + ")");
    findings.limits.push_back(std::move(limit));
}

// Several backends can be at one address, all the more with .via: one without a limit is not counted apart.
void doubt_shared_addresses(const Backends& all, Reading& reading, Findings& findings)
{
    for (const Backend& backend : all) {
        const auto written = backend.attributes.find("max_connections");
        const Backend* target = connected_to(backend, all);
        if (!target || (written != backend.attributes.end() && written->second.value != "0"))
            continue;
        const auto addresses = address_of(*target, reading.resolve);
        for (Limit& limit : findings.limits) {
            if (!addresses || limit.addresses != *addresses)
                continue;
            limit.origin.certainty = Certainty::unsure;
            limit.origin.doubt = "connections of backend " + backend.name + " (" + to_string(backend.place) +
                                 "), which has no limit, go to the same address";
        }
    }
}

} // namespace

bool is_one(const RunningProcess& process)
{
    return base_name(process.executable) == "varnishd";
}

void read(Reading& reading, Findings& findings)
{
    const CommandLine line = read_command_line(reading.instance.main.argv);
    if (line.vcl.empty()) {
        if (line.backend.empty())
            not_understood(findings, {"command line", 0}, "",
                           "it names no VCL file (-f): what is loaded later by "
                           "the management port is not read");
        return;
    }
    std::string path = line.vcl;
    if (!path.starts_with('/'))
        for (const std::string& directory : line.search)
            if (reading.files.is_there(directory + "/" + line.vcl)) {
                path = directory + "/" + line.vcl;
                break;
            }
    const Backends backends = read_backends(reading, findings, path, line.search);
    for (const Backend& backend : backends)
        add_backend(backend, backends, reading, findings);
    doubt_shared_addresses(backends, reading, findings);
    std::vector<std::string> files;
    for (const auto& [file, stamp] : reading.files.seen())
        if (stamp.inode != 0)
            files.push_back(file);
    compare_with_loaded(reading, findings, files);
}

} // namespace slotscope::limits::varnish
