// SPDX-License-Identifier: MIT
// What HAProxy's configuration files say about limits: proxies, servers and what they inherit.
#pragma once

#include "limits/haproxy/words.h"
#include "limits/reader.h"

#include <optional>
#include <string>
#include <vector>

namespace slotscope::limits::haproxy {

// What a server inherits from default-server lines before it, and has itself.
struct ServerOptions {
    std::optional<Count> maxconn;
    std::optional<Count> minconn;
    std::optional<Place> resolvers; // its name is asked for at run time
    bool shares_addresses = false;  // with others of that name: resolve-opts allow-dup-ip
};

struct Server {
    std::string name;
    std::string address;
    std::uint32_t copies = 1; // server-template
    std::uint32_t first = 0;  // its first number; 0: no template
    ServerOptions options;
    Place place;
};

struct Bind {
    std::string address; // one of the comma-separated ones
    Place place;
};

enum class Section { other, global, defaults, frontend, backend, listen };

struct Proxy {
    Section section = Section::other;
    std::string name;
    bool http = false; // mode http; tcp is the default
    bool disabled = false;
    ServerOptions default_server;
    std::optional<Count> maxconn;  // of its frontend side
    std::optional<Count> fullconn; // of its backend side
    std::vector<Server> servers;
    std::vector<Bind> binds;
};

struct Configuration {
    std::optional<Count> maxconn;           // of the whole process
    std::optional<Count> processes;         // nbproc, before 2.5
    std::optional<Place> condition;         // the first .if: what stands in it is left out
    std::optional<Place> chosen_processes;  // where a proxy is given some of them only
    std::vector<std::string> stats_sockets; // Unix ones, as paths
    std::vector<Proxy> proxies;             // frontend, backend and listen sections, in order
};

// Reads the files that the instance's command line names.
Configuration read_configuration(Reading& reading, Findings& findings, const Environment& environment);

} // namespace slotscope::limits::haproxy
