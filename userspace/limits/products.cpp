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
    {"haproxy", haproxy::is_one, Takes::with_newest, true, haproxy::read, haproxy::ask_running},
    {"nginx", nginx::is_one, Takes::with_all_workers, false, nginx::read},
    {"varnish", varnish::is_one, Takes::at_reload, false, varnish::read},
    {"php-fpm", php_fpm::is_one, Takes::at_reload, false, php_fpm::read},
    {"postgresql", postgresql::is_one, Takes::at_start, false, postgresql::read},
    {"pgbouncer", pgbouncer::is_one, Takes::at_reload, false, pgbouncer::read},
    {"mysql", mysql::is_one, Takes::at_start, false, mysql::read},
    {"redis", redis::is_one, Takes::at_start, false, redis::read},
    {"memcached", memcached::is_one, Takes::at_start, false, memcached::read},
    {"apache", apache::is_one, Takes::with_all_workers, true, apache::read},
    {"envoy", envoy::is_one, Takes::at_start, false, envoy::read},
    {"caddy", caddy::is_one, Takes::at_reload, true, caddy::read},
    {"gunicorn", gunicorn::is_one, Takes::with_all_workers, true, gunicorn::read},
    {"uwsgi", uwsgi::is_one, Takes::with_all_workers, true, uwsgi::read},
    {"puma", puma::is_one, Takes::at_reload, true, puma::read},
    {"tomcat", tomcat::is_one, Takes::at_start, false, tomcat::read},
};

bool is_nginx(const Product& product)
{
    return product.is_one == nginx::is_one;
}

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

const RunningProcess* loaded_with(const Product& product, const Instance& instance)
{
    if (product.takes == Takes::at_reload)
        return nullptr;
    if (!shows_workers(product) || instance.children.empty())
        return &instance.main;
    const bool newest = product.takes == Takes::with_newest;
    const RunningProcess* with = nullptr;
    for (const RunningProcess& worker : instance.children) {
        if (is_nginx(product) && !nginx::is_serving_worker(worker)) // its configuration is an older one
            continue;
        if (!with || (newest ? worker.started_ns > with->started_ns : worker.started_ns < with->started_ns))
            with = &worker;
    }
    return with;
}

namespace {

// Workers of one reload are forked one after the other; two reloads are further apart.
constexpr std::int64_t kStartsApartNs = 300'000'000;

void add_by_start(std::vector<RunningProcess> workers, std::vector<Generation>& generations)
{
    std::sort(workers.begin(), workers.end(),
              [](const auto& a, const auto& b) { return a.started_ns < b.started_ns; });
    std::int64_t last_ns = 0;
    for (const RunningProcess& worker : workers) {
        if (last_ns == 0 || worker.started_ns - last_ns > kStartsApartNs)
            generations.push_back({{}, worker.started_ns});
        generations.back().pids.push_back(worker.pid);
        last_ns = worker.started_ns;
    }
}

} // namespace

std::vector<Generation> generations_of(const Product& product, const Instance& instance)
{
    std::vector<Generation> generations;
    if (product.takes == Takes::with_newest) {
        add_by_start(instance.children, generations);
    } else if (is_nginx(product)) { // a worker that died is started anew: what serves is one generation
        std::vector<RunningProcess> leaving;
        Generation serving;
        for (const RunningProcess& worker : instance.children) {
            if (nginx::is_serving_worker(worker)) {
                serving.pids.push_back(worker.pid);
                serving.started_ns = serving.started_ns == 0
                                         ? worker.started_ns
                                         : std::min(serving.started_ns, worker.started_ns);
            } else if (nginx::is_leaving_worker(worker)) {
                leaving.push_back(worker);
            }
        }
        add_by_start(std::move(leaving), generations);
        if (!serving.pids.empty())
            generations.push_back(std::move(serving));
    }
    if (!generations.empty())
        generations.back().newest = true;
    return generations;
}

} // namespace slotscope::limits
