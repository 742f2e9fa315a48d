// SPDX-License-Identifier: MIT
#include "limits/products.h"

#include "limits/haproxy/haproxy.h"
#include "limits/memcached/memcached.h"
#include "limits/mysql/mysql.h"
#include "limits/nginx/nginx.h"
#include "limits/pgbouncer/pgbouncer.h"
#include "limits/php_fpm/php_fpm.h"
#include "limits/postgresql/postgresql.h"
#include "limits/redis/redis.h"
#include "limits/varnish/varnish.h"

#include <algorithm>

namespace slotscope::limits {
namespace {

constexpr Product kProducts[] = {
    {"haproxy", haproxy::is_one, Takes::with_workers, true, haproxy::read},
    {"nginx", nginx::is_one, Takes::with_workers, false, nginx::read},
    {"varnish", varnish::is_one, Takes::at_reload, false, varnish::read},
    {"php-fpm", php_fpm::is_one, Takes::at_reload, false, php_fpm::read},
    {"postgresql", postgresql::is_one, Takes::at_start, false, postgresql::read},
    {"pgbouncer", pgbouncer::is_one, Takes::at_reload, false, pgbouncer::read},
    {"mysql", mysql::is_one, Takes::at_start, false, mysql::read},
    {"redis", redis::is_one, Takes::at_start, false, redis::read},
    {"memcached", memcached::is_one, Takes::at_start, false, memcached::read},
};

} // namespace

std::span<const Product> products()
{
    return kProducts;
}

const Product* product_of(const RunningProcess& process)
{
    const auto found = std::find_if(std::begin(kProducts), std::end(kProducts),
                                    [&](const Product& product) { return product.is_one(process); });
    return found == std::end(kProducts) ? nullptr : &*found;
}

// HAProxy's newest worker has the newest configuration. nginx starts a worker anew with an old configuration
// when one dies, so there it is the oldest of those that are not on their way out.
std::optional<std::int64_t> loaded_at_ns(const Product& product, const Instance& instance)
{
    if (product.takes == Takes::at_reload)
        return std::nullopt;
    if (product.takes == Takes::at_start || instance.children.empty())
        return instance.main.started_ns;
    const bool is_nginx = product.is_one == nginx::is_one;
    std::optional<std::int64_t> loaded;
    for (const RunningProcess& worker : instance.children) {
        if (is_nginx && !nginx::is_serving_worker(worker))
            continue;
        if (!loaded || (is_nginx ? worker.started_ns < *loaded : worker.started_ns > *loaded))
            loaded = worker.started_ns;
    }
    return loaded;
}

} // namespace slotscope::limits
