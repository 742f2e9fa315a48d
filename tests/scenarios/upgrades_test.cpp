// SPDX-License-Identifier: MIT
// WebSockets behind a proxy whose limit counts requests: each holds its slot for as long as its client stays.
#include "scenario.h"

namespace slotscope::scenarios {
namespace {

// So many clients that come one after the other within some seconds, stay, and say something now and then.
std::unique_ptr<live::Program> websockets(const live::Namespace& space, const Address& front, int count,
                                          double pause_seconds)
{
    return std::make_unique<live::Program>(live::ProgramOptions{
        .command = {"/usr/bin/python3", "-c",
                    "import random, socket, threading, time\n"
                    "def talk(number):\n"
                    "    s = socket.create_connection(('127.0.0.1', " +
                        std::to_string(front.port) +
                        "))\n"
                        "    s.sendall(b'GET /ws?upgrade=1 HTTP/1.1\\r\\nHost: shop\\r\\nConnection: "
                        "Upgrade\\r\\n'\n"
                        "              b'Upgrade: websocket\\r\\nSec-WebSocket-Version: 13\\r\\n'\n"
                        "              b'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n')\n"
                        "    s.recv(4096)\n"
                        "    while True:\n"
                        "        time.sleep(4 * random.random())\n"
                        "        s.sendall(b'\\x81\\x85\\x01\\x02\\x03\\x04ignlk')\n"
                        "        s.recv(4096)\n"
                        "for number in range(" +
                        std::to_string(count) +
                        "):\n"
                        "    threading.Thread(target=talk, args=(number,)).start()\n"
                        "    time.sleep(" +
                        std::to_string(pause_seconds) + ")\n"},
        .netns = space.fd()});
}

// Every client that comes stays: the limit is one of requests, and they are none that end.
TEST_F(Scenario, HaproxyFilledByWebSockets)
{
    haproxy_with(10);
    baseline({{"/item/{n}?ms=20", 15}});
    const auto clients = websockets(space_, front_, 12, 0.3);
    fills(slots_);
    gives({.backend = slots_, .cause = "limit_too_low", .call = "GET /ws"});
}

// Some are there, as ever; then everything else takes longer.
TEST_F(Twin, HaproxyWithASlowUrlBesideWebSockets)
{
    haproxy_with(10);
    const auto clients = websockets(space_, front_, 4, 0.1);
    baseline({{"/item/{n}?ms=20", 15}}, 8);
    load().becomes({{"/item/{n}?ms=900", 15}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /item/{id}"});
}

} // namespace
} // namespace slotscope::scenarios
