// SPDX-License-Identifier: MIT
// What HAProxy's configuration files say about limits: proxies, servers and what they inherit.
#pragma once

#include "limits/haproxy/words.h"
#include "limits/reader.h"

#include <optional>
#include <string>
#include <vector>

namespace slotscope::limits::haproxy {

struct Setting {
    std::uint32_t value = 0;
    Place place;
};

// What a server inherits from default-server lines before it, and has itself.
struct ServerLimits {
    std::optional<Setting> maxconn;
    std::optional<Setting> minconn;
};

struct Server {
    std::string name;
    std::string address;
    std::uint32_t copies = 1; // server-template
    std::uint32_t first = 0;  // its first number; 0: no template
    ServerLimits limits;
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
    ServerLimits default_server;
    std::optional<Setting> maxconn;  // of its frontend side
    std::optional<Setting> fullconn; // of its backend side
    std::vector<Server> servers;
    std::vector<Bind> binds;
};

struct Configuration {
    std::optional<Setting> maxconn;         // of the whole process
    std::vector<std::string> stats_sockets; // Unix ones, as paths
    std::vector<Proxy> proxies;             // frontend, backend and listen sections, in order
};

// Reads the files that the instance's command line names.
Configuration read_configuration(Reading& reading, Findings& findings, const Environment& environment);

} // namespace slotscope::limits::haproxy
