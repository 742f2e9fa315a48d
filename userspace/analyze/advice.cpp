// SPDX-License-Identifier: MIT
// What would help. One table: product, causes, the change in the product's own syntax, why. Nothing is ever
// changed by slotscope itself.
#include "analyze/judge.h"
#include "analyze/words.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace slotscope::analyze {
namespace {

constexpr std::size_t kMostAdvice = 6;

constexpr unsigned bit(Cause cause)
{
    return 1U << static_cast<unsigned>(cause);
}

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

struct Row {
    const char* product; // "": any
    unsigned causes;
    const char* change; // {words} are put in, see values()
    const char* reason;
};

// In the order of the fastest relief, product by product; the general ones last. Where a formula or a setting
// comes from: the products' own manuals; sizing rules in README, "Why".
constexpr Row kRows[] = {
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
    {"php-fpm", kStuck | kSlow, "request_terminate_timeout = {timeout}; request_slowlog_timeout = 2s",
     "ends a worker's call that takes longer ({hold_words}), and writes down where it was"},
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
    {"", kSerial, "find what {backend} does one at a time (a lock, a single worker, one connection)",
     "a larger limit makes the queue longer and nothing faster"},
    {"", kReader, "buffer answers in front of slow readers, and give them a time-out",
     "{sending} of the slot-seconds go by while an answer is sent"},
    {"", kConnect, "see that {address} listens and can be reached; a connect time-out of 1 s frees the slots",
     "{connect_words}"},
    {"", kConnect, "keep connections to {address} open (keep-alive), or widen net.ipv4.ip_local_port_range",
     "{ports}"},
};

// ---- what is put in

double peak_arrivals(const Evidence& e)
{
    double peak = std::max(e.during.peak_arrivals_per_second, e.during.arrivals_per_second);
    if (const auto ratio = e.arrival_ratio())
        peak = std::max(peak, *ratio * e.baseline.arrivals_per_second); // what a queue hides
    return peak;
}

double high_hold(const Evidence& e)
{
    return std::max(e.during.hold_p95_seconds.value_or(0), e.hold_during());
}

std::uint64_t whole(double slots)
{
    return static_cast<std::uint64_t>(std::ceil(std::clamp(slots, 1.0, 1e6)));
}

std::string fills(const Evidence& e, double slots)
{
    const auto seconds = seconds_to_fill(slots, peak_arrivals(e), e.lately.completions_per_second);
    return seconds && *seconds < 600 ? "limit " + std::to_string(whole(slots)) + " fills in " +
                                           words::duration(std::max(*seconds, 0.1))
                                     : "";
}

// "peak arrivals 12.9/s × p95 hold 1.4 s = 18.1; limit 60 fills in 4 s"
std::string arithmetic(const Evidence& e, double needed)
{
    const char* const what =
        e.during.hold_p95_seconds && *e.during.hold_p95_seconds >= e.hold_during() ? "p95" : "mean";
    std::string text = "peak arrivals " + words::rate(peak_arrivals(e)) + " × " + what + " hold " +
                       words::duration(high_hold(e)) + " = " + words::number(needed);
    const bool much = e.limit != 0 && needed > 4 * static_cast<double>(e.limit);
    const std::string until = fills(e, 2 * static_cast<double>(std::max<std::uint64_t>(e.limit, 1)));
    if (much && !until.empty())
        text += "; less buys little: " + until;
    return text;
}

using Values = std::map<std::string, std::string>;

// A time-out that no usual call meets and that frees slots soon: ten times what is usual, 1 s to 60 s.
double timeout_seconds(const Evidence& e)
{
    const double usual =
        e.baseline.known() ? e.baseline.hold_p95_seconds.value_or(e.baseline.hold_seconds) : 1;
    return std::clamp(std::ceil(10 * usual), 1.0, 60.0);
}

void set_numbers(Values& values, const Evidence& e)
{
    double needed = slots_needed(peak_arrivals(e), high_hold(e));
    if (needed > 0.05) // else nothing is known of what would be needed
        values["arithmetic"] = arithmetic(e, needed);
    needed = std::max(needed, static_cast<double>(e.limit) + 1); // what is full is not enough
    values["needed"] = std::to_string(whole(needed));
    values["needed_headroom"] = std::to_string(whole(1.2 * needed));
    values["pool"] = std::to_string(
        whole(std::max(2.0, slots_needed(peak_arrivals(e), e.unit == Unit::calls ? high_hold(e) : 0.1))));
    values["connections"] = std::to_string(whole(std::max(1024.0, 4 * needed)));
    const auto timeout = static_cast<std::uint64_t>(timeout_seconds(e));
    values["timeout"] = std::to_string(timeout) + "s";
    values["timeout_seconds"] = std::to_string(timeout);
    values["timeout_ms"] = std::to_string(timeout * 1000);
    const std::string until = fills(e, 2 * static_cast<double>(std::max<std::uint64_t>(e.limit, 1)));
    values["fills"] = until.empty() ? "" : ": " + until;
    values["limit"] = std::to_string(e.limit);
    values["oldest"] = words::duration(e.tally.oldest_seconds());
    values["hold_words"] =
        "now " + words::duration(e.hold_during()) +
        (e.baseline.known() ? ", usually " + words::duration(e.baseline.hold_seconds) : "");
}

void set_shares(Values& values, const Evidence& e)
{
    values["idle"] = words::percent(e.tally.share(Doing::idle));
    values["left_open"] = words::percent(e.tally.share(Doing::left_open));
    values["sending"] = words::percent(e.tally.share(Doing::response) + e.tally.share(Doing::stalled));
    values["old"] = words::counted(e.old_generations, "process");
    values["old_share"] = words::percent(e.old_generations_share);
    values["generation"] = e.generation_process;
    const auto failed = [&](Failure reason) { return e.during.failed[static_cast<std::size_t>(reason)]; };
    values["connect_words"] = std::to_string(failed(Failure::refused)) + " refused, " +
                              std::to_string(failed(Failure::timed_out)) + " timed out, " +
                              std::to_string(e.connecting) + " still connecting";
    if (failed(Failure::no_port) != 0)
        values["ports"] = std::to_string(failed(Failure::no_port)) +
                          " found no local port: ports ÷ 60 s of TIME_WAIT is what can be closed each second";
}

void set_names(Values& values, const Evidence& e, const Verdict& verdict)
{
    values["backend"] = e.backend;
    values["address"] = e.address;
    const std::size_t slash = e.backend.rfind('/');
    values["name"] = slash == std::string::npos ? e.backend : e.backend.substr(slash + 1);
    values["server"] = slash == std::string::npos ? "BACKEND/" + e.backend : e.backend;
    values["source"] = e.limit_source.empty() ? "where it is written" : e.limit_source;
    values["process"] = "its owner";
    if (!verdict.culprits.empty()) {
        const Culprit& first = verdict.culprits.front();
        values["call"] = first.call.empty()
                             ? "what " + (first.process.empty() ? e.backend : first.process) + " asks for"
                             : first.call;
        values["call_share"] = words::percent(first.share);
        if (!first.process.empty())
            values["process"] = first.process;
    }
    if (verdict.dependency) {
        values["dependency"] = verdict.dependency->address;
        values["dependency_call"] = verdict.dependency->call.empty() ? "" : ": " + verdict.dependency->call;
        values["waits"] = words::percent(verdict.dependency->share);
    }
}

// Empty where something that is needed is not known.
std::string filled(std::string_view text, const Values& values)
{
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t close = text[at] == '{' ? text.find('}', at) : std::string_view::npos;
        if (close == std::string_view::npos || text[at + 1] == ' ') { // "{ … }" of a product's syntax
            result += text[at++];
            continue;
        }
        const auto value = values.find(std::string(text.substr(at + 1, close - at - 1)));
        if (value == values.end())
            return {};
        result += value->second;
        at = close + 1;
    }
    return result;
}

