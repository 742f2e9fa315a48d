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

// Where a formula or a setting comes from: the products' own manuals; sizing rules in README, "Why". APP in
// SQL is the application's role, which is not known here: nothing is proposed that ends other roles' work.
constexpr AdviceRow kRows[] = {
    {"", Side::any, ~0U, "raise the CPU limit of control group {cpu_group} {cpu_raise} cores",
     "{cpu_reason}"},
    {"", Side::any, kDependency, "look at {dependency}{dependency_call}",
     "it is what {waits} of the slot-seconds wait for; {backend} only waits"},
    {"", Side::any, kDependency | kStuck,
     "let {backend} not call itself{itself_call}, or give such calls slots of their own",
     "{itself} of the slot-seconds wait for them: once those that wait hold all slots, none of them gets one "
     "(a deadlock); end some to break it"},
    {"", Side::any, bit(Cause::slow_backend), "look at {call}",
     "{call_share} of the slot-seconds are its; {hold_words}"},
    {"", Side::any, kAccept,
     "give process {files_pid} more file descriptors than {files} (LimitNOFILE= of its unit, ulimit -n), and "
     "see what it leaves open: ls -l /proc/{files_pid}/fd",
     "{files} are open and no more are allowed: it accepts no connection before it closes one"},
    {"", Side::any, bit(Cause::slow_backend) | kStuck, "see which disk or file system is slow (iostat -x 1)",
     "{on_disk} of the threads that serve wait for one"},
    {"", Side::any, kGenerations, "end the old processes of {generation} once their calls are done",
     "{old} hold {old_share} of the slot-seconds"},

    {"haproxy", Side::client, kStuck, "shutdown sessions server {server}   (stats socket, at once)",
     "ends all of its sessions, those that are well, too; `show sess` and `shutdown session ID` end single "
     "ones"},
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
    {"haproxy", Side::client, kLow, "timeout tunnel 10min",
     "{upgraded} slots are held by upgraded connections: one on which nothing moves for so long gives its "
     "slot back; more than its clients take between two pings"},
    {"haproxy", Side::client, kStuck | kSlow, "timeout server {timeout}",
     "gives a slot back whose server is silent for longer: {longest}"},
    {"haproxy", Side::client, kSurge | kSlow | kSerial, "timeout queue 5s",
     "a rule of thumb: those that wait are told 503 before their clients give up"},
    {"haproxy", Side::any, kGenerations,
     "kill -TERM PID for each old worker   (`show proc` on the master socket lists them)",
     "ends it at once, with the calls that it still has"},
    {"haproxy", Side::any, kGenerations, "hard-stop-after 30s   (global)",
     "from the next reload on: a process that starts with it ends at the latest so long after it is "
     "replaced; "
     "those that are old now never read it"},
    {"haproxy", Side::server, kIdle, "timeout http-keep-alive 5s; timeout http-request 5s",
     "a rule of thumb: a client that asks for nothing gives its slot back"},
    {"haproxy", Side::any, kReader, "timeout client 30s",
     "a rule of thumb: a client that takes nothing for so long gives its slot back"},
    {"haproxy", Side::client, kConnect, "timeout connect 2s; option redispatch; check on server {server}",
     "a server that does not answer is left out, and a slot is not held by a SYN; one lost SYN (1 s) is "
     "borne"},
    {"haproxy", Side::any, kUnknown, "option http-buffer-request; timeout http-request 10s",
     "a request takes a slot once it is whole: {uploading} of the slot-seconds went by while clients sent "
     "theirs"},

    {"nginx", Side::client, kSurge | kLow, "server {address} max_conns={needed};   then nginx -s reload",
     "{arithmetic}{multiplied}", "max_conns"},
    {"nginx", Side::server, kSurge | kLow, "worker_connections {needed};   then nginx -s reload",
     "{arithmetic}{multiplied}; worker_rlimit_nofile has to be more than that", "worker_connections"},
    {"nginx", Side::server, kSurge | kLow, "worker_rlimit_nofile {needed};   then nginx -s reload",
     "{arithmetic}{multiplied}", "worker_rlimit_nofile"},
    {"nginx", Side::client, kStuck | kSlow,
     "proxy_read_timeout {timeout};   (fastcgi_read_timeout, …)   then nginx -s reload",
     "gives a slot back whose server is silent for longer, of calls from then on: {longest}"},
    {"nginx", Side::any, kGenerations,
     "kill -TERM PID for each \"worker process is shutting down\"   (ps names them so)",
     "ends it at once, with the calls that it still has"},
    {"nginx", Side::any, kGenerations, "worker_shutdown_timeout 30s;",
     "from the next reload on: a worker that starts with it ends at the latest so long after it is replaced; "
     "those that are old now never read it"},
    {"nginx", Side::server, kIdle, "keepalive_timeout 15s;   then nginx -s reload",
     "a rule of thumb: a client that asks for nothing gives its slot back"},
    {"nginx", Side::any, kReader, "proxy_buffering on; send_timeout 10s;",
     "nginx takes the answer off the backend at once, and the client reads from nginx"},
    {"nginx", Side::client, kConnect,
     "proxy_connect_timeout 2s; server {address} max_fails=2 fail_timeout=10s;",
     "a server that does not answer is left out, and a slot is not held by a SYN; one lost SYN (1 s) is "
     "borne"},
    {"nginx", Side::any, kUnknown, "proxy_request_buffering on; client_body_timeout 10s;",
     "a request takes a slot once it is whole: {uploading} of the slot-seconds went by while clients sent "
     "theirs"},

    {"varnish", Side::client, kSurge | kLow,
     ".max_connections = {needed};   in backend {name}; then varnishreload (vcl.load, vcl.use)",
     "{arithmetic}"},
    {"varnish", Side::client, kSurge | kSlow, "set beresp.grace = 1h;   (vcl_backend_response)",
     "serves what it has, up to an hour too old, while one fetch renews it: fewer calls reach {backend}"},
    {"varnish", Side::client, kSlow | kStuck,
     "varnishadm param.set first_byte_timeout {timeout_seconds}   (.first_byte_timeout = {timeout}; where "
     "the "
     "backend has its own)",
     "gives a slot back from a fetch that is not answered for longer, of fetches from then on: {longest}"},
    {"varnish", Side::client, kSerial,
     "only for what cannot be cached: set beresp.ttl = 120s; set beresp.uncacheable = true;   "
     "(vcl_backend_response)",
     "requests for what cannot be cached wait for each other without it"},
    {"varnish", Side::client, kConnect, ".connect_timeout = 2s; .probe = { … }",
     "a backend that does not answer is told sick and left out"},

    {"php-fpm", Side::server, kStuck, "kill -TERM PID of each worker that is stuck",
     "ends its call at once; the master starts another worker"},
    {"php-fpm", Side::server, kSurge | kLow | kAccept,
     "pm.max_children = {needed}   then systemctl reload php8.2-fpm (as its unit is called)",
     "{arithmetic}; only as many as memory ÷ P95 resident size of one allows; a reload ends calls in flight "
     "while process_control_timeout is 0, its default"},
    {"php-fpm", Side::server, kStuck | kSlow, "request_terminate_timeout = {timeout}   then reload",
     "ends a worker's call that takes longer: {longest}; a reload ends calls in flight while "
     "process_control_timeout is 0, its default"},
    {"php-fpm", Side::server, kStuck | kSlow | kAccept,
     "request_slowlog_timeout = 2s; slowlog = /var/log/php-fpm.slow   then reload",
     "writes down where a slow call is; a reload ends calls in flight while process_control_timeout is 0, "
     "its "
     "default"},
    {"php-fpm", Side::server, kSerial,
     "session_write_close();   once a script has what it wants of its session",
     "{file_locked} wait for a lock on a file: PHP keeps a session's until its script ends"},

    {"postgresql", Side::server, kStuck | kSerial,
     "SELECT pid, usename, client_addr, state, query FROM pg_stat_activity WHERE pid IN (SELECT "
     "unnest(pg_blocking_pids(pid)) FROM pg_stat_activity WHERE wait_event_type = 'Lock');   then "
     "pg_terminate_backend(PID) of the one that is idle in a transaction",
     "says who has the locks that {locked_sessions} wait for; ending its session gives them back at once"},
    {"postgresql", Side::server, kStuck, "ALTER ROLE APP SET idle_in_transaction_session_timeout = '60s';",
     "for sessions of the application's role from then on: {locked_sessions} wait for what one of them keeps "
     "in a transaction in which nothing happens"},
    {"postgresql", Side::server, kStuck,
     "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'APP' AND state = 'active' AND "
     "query_start < now() - interval '{timeout}';",
     "at once; APP is the application's role: {longest}"},
    {"postgresql", Side::server, kIdle,
     "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'APP' AND state LIKE 'idle%' "
     "AND "
     "state_change < now() - interval '10 min';",
     "at once; APP is the application's role; ends its sessions that did nothing for so long: {idle} of the "
     "slot-seconds are of idle ones"},
    {"postgresql", Side::server, kIdle,
     "ALTER ROLE APP SET idle_in_transaction_session_timeout = '60s'; ALTER ROLE APP SET "
     "idle_session_timeout "
     "= '10min';",
     "for its sessions from then on; more than its pool lets a connection idle (idle_session_timeout from 14 "
     "on)"},
    {"postgresql", Side::server, kIdle | kSurge | kLow,
     "PgBouncer in front, pool_mode = transaction, default_pool_size = {pool}",
     "{pool_arithmetic}; a rule of thumb for the pool: cores × 2 + disks"},
    {"postgresql", Side::server, kLow | kSurge | kIdle, "max_connections = {needed_headroom}   (restart)",
     "{arithmetic}, and 20 % more; each one costs memory", "max_connections"},
    {"postgresql", Side::server, kStuck | kSlow, "ALTER ROLE APP SET statement_timeout = '{timeout}';",
     "ends a longer statement of the application's role, in sessions from then on; dumps and migrations have "
     "roles of their own: {longest}"},

    {"pgbouncer", Side::any, kSurge | kLow, "{setting} = {needed}   then RELOAD   (admin console)",
     "{arithmetic}{multiplied}; the server's max_connections has to have room for them", kAnySetting},
    {"pgbouncer", Side::any, kIdle, "idle_transaction_timeout = 60   then RELOAD",
     "{in_transaction} of the slot-seconds are of connections whose clients have begun a transaction and do "
     "nothing: ends those"},
    {"pgbouncer", Side::any, kIdle, "pool_mode = transaction; idle_transaction_timeout = 60   then RELOAD",
     "an idle client keeps no server connection: {idle} of the slot-seconds are idle; what lives in a "
     "session "
     "breaks: SET, LISTEN, advisory locks, prepared statements before 1.21"},
    {"pgbouncer", Side::any, kStuck | kSlow,
     "ALTER ROLE APP SET statement_timeout = '{timeout}';   (PostgreSQL)   then RECONNECT   (admin console)",
     "ends a longer statement of the application's role; dumps and migrations have roles of their own: "
     "{longest}"},
    {"pgbouncer", Side::any, kSurge | kSlow | kStuck, "query_wait_timeout = 10   then RELOAD",
     "a rule of thumb: those that wait for a connection are told so before their clients give up"},

    {"mysql", Side::server, kStuck,
     "SELECT trx_mysql_thread_id, trx_started, trx_rows_locked, trx_query FROM "
     "information_schema.innodb_trx ORDER BY trx_started;   then KILL ID; of the old one without a query",
     "says who keeps what {locked_sessions} wait for; ending its session gives it back at once"},
    {"mysql", Side::server, kStuck | kIdle, "SET GLOBAL idle_transaction_timeout = 60;   (MariaDB)",
     "for sessions from then on; ends those that do nothing in a transaction: {in_transaction} of the "
     "slot-seconds"},
    {"mysql", Side::server, kStuck, "SHOW FULL PROCESSLIST;   then KILL QUERY ID; of those that are stuck",
     "at once; the session stays"},
    {"mysql", Side::server, kSurge | kLow, "SET GLOBAL max_connections = {needed_headroom};",
     "{arithmetic}, and 20 % more; at once; in its file, too, to last"},
    {"mysql", Side::server, kIdle,
     "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE command = 'Sleep' AND time > "
     "600;",
     "at once: gives the statements that end sessions which did nothing for so long: {idle} of the "
     "slot-seconds are of idle ones"},
    {"mysql", Side::server, kIdle, "SET GLOBAL wait_timeout = 600;",
     "for sessions from then on; more than the application's pool lets a connection idle"},
    {"mysql", Side::server, kStuck | kSlow,
     "ALTER USER APP WITH MAX_STATEMENT_TIME {timeout_seconds};   (MySQL: SET GLOBAL max_execution_time = "
     "{timeout_ms}; SELECT only)",
     "ends a longer statement of the application's user, in sessions from then on: {longest}"},

    {"redis", Side::server, kSurge | kLow, "CONFIG SET maxclients {needed_headroom}",
     "{arithmetic}, and 20 % more; at once"},
    {"redis", Side::server, kIdle, "CONFIG SET timeout 300",
     "ends clients that do nothing (not those that subscribe): {idle} of the slot-seconds"},
    {"redis", Side::server, kSlow | kSerial | kStuck, "SLOWLOG GET 10",
     "Redis does one command at a time: the slow one holds all others up"},

    {"", Side::any, kSurge | kLow | kAccept,
     "raise {setting} of {backend} from {written} to {needed}   ({source})", "{arithmetic}{multiplied}",
     kAnySetting},
    {"", Side::any, kLow,
     "give {call} a backend and a limit of its own, with a slot for each client that may be "
     "connected at a time",
     "{upgraded} slots are held by upgraded connections (WebSockets), which come and go with clients and not "
     "with traffic"},
    {"", Side::any, kUnknown,
     "where they are streams, give {call} a backend and a limit of its own, with a slot for each client that "
     "may be connected at a time",
     "{streams} of the slot-seconds are of answers that go on and on"},
    {"", Side::any, kSurge, "limit {call}, or cache it", "{call_share} of the slot-seconds are its"},
    {"", Side::any, kSurge | kLow, "add another server beside {address}",
     "a rule of thumb (M/M/1): at 80 % of the slots in use calls wait 4 times as long as at 50 %"},
    {"", Side::any, kStuck, "end the stuck calls, and give calls to {backend} {a_timeout}",
     "the oldest is {oldest} old, and nothing of that age ends; a larger limit fills again{fills}"},
    {"", Side::any, kLeak,
     "restart {process} for now; it has to close its connections to {backend}, or give them back to its "
     "pool, on every way out of a call",
     "{forgotten} connections were opened while others lay idle; a larger limit fills again"},
    {"", Side::any, kLeak, "restart {process} for now; it has to close() what its peer has closed",
     "{left_open} of the slot-seconds are connections in CLOSE_WAIT; only their owner can end them, a larger "
     "limit fills again"},
    {"", Side::any, kIdle, "end idle connections: a shorter keep-alive or idle time-out at {process}",
     "{idle} of the slot-seconds are connections without a call"},
    {"", Side::any, kIdle | kLow, "pool the connections of {process}",
     "a rule of thumb: a pool needs arrivals × hold, {pool_arithmetic}"},
    {"", Side::any, kAccept, "see what keeps the workers of {backend} from accepting (a stack, its slow log)",
     "connections wait to be accepted; a longer backlog lets more of them wait and makes nothing faster"},
    {"", Side::any, kUnknown,
     "a proxy that takes requests whole in front of {backend}, and a time-out for who sends slowly",
     "{uploading} of the slot-seconds went by while clients sent their requests"},
    {"", Side::any, kSerial,
     "find what {backend} does one at a time (a lock, a single worker, one connection)",
     "a larger limit makes the queue longer and nothing faster"},
    {"", Side::any, kReader, "buffer answers in front of slow readers, and give them a time-out",
     "{sending} of the slot-seconds go by while an answer is sent"},
    {"", Side::any, kConnect,
     "see that {address} listens and can be reached; a connect time-out of 2 s frees the slots",
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
