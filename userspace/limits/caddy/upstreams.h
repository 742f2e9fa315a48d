// SPDX-License-Identifier: MIT
// What the reverse proxies of a configuration say of where they go, in JSON and in a Caddyfile.
#pragma once

#include "limits/reader.h"

#include <cstdint>
#include <string>
#include <vector>

namespace slotscope::limits::caddy {

// A number that bounds what goes to an upstream.
struct Bound {
    std::uint32_t most = 0; // 0: any number
    const char* word = "";
    Place place;
};

// What one handler says of one upstream.
struct Upstream {
    std::string dial; // "10.0.0.1:8080", "unix//run/a.sock"
    Place place;
    Bound requests;             // the handler goes elsewhere while all handlers together have so many there
    Bound connections;          // of this handler alone
    std::uint32_t handlers = 1; // that run of it: one for each port that its site listens at
    bool multiplexed = false;   // the server may choose HTTP/2, of which a connection carries many requests
};

// Those of the file at PATH.
std::vector<Upstream> read_upstreams_of_caddyfile(Reading& reading, Findings& findings,
                                                  const std::string& path);
std::vector<Upstream> read_upstreams_of_json(Reading& reading, Findings& findings, const std::string& path);

} // namespace slotscope::limits::caddy
