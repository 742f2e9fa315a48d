// SPDX-License-Identifier: MIT
#include "daemon/system_names.h"

#include "limits/wording.h"

#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace slotscope::daemon {

Result<std::vector<Address>> resolve_by_system(const std::string& host)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); error != 0)
        return Error{"the name " + limits::in_quotes(host) + " is not known: " + ::gai_strerror(error),
                     ENOENT};
    std::vector<Address> addresses;
    for (const addrinfo* each = list; each; each = each->ai_next) {
        Address address;
        if (each->ai_family == AF_INET) {
            address.ip[10] = address.ip[11] = 0xff;
            std::memcpy(address.ip.data() + 12, &reinterpret_cast<sockaddr_in*>(each->ai_addr)->sin_addr, 4);
        } else if (each->ai_family == AF_INET6) {
            std::memcpy(address.ip.data(), &reinterpret_cast<sockaddr_in6*>(each->ai_addr)->sin6_addr, 16);
        } else {
            continue;
        }
        addresses.push_back(address);
    }
    ::freeaddrinfo(list);
    return addresses;
}

} // namespace slotscope::daemon
