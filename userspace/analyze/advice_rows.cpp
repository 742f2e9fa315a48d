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
constexpr unsigned kUnknown = bit(Cause::unknown);

// Where a formula or a setting comes from: the products' own manuals; sizing rules in README, "Why".
constexpr AdviceRow kRows[] = {
    {"haproxy", kSurge | kLow | kSlow, "set maxconn server {server} {needed}   (stats socket, at once)",
     "{arithmetic}"},
    {"haproxy", kSurge | kLow | kSlow, "server {name} … maxconn {needed}",
     "{arithmetic}; lasts over a reload"},
    {"haproxy", kStuck | kSlow, "timeout server {timeout}",
     "gives a slot back from a call that takes longer: {hold_words}"},
    {"haproxy", kSurge | kSlow | kSerial, "timeout queue 5s",
     "a rule of thumb: those that wait are told 503 before their clients give up"},
    {"haproxy", kGenerations, "hard-stop-after 30s   (global)",
     "old processes end at the latest then; now {old} hold {old_share} of the slot-seconds"},
    {"haproxy", kIdle | kReader, "timeout client 30s; timeout http-keep-alive 5s",
     "a rule of thumb: what does not move gives its slot back"},
    {"haproxy", kUnknown, "option http-buffer-request; timeout http-request 10s",
     "a request takes a slot once it is whole: {uploading} of the slot-seconds went by while clients sent "
     "theirs"},
    {"haproxy", kConnect, "timeout connect 1s; option redispatch; check on server {server}",
     "a server that does not answer is left out, and a slot is not held by a SYN"},

    {"nginx", kSurge | kLow | kSlow, "server {address} max_conns={needed};   then nginx -s reload",
     "{arithmetic}; counted per worker without a zone in the upstream"},
    {"nginx", kSurge | kLow, "worker_processes auto; worker_connections {connections};",
     "a rule of thumb: each proxied call takes two connections of its worker, so about half of "
     "worker_connections are calls"},
    {"nginx", kStuck | kSlow, "proxy_read_timeout {timeout};",
     "gives a slot back from a call that takes longer: {hold_words}"},
    {"nginx", kGenerations, "worker_shutdown_timeout 30s;",
     "old workers end at the latest then; now {old} hold {old_share} of the slot-seconds"},
    {"nginx", kReader, "proxy_buffering on; send_timeout 10s;",
     "nginx takes the answer off the backend at once, and the client reads from nginx"},
    {"nginx", kUnknown, "proxy_request_buffering on; client_body_timeout 10s;",
     "a request takes a slot once it is whole: {uploading} of the slot-seconds went by while clients sent "
     "theirs"},
    {"nginx", kConnect, "proxy_connect_timeout 1s; server {address} max_fails=2 fail_timeout=10s;",
     "a server that does not answer is left out, and a slot is not held by a SYN"},

    {"varnish", kSurge | kLow | kSlow,
     ".max_connections = {needed};   in backend {name}; then varnishreload (vcl.load, vcl.use)",
     "{arithmetic}"},
    {"varnish", kSurge | kSlow | kDependency, "set beresp.grace = 1h;",
     "serves what it has while one fetch renews it: fewer calls reach {backend}"},
    {"varnish", kSlow | kStuck, ".first_byte_timeout = {timeout}; .between_bytes_timeout = 5s;",
     "gives a slot back from a fetch that takes longer: {hold_words}"},
    {"varnish", kSerial, "set beresp.ttl = 120s; set beresp.uncacheable = true;   (hit-for-miss)",
     "requests for what cannot be cached wait for each other without it"},
    {"varnish", kConnect, ".connect_timeout = 1s; .probe = { … }",
     "a backend that does not answer is told sick and left out"},

    {"php-fpm", kSurge | kLow | kAccept | kSlow, "pm.max_children = {needed}   then systemctl reload php-fpm",
     "{arithmetic}; a rule of thumb: at most memory for workers ÷ P95 resident size of one"},
    {"php-fpm", kStuck | kSlow,
     "request_terminate_timeout = {timeout_of_worker}; request_slowlog_timeout = 2s",
     "ends a worker's call that takes longer ({hold_words}), and writes down where it was"},
    {"php-fpm", kSerial, "session_write_close();   once a script has what it wants of its session",
     "{file_locked} wait for a lock on a file: PHP keeps a session's until its script ends"},
    {"php-fpm", kAccept, "listen.backlog = 511",
     "a rule of thumb: room for a burst in front of {limit} workers; it makes nothing faster"},

    {"postgresql", kIdle,
     "ALTER SYSTEM SET idle_in_transaction_session_timeout = '60s'; ALTER SYSTEM SET idle_session_timeout = "
     "'10min'; SELECT pg_reload_conf();",
     "ends sessions that do nothing: {idle} of the slot-seconds (idle_session_timeout from 14 on)"},
    {"postgresql", kIdle | kSurge | kLow,
     "PgBouncer in front, pool_mode = transaction, default_pool_size = {pool}",
     "{arithmetic}; a rule of thumb for the pool: cores × 2 + disks"},
    {"postgresql", kLow | kSurge | kIdle, "max_connections = {needed_headroom}   (restart)",
     "a rule of thumb: pools + direct ones + 20 %; each one costs memory"},
    {"postgresql", kStuck | kSlow,
     "ALTER SYSTEM SET statement_timeout = '{timeout}'; ALTER SYSTEM SET lock_timeout = '5s'; SELECT "
     "pg_reload_conf();",
     "ends a statement that takes longer: {hold_words}"},

    {"pgbouncer", kSurge | kLow | kSlow, "default_pool_size = {needed}   then RELOAD", "{arithmetic}"},
    {"pgbouncer", kIdle, "pool_mode = transaction; idle_transaction_timeout = 60; client_idle_timeout = 600",
     "an idle client keeps no server connection: {idle} of the slot-seconds are idle"},
    {"pgbouncer", kStuck | kSlow, "query_timeout = {timeout_seconds}; query_wait_timeout = 10",
     "ends a query that takes longer: {hold_words}"},

    {"mysql", kSurge | kLow, "SET GLOBAL max_connections = {needed_headroom};",
     "{arithmetic}, and 20 % more"},
    {"mysql", kIdle, "SET GLOBAL wait_timeout = 300; SET GLOBAL interactive_timeout = 300;",
     "ends sessions that do nothing: {idle} of the slot-seconds"},
    {"mysql", kStuck | kSlow,
     "SET GLOBAL max_execution_time = {timeout_ms};   (MariaDB: max_statement_time = {timeout_seconds})",
     "ends a statement that takes longer: {hold_words}"},

    {"redis", kSurge | kLow, "CONFIG SET maxclients {needed_headroom}", "{arithmetic}, and 20 % more"},
    {"redis", kIdle, "CONFIG SET timeout 300", "ends clients that do nothing: {idle} of the slot-seconds"},
    {"redis", kSlow | kSerial, "SLOWLOG GET 10",
     "Redis does one command at a time: the slow one holds all others up"},

    {"", kDependency, "look at {dependency}{dependency_call}",
     "it is what {waits} of the slot-seconds wait for; {backend} only waits"},
    {"", bit(Cause::slow_backend), "look at {call}",
     "{call_share} of the slot-seconds are its; {hold_words}"},
    {"", kSurge | kLow | kSlow | kUnknown,
     "raise the limit of {backend} from {limit} to {needed}   ({source})", "{arithmetic}"},
    {"", kSurge, "limit {call}, or cache it", "{call_share} of the slot-seconds are its"},
    {"", kSurge | kLow, "add another server beside {address}",
     "a rule of thumb: at 80 % of the slots in use a queue is 4 times as long as at 50 %"},
    {"", kStuck, "end the stuck calls: a time-out of {timeout} on calls to {backend}",
     "the oldest is {oldest} old, and nothing of that age ends; a larger limit fills again{fills}"},
    {"", kLeak, "restart {process} for now; it has to close() what its peer has closed",
     "{left_open} of the slot-seconds are connections in CLOSE_WAIT; only their owner can end them, a larger "
     "limit fills again"},
    {"", kIdle, "end idle connections: a shorter keep-alive or idle time-out at {process}",
     "{idle} of the slot-seconds are connections without a call"},
    {"", kIdle | kLow, "pool the connections of {process}",
     "a rule of thumb: a pool needs arrivals × hold, {arithmetic}"},
    {"", kGenerations, "end the old processes of {generation} once their calls are done",
     "{old} hold {old_share} of the slot-seconds"},
    {"", kAccept, "more workers for {backend}: {needed}", "{arithmetic}; connections wait to be accepted"},
    {"", kUnknown,
     "a proxy that takes requests whole in front of {backend}, and a time-out for who sends slowly",
     "{uploading} of the slot-seconds went by while clients sent their requests"},
    {"", kSerial, "find what {backend} does one at a time (a lock, a single worker, one connection)",
     "a larger limit makes the queue longer and nothing faster"},
    {"", kReader, "buffer answers in front of slow readers, and give them a time-out",
     "{sending} of the slot-seconds go by while an answer is sent"},
    {"", kConnect, "see that {address} listens and can be reached; a connect time-out of 1 s frees the slots",
     "{connect_words}"},
    {"", kConnect, "keep connections to {address} open (keep-alive), or widen net.ipv4.ip_local_port_range",
     "{ports}"},
};

} // namespace

std::span<const AdviceRow> advice_rows()
{
    return kRows;
}

} // namespace slotscope::analyze
