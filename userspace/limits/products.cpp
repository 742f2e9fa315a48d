// SPDX-License-Identifier: MIT
#include "limits/products.h"

#include "limits/apache/apache.h"
#include "limits/caddy/caddy.h"
#include "limits/envoy/envoy.h"
#include "limits/gunicorn/gunicorn.h"
#include "limits/haproxy/haproxy.h"
#include "limits/haproxy/live.h"
#include "limits/memcached/memcached.h"
#include "limits/mysql/mysql.h"
#include "limits/nginx/nginx.h"
#include "limits/pgbouncer/pgbouncer.h"
#include "limits/php_fpm/php_fpm.h"
#include "limits/postgresql/postgresql.h"
#include "limits/puma/puma.h"
#include "limits/redis/redis.h"
#include "limits/tomcat/tomcat.h"
#include "limits/uwsgi/uwsgi.h"
#include "limits/varnish/varnish.h"

#include <algorithm>

namespace slotscope::limits {
namespace {

constexpr Product kProducts[] = {
    {"haproxy", haproxy::is_one, Takes::with_newest, true, haproxy::read, haproxy::ask_running,
     haproxy::by_age},
    {"nginx", nginx::is_one, Takes::with_all_workers, false, nginx::read, nullptr, nginx::by_age},
    {"varnish", varnish::is_one, Takes::at_reload, false, varnish::read},
    {"php-fpm", php_fpm::is_one, Takes::when_run_anew, false, php_fpm::read},
    {"postgresql", postgresql::is_one, Takes::at_start, false, postgresql::read},
    {"pgbouncer", pgbouncer::is_one, Takes::at_reload, false, pgbouncer::read},
    {"mysql", mysql::is_one, Takes::at_start, false, mysql::read},
    {"redis", redis::is_one, Takes::at_start, false, redis::read},
    {"memcached", memcached::is_one, Takes::at_start, false, memcached::read},
    {"apache", apache::is_one, Takes::with_all_workers, true, apache::read, nullptr, apache::by_age, true},
    {"envoy", envoy::is_one, Takes::at_start, false, envoy::read},
    {"caddy", caddy::is_one, Takes::at_reload, true, caddy::read},
    {"gunicorn", gunicorn::is_one, Takes::with_all_workers, true, gunicorn::read, nullptr, gunicorn::by_age},
    {"uwsgi", uwsgi::is_one, Takes::with_all_workers, true, uwsgi::read},
    {"puma", puma::is_one, Takes::at_reload, true, puma::read},
    {"tomcat", tomcat::is_one, Takes::at_start, false, tomcat::read},
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

bool shows_workers(const Product& product)
{
    return product.takes == Takes::with_newest || product.takes == Takes::with_all_workers;
}

WorkersByAge workers_by_age(const Product& product, const Instance& instance, const WorkerCounts& counts)
{
    if (!product.by_age)
        return {{}, instance.children};
    return product.by_age(instance, counts);
}

std::optional<RunningProcess> loaded_with(const Product& product, const Instance& instance,
                                          const WorkerCounts& counts)
{
    if (product.takes == Takes::at_reload)
        return std::nullopt;
    if (!shows_workers(product) || instance.children.empty())
        return instance.main;
    const auto serving = workers_by_age(product, instance, counts).serving;
    const auto older = [](const RunningProcess& a, const RunningProcess& b) {
        return a.started_ns < b.started_ns;
    };
    const auto with = product.takes == Takes::with_newest
                          ? std::max_element(serving.begin(), serving.end(), older)
                          : std::min_element(serving.begin(), serving.end(), older);
    return with == serving.end() ? std::nullopt : std::optional(*with);
}

} // namespace slotscope::limits
