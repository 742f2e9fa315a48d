// SPDX-License-Identifier: MIT
#include "harness/server.h"

#include "harness/sock.h"
#include "harness/wait.h"

#include <stdexcept>
#include <unistd.h>

namespace slotscope::live {

std::unique_ptr<Program> start_server(ProgramOptions options, const Namespace& space, const Address& address)
{
    const std::string& path = options.command.front();
    if (::access(path.c_str(), X_OK) != 0)
        throw std::runtime_error(path + " is not installed: scripts/setup does it");
    options.netns = space.fd();
    auto server = std::make_unique<Program>(options);
    const bool decided = eventually([&] {
        const Fd probe = space.inside([] { return tcp_socket(Family::ip4); });
        return !server->running() || connect_to(probe, address, Family::ip4) == 0;
    });
    if (!decided || !server->running())
        throw std::runtime_error(path + (decided ? " has ended: " : " takes no connections: ") +
                                 server->out() + server->err());
    return server;
}

} // namespace slotscope::live
