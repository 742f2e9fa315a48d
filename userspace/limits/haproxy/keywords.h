// SPDX-License-Identifier: MIT
// Words of HAProxy's configuration that have to be known to read past them.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace slotscope::limits::haproxy {

inline constexpr std::string_view kOtherSections[] = {
    "peers",     "resolvers", "cache",          "userlist",    "program",
    "mailers",   "ring",      "http-errors",    "log-forward", "fcgi-app",
    "crt-store", "traces",    "dynamic-update", "log-profile", "acme"};

// Words of a server line that no value follows (configuration manual, 5.2); every other takes one.
inline constexpr std::string_view kServerFlags[] = {"allow-0rtt",
                                                    "agent-check",
                                                    "backup",
                                                    "check",
                                                    "check-reuse-pool",
                                                    "check-send-proxy",
                                                    "check-ssl",
                                                    "check-via-socks4",
                                                    "disabled",
                                                    "enabled",
                                                    "force-sslv3",
                                                    "force-tlsv10",
                                                    "force-tlsv11",
                                                    "force-tlsv12",
                                                    "force-tlsv13",
                                                    "no-agent-check",
                                                    "no-backup",
                                                    "no-check",
                                                    "no-check-reuse-pool",
                                                    "no-check-ssl",
                                                    "no-renegotiate",
                                                    "no-send-proxy",
                                                    "no-send-proxy-v2",
                                                    "no-send-proxy-v2-ssl",
                                                    "no-send-proxy-v2-ssl-cn",
                                                    "no-sni-auto",
                                                    "no-ssl",
                                                    "no-ssl-reuse",
                                                    "no-sslv3",
                                                    "no-tls-tickets",
                                                    "no-tlsv10",
                                                    "no-tlsv11",
                                                    "no-tlsv12",
                                                    "no-tlsv13",
                                                    "no-verifyhost",
                                                    "no-tfo",
                                                    "non-stick",
                                                    "renegotiate",
                                                    "send-proxy",
                                                    "send-proxy-v2",
                                                    "send-proxy-v2-ssl",
                                                    "send-proxy-v2-ssl-cn",
                                                    "sni-auto",
                                                    "ssl",
                                                    "ssl-reuse",
                                                    "stick",
                                                    "strict-maxconn",
                                                    "tfo",
                                                    "tls-tickets"};

template <typename List>
bool has(const List& list, std::string_view word)
{
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

} // namespace slotscope::limits::haproxy
