// SPDX-License-Identifier: MIT
#include "daemon/episodes.h"

namespace slotscope::daemon {
namespace {

struct Named {
    std::string_view process;
    std::string_view product;
};

constexpr Named kProcesses[] = {
    {"haproxy", "haproxy"},    {"nginx", "nginx"},     {"openresty", "nginx"},     {"varnishd", "varnish"},
    {"cache-main", "varnish"}, {"php-fpm", "php-fpm"}, {"postgres", "postgresql"}, {"pgbouncer", "pgbouncer"},
    {"mysqld", "mysql"},       {"mariadbd", "mysql"},  {"redis-server", "redis"},  {"valkey-server", "redis"},
};

} // namespace

std::string product_of_process(std::string_view name)
{
    for (const Named& each : kProcesses)
        if (name.starts_with(each.process))
            return std::string(each.product);
    return {};
}

} // namespace slotscope::daemon
