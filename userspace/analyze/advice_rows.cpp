// SPDX-License-Identifier: MIT
#include "analyze/advice_rows.h"

namespace slotscope::analyze {
namespace {

constexpr unsigned kSurge = bit(Cause::demand_surge);
constexpr unsigned kLow = bit(Cause::limit_too_low);
constexpr unsigned kSlow = bit(Cause::slow_backend) | bit(Cause::slow_dependency);
constexpr unsigned kDependency = bit(Cause::slow_dependency);
constexpr unsigned kStuck = bit(Cause::stuck_calls);
constexpr unsigned kLeak = bit(Cause::connection_leak);
constexpr unsigned kIdle = bit(Cause::idle_holders);
constexpr unsigned kGenerations = bit(Cause::generation_overlap);
constexpr unsigned kAccept = bit(Cause::accept_stall);
constexpr unsigned kSerial = bit(Cause::serialisation);
constexpr unsigned kReader = bit(Cause::slow_reader);
constexpr unsigned kConnect = bit(Cause::connect_trouble);

// Where a formula or a setting comes from: the products' own manuals; sizing rules in README, "Why".
constexpr AdviceRow kRows[] = {
    {"", Side::any, kDependency, "look at {dependency}{dependency_call}",
     "it is what {waits} of the slot-seconds wait for; {backend} only waits"},
    {"", Side::any, kDependency | kStuck,
     "let {backend} not call itself{itself_call}, or give such calls slots of their own",
     "{itself} of the slot-seconds wait for them: once those that wait hold all slots, none of them gets one "
     "(a deadlock); end some to break it"},
    {"", Side::any, bit(Cause::slow_backend), "look at {call}",
     "{call_share} of the slot-seconds are its; {hold_words}"},
    {"", Side::any, kGenerations, "end the old processes of {generation} once their calls are done",
     "{old} hold {old_share} of the slot-seconds"},

    {"haproxy", Side::client, kSurge | kLow, "set maxconn server {server} {needed}   (stats socket, at once)",
     "{arithmetic}"},
    {"haproxy", Side::client, kSurge | kLow, "server {name} … maxconn {needed}",
     "{arithmetic}; lasts over a reload"},
    {"haproxy", Side::server, kSurge | kLow, "set maxconn frontend {name} {needed}   (stats socket, at once)",
     "{arithmetic}; no more than the maxconn of global"},
    {"haproxy", Side::server, kSurge | kLow, "frontend {name} … maxconn {needed}",
     "{arithmetic}; lasts over a reload; no more than the maxconn of global"},
    {"haproxy", Side::server, kSurge | kLow, "maxconn {needed}   (global)   then reload",
     "{arithmetic}; at run time it cannot be raised above what HAProxy was started with",
     "maxconn in global"},
    {"haproxy", Side::client, kStuck | kSlow, "timeout server {timeout}",
     "gives a slot back from a call that takes longer: {hold_words}"},
    {"haproxy", Side::client, kSurge | kSlow | kSerial, "timeout queue 5s",
     "a rule of thumb: those that wait are told 503 before their clients give up"},
    {"haproxy", Side::client, kGenerations,
     "kill -TERM PID for each old worker   (`show proc` on the master socket lists them, from 1.9 on)",
     "ends it at once, with the calls that it still has"},
    {"haproxy", Side::client, kGenerations, "hard-stop-after 30s   (global)",
     "from the next reload on: a process that starts with it ends at the latest so long after it is "
     "replaced; "
     "those that are old now never read it"},
    {"haproxy", Side::client, kIdle | kReader, "timeout client 30s; timeout http-keep-alive 5s",
     "a rule of thumb: what does not move gives its slot back"},
    {"haproxy", Side::client, kConnect, "timeout connect 1s; option redispatch; check on server {server}",
     "a server that does not answer is left out, and a slot is not held by a SYN"},

    {"nginx", Side::client, kSurge | kLow, "server {address} max_conns={needed};   then nginx -s reload",
     "{arithmetic}{multiplied}", "max_conns"},
    {"nginx", Side::server, kSurge | kLow, "worker_connections {needed};   then nginx -s reload",
     "{arithmetic}{multiplied}; worker_rlimit_nofile has to be more than that", "worker_connections"},
    {"nginx", Side::server, kSurge | kLow, "worker_rlimit_nofile {needed};   then nginx -s reload",
     "{arithmetic}{multiplied}", "worker_rlimit_nofile"},
    {"nginx", Side::client, kStuck | kSlow, "proxy_read_timeout {timeout};",
     "gives a slot back from a call that takes longer: {hold_words}"},
    {"nginx", Side::client, kGenerations,
     "kill -TERM PID for each \"worker process is shutting down\"   (ps names them so)",
     "ends it at once, with the calls that it still has"},
    {"nginx", Side::client, kGenerations, "worker_shutdown_timeout 30s;",
     "from the next reload on: a worker that starts with it ends at the latest so long after it is replaced; "
     "those that are old now never read it"},
    {"nginx", Side::client, kReader, "proxy_buffering on; send_timeout 10s;",
     "nginx takes the answer off the backend at once, and the client reads from nginx"},
    {"nginx", Side::client, kConnect,
     "proxy_connect_timeout 1s; server {address} max_fails=2 fail_timeout=10s;",
     "a server that does not answer is left out, and a slot is not held by a SYN"},

    {"varnish", Side::client, kSurge | kLow,
     ".max_connections = {needed};   in backend {name}; then varnishreload (vcl.load, vcl.use)",
     "{arithmetic}"},
    {"varnish", Side::client, kSurge | kSlow | kDependency, "set beresp.grace = 1h;",
     "serves what it has while one fetch renews it: fewer calls reach {backend}"},
    {"varnish", Side::client, kSlow | kStuck, ".first_byte_timeout = {timeout}; .between_bytes_timeout = 5s;",
     "gives a slot back from a fetch that takes longer: {hold_words}"},
    {"varnish", Side::client, kSerial,
     "set beresp.ttl = 120s; set beresp.uncacheable = true;   (hit-for-miss)",
     "requests for what cannot be cached wait for each other without it"},
    {"varnish", Side::client, kConnect, ".connect_timeout = 1s; .probe = { … }",
     "a backend that does not answer is told sick and left out"},

    {"php-fpm", Side::server, kSurge | kLow | kAccept,
     "pm.max_children = {needed}   then systemctl reload php8.2-fpm (its unit; process_control_timeout "
     "first)",
     "{arithmetic}; a reload ends calls in flight while process_control_timeout is 0, its default; a rule of "
     "thumb: at most memory for workers ÷ P95 resident size of one"},
    {"php-fpm", Side::server, kStuck | kSlow,
     "request_terminate_timeout = {timeout}; request_slowlog_timeout = 2s",
     "ends a worker's call that takes longer ({hold_words}), and writes down where it was"},
    {"php-fpm", Side::server, kAccept, "listen.backlog = 511",
     "a rule of thumb: room for a burst in front of {limit} workers; it makes nothing faster"},

    {"postgresql", Side::server, kIdle,
     "ALTER SYSTEM SET idle_in_transaction_session_timeout = '60s'; ALTER SYSTEM SET idle_session_timeout = "
     "'10min'; SELECT pg_reload_conf();",
     "ends sessions that do nothing: {idle} of the slot-seconds (idle_session_timeout from 14 on)"},
    {"postgresql", Side::server, kIdle | kSurge | kLow,
     "PgBouncer in front, pool_mode = transaction, default_pool_size = {pool}",
     "{arithmetic}; a rule of thumb for the pool: cores × 2 + disks"},
    {"postgresql", Side::server, kLow | kSurge | kIdle, "max_connections = {needed_headroom}   (restart)",
     "a rule of thumb: pools + direct ones + 20 %; each one costs memory", "max_connections"},
    {"postgresql", Side::server, kStuck | kSlow,
     "ALTER SYSTEM SET statement_timeout = '{timeout}'; ALTER SYSTEM SET lock_timeout = '5s'; SELECT "
     "pg_reload_conf();",
     "ends a statement that takes longer: {hold_words}"},

    {"pgbouncer", Side::any, kSurge | kLow, "{setting} = {needed}   then RELOAD   (admin console)",
     "{arithmetic}{multiplied}; the server's max_connections has to have room for them", kAnySetting},
    {"pgbouncer", Side::any, kIdle,
     "pool_mode = transaction; idle_transaction_timeout = 60; client_idle_timeout = 600",
     "an idle client keeps no server connection: {idle} of the slot-seconds are idle"},
    {"pgbouncer", Side::any, kStuck | kSlow, "query_timeout = {timeout_seconds}; query_wait_timeout = 10",
     "ends a query that takes longer: {hold_words}"},

    {"mysql", Side::server, kSurge | kLow, "SET GLOBAL max_connections = {needed_headroom};",
     "{arithmetic}, and 20 % more"},
    {"mysql", Side::server, kIdle, "SET GLOBAL wait_timeout = 300; SET GLOBAL interactive_timeout = 300;",
     "ends sessions that do nothing: {idle} of the slot-seconds"},
    {"mysql", Side::server, kStuck | kSlow,
     "SET GLOBAL max_execution_time = {timeout_ms};   (MariaDB: max_statement_time = {timeout_seconds})",
     "ends a statement that takes longer: {hold_words}"},

    {"redis", Side::server, kSurge | kLow, "CONFIG SET maxclients {needed_headroom}",
     "{arithmetic}, and 20 % more"},
    {"redis", Side::server, kIdle, "CONFIG SET timeout 300",
     "ends clients that do nothing: {idle} of the slot-seconds"},
    {"redis", Side::server, kSlow | kSerial, "SLOWLOG GET 10",
     "Redis does one command at a time: the slow one holds all others up"},

    {"", Side::any, kSurge | kLow | kAccept,
     "raise {setting} of {backend} from {written} to {needed}   ({source})", "{arithmetic}{multiplied}",
     kAnySetting},
    {"", Side::any, kSurge, "limit {call}, or cache it", "{call_share} of the slot-seconds are its"},
    {"", Side::any, kSurge | kLow, "add another server beside {address}",
     "a rule of thumb: at 80 % of the slots in use a queue is 4 times as long as at 50 %"},
    {"", Side::any, kStuck, "end the stuck calls: a time-out of {timeout} on calls to {backend}",
     "the oldest is {oldest} old, and nothing of that age ends; a larger limit fills again{fills}"},
    {"", Side::any, kLeak, "restart {process} for now; it has to close() what its peer has closed",
     "{left_open} of the slot-seconds are connections in CLOSE_WAIT; only their owner can end them, a larger "
     "limit fills again"},
    {"", Side::any, kIdle, "end idle connections: a shorter keep-alive or idle time-out at {process}",
     "{idle} of the slot-seconds are connections without a call"},
    {"", Side::any, kIdle | kLow, "pool the connections of {process}",
     "a rule of thumb: a pool needs arrivals × hold, {arithmetic}"},
    {"", Side::any, kAccept, "see what keeps the workers of {backend} from accepting (a stack, its slow log)",
     "connections wait to be accepted; a longer backlog lets more of them wait and makes nothing faster"},
    {"", Side::any, kSerial,
     "find what {backend} does one at a time (a lock, a single worker, one connection)",
     "a larger limit makes the queue longer and nothing faster"},
    {"", Side::any, kReader, "buffer answers in front of slow readers, and give them a time-out",
     "{sending} of the slot-seconds go by while an answer is sent"},
    {"", Side::any, kConnect,
     "see that {address} listens and can be reached; a connect time-out of 1 s frees the slots",
     "{connect_words}"},
    {"", Side::any, kConnect,
     "keep connections to {address} open (keep-alive), or widen net.ipv4.ip_local_port_range", "{ports}"},
};

} // namespace

std::span<const AdviceRow> advice_rows()
{
    return kRows;
}

} // namespace slotscope::analyze