// No change of a limit is proposed where there is none.
bool applies(const Row& row, const Evidence& e, Cause cause)
{
    if ((row.causes & bit(cause)) == 0)
        return false;
    if (e.limit == 0 && std::string_view(row.change).find("{needed") != std::string_view::npos)
        return false;
    return std::string_view(row.product).empty() || e.product == row.product;
}

} // namespace

std::vector<Advice> advice(const Evidence& evidence, const Verdict& verdict)
{
    Values values;
    set_numbers(values, evidence);
    set_shares(values, evidence);
    set_names(values, evidence, verdict);
    std::vector<Advice> list;
    const bool has_own = std::any_of(std::begin(kRows), std::end(kRows), [&](const Row& row) {
        return !std::string_view(row.product).empty() && applies(row, evidence, verdict.cause) &&
               std::string_view(row.change).find("{needed") != std::string_view::npos;
    });
    for (const Row& row : kRows) {
        if (list.size() == kMostAdvice || !applies(row, evidence, verdict.cause))
            continue;
        const bool general = std::string_view(row.product).empty();
        if (general && has_own && std::string_view(row.change).find("{needed}") != std::string_view::npos)
            continue; // said in the product's own words
        Advice one{row.product, filled(row.change, values), filled(row.reason, values)};
        if (!one.change.empty() && !one.reason.empty())
            list.push_back(std::move(one));
    }
    return list;
}

} // namespace slotscope::analyze
