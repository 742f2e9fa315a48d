// SPDX-License-Identifier: MIT
#include "limits/gunicorn/gunicorn.h"

#include "limits/gunicorn/settings.h"
#include "limits/options.h"
#include "limits/text.h"

#include <algorithm>
#include <array>

namespace slotscope::limits::gunicorn {
namespace {

constexpr const char* kSyncSlot =
    "a worker process, which serves one accepted connection at a time; the next ones wait in the listen "
    "backlog";
constexpr const char* kThreadSlot = "a thread that serves a request; idle connections are not counted; the "
                                    "next ones wait in the worker, then "
                                    "in the listen backlog";
constexpr const char* kGreenSlot =
    "an accepted connection, idle ones too; the next ones wait in the listen backlog";
constexpr std::uint32_t kDefaultConnections = 1000;
constexpr std::array<std::string_view, 4> kGreen = {"gevent", "eventlet", "gevent_wsgi", "gevent_pywsgi"};

// One factor of the number of slots.
struct Factor {
    std::uint32_t count = 0;
    std::string how;
    Place place;
    bool known = true;
    bool counted_now = false; // not written anywhere: so many run
};

std::string text_of(const ScriptValue& value)
{
    if (const auto* text = std::get_if<std::string>(&value))
        return *text;
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return std::to_string(*number);
    return {};
}

Factor factor_of(const Values& values, const std::string& name, std::uint32_t otherwise, Findings& findings)
{
    const auto found = values.find(name);
    if (found == values.end())
        return {otherwise,
                name + " " + std::to_string(otherwise) + " (gunicorn's default)",
                {"gunicorn's default", 0}};
    const auto number = found->second.known ? number_of(found->second.value) : std::nullopt;
    if (!number || *number == 0) {
        if (found->second.known)
            not_understood(findings, found->second.place, name + " = " + text_of(found->second.value),
                           "not a number of " + name);
        return {0, {}, found->second.place, false};
    }
    return {*number, name + " " + std::to_string(*number) + " (" + to_string(found->second.place) + ")",
            found->second.place};
}

// A number that cannot be read is the number that run.
Factor workers_of(const Configuration& configuration, const Instance& instance, Findings& findings)
{
    Factor workers = factor_of(configuration.values, "workers", 1, findings);
    const auto running = static_cast<std::uint32_t>(instance.children.size());
    const bool hidden = configuration.hidden && !configuration.values.contains("workers");
    if ((workers.known && !hidden) || running == 0)
        return workers;
    workers.count = running;
    workers.how = running == 1 ? "1 worker process runs" : std::to_string(running) + " worker processes run";
    workers.counted_now = true;
    workers.known = true;
    if (hidden)
        workers.place = {"process " + std::to_string(instance.main.pid), 0};
    return workers;
}

// "gthread", "gunicorn.workers.ggevent.GeventWorker": the last part says it, too.
std::string class_of(const Values& values)
{
    const auto found = values.find("worker_class");
    const std::string name = found == values.end() ? "sync" : text_of(found->second.value);
    const std::string last = lowered(name.substr(name.rfind('.') + 1));
    if (name.find('.') == std::string::npos)
        return name;
    for (const auto& [part, meaning] : {std::pair{"syncworker", "sync"},
                                        {"threadworker", "gthread"},
                                        {"geventworker", "gevent"},
                                        {"eventletworker", "eventlet"}})
        if (last == part)
            return meaning;
    return name;
}

void add_limit(const Factor& workers, const Factor* each, const char* rule, SlotKind kind,
               const Configuration& configuration, Reading& reading, Findings& findings)
{
    if (!workers.known || (each && !each->known) || reading.instance.listening.empty())
        return;
    const std::uint64_t slots = std::uint64_t{workers.count} * (each ? each->count : 1);
    if (slots > UINT32_MAX)
        return;
    const bool workers_say_it = workers.place.line != 0 || !each || each->place.line == 0;
    Limit limit = limit_at(workers_say_it ? workers.place : each->place, "gunicorn",
                           static_cast<std::uint32_t>(slots), rule);
    limit.kind = kind;
    limit.direction = Direction::inbound;
    limit.addresses = reading.instance.listening;
    const std::uint32_t per_worker = each ? each->count : 1;
    limit.origin.setting = workers_say_it
                               ? LimitSetting{"workers", workers.count, static_cast<double>(per_worker)}
                               : LimitSetting{kind == SlotKind::calls ? "threads" : "worker_connections",
                                              per_worker, static_cast<double>(workers.count)};
    auto& lines = limit.origin.arithmetic;
    lines.push_back(workers.how);
    if (each)
        lines.push_back("x " + each->how);
    if (const auto backlog = configuration.values.find("backlog"); backlog != configuration.values.end())
        lines.push_back("backlog " + text_of(backlog->second.value) + " (" +
                        to_string(backlog->second.place) + "): so many may wait");
    if (workers.counted_now) {
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt = "the number of workers cannot be read: it is that of those that run";
    } else if (configuration.hidden) {
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt = "its title hides its command line";
    }
    findings.limits.push_back(std::move(limit));
}

bool is_master(const RunningProcess& process, const Instance& instance)
{
    return std::any_of(instance.children.begin(), instance.children.end(),
                       [&](const RunningProcess& child) { return child.parent == process.pid; });
}

// The one that was started last and has workers: the main process, or one that it has started.
std::uint32_t newest_master(const Instance& instance)
{
    const RunningProcess* newest = &instance.main;
    for (const RunningProcess& each : instance.children)
        if (is_master(each, instance) && each.started_ns >= newest->started_ns)
            newest = &each;
    return newest->pid;
}

} // namespace

WorkersByAge by_age(const Instance& instance, const WorkerCounts& counts)
{
    const std::uint32_t master = newest_master(instance);
    WorkersByAge result;
    for (const RunningProcess& each : instance.children)
        if (!is_master(each, instance))
            (each.parent == master ? result.serving : result.older).push_back(each);
    std::vector<RunningProcess>& own = result.serving;
    if (counts.started == 0 || own.size() <= std::max(counts.started, counts.most))
        return result;
    std::stable_sort(own.begin(), own.end(),
                     [](const auto& a, const auto& b) { return a.started_ns > b.started_ns; });
    // More than there should be are those of two reloads only where so many as one starts began further from
    // those before than from each other: TTIN adds a single one. How far that is depends on the host: they
    // are forked within a tenth of a second of each other (arbiter.py, spawn_workers), on a busy one in
    // seconds.
    constexpr std::int64_t kReloadsApart_ns = 300'000'000;
    const auto apart_ns = [&](std::size_t index) {
        return own[index - 1].started_ns - own[index].started_ns;
    };
    if (apart_ns(counts.started) <= kReloadsApart_ns)
        return result;
    for (std::size_t index = 1; index < counts.started; ++index)
        if (apart_ns(index) >= apart_ns(counts.started))
            return result;
    const auto rest = own.begin() + static_cast<std::ptrdiff_t>(counts.started);
    result.older.insert(result.older.end(), rest, own.end());
    own.erase(rest, own.end());
    return result;
}

bool is_one(const RunningProcess& process)
{
    if (!process.argv.empty() && process.argv[0].starts_with("gunicorn: "))
        return true;
    const auto interpreter = base_name(process.executable);
    if (!interpreter.starts_with("python") && !interpreter.starts_with("pypy"))
        return false;
    const std::string script = script_of(process.argv, "WXQ");
    return base_name(script) == "gunicorn" || script == "gunicorn.app.wsgiapp";
}

void read(Reading& reading, Findings& findings)
{
    const Configuration configuration = read_settings(reading, findings);
    const Values& values = configuration.values;
    if (const auto chosen = values.find("worker_class"); chosen != values.end() && !chosen->second.known)
        return; // told already; what a slot is depends on it
    const std::string kind = class_of(values);
    const Factor workers = workers_of(configuration, reading.instance, findings);
    findings.workers = workers.known && !workers.counted_now ? workers.count : 0;
    const Factor threads = factor_of(values, "threads", 1, findings);
    if (kind == "gthread" || (kind == "sync" && threads.known && threads.count > 1)) {
        add_limit(workers, &threads, kThreadSlot, SlotKind::calls, configuration, reading, findings);
    } else if (kind == "sync") {
        if (threads.known)
            add_limit(workers, nullptr, kSyncSlot, SlotKind::connections, configuration, reading, findings);
    } else if (std::find(kGreen.begin(), kGreen.end(), kind) != kGreen.end()) {
        const Factor connections = factor_of(values, "worker_connections", kDefaultConnections, findings);
        add_limit(workers, &connections, kGreenSlot, SlotKind::connections, configuration, reading, findings);
    } else {
        not_understood(findings, values.at("worker_class").place, "worker_class " + kind,
                       "workers of this kind have no limit that gunicorn knows");
    }
}

} // namespace slotscope::limits::gunicorn
