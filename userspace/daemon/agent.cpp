// SPDX-License-Identifier: MIT
#include "daemon/agent.h"

#include "base/clock.h"
#include "daemon/notify.h"
#include "daemon/own_status.h"
#include "export/prometheus_text.h"

#include <boost/asio/post.hpp>
#include <csignal>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace slotscope::daemon {
namespace {

constexpr auto kTick = std::chrono::seconds(1);
constexpr std::uint64_t kTrimInterval_ns = 60'000'000'000;

kernel::SessionOptions session_options(const Invocation& invocation, const Configuration& configuration)
{
    kernel::SessionOptions options;
    options.sizes.connections = configuration.max_connections;
    options.sizes.backends = configuration.max_backends;
    options.forced_hooks.insert(invocation.hooks.begin(), invocation.hooks.end());
    return options;
}

} // namespace

Agent::Agent(Invocation invocation, Configuration configuration, std::unique_ptr<kernel::Session> session)
    : invocation_(std::move(invocation))
    , configuration_(std::move(configuration))
    , started_ns_(monotonic_ns())
    , session_(std::move(session))
    , limit_book_(*session_)
    , auditor_(*session_, namespaces_)
    , folder_(*session_)
    , holders_(*session_, processes_)
    , loop_(1)
    , kernel_events_(loop_, ::dup(session_->events_fd()))
    , signals_(loop_, SIGTERM, SIGINT, SIGHUP)
    , tick_timer_(loop_)
    , capture_timer_(loop_)
    , audit_timer_(loop_)
{
}

Agent::~Agent() = default;

Result<std::unique_ptr<Agent>> Agent::start(const Invocation& invocation, const Configuration& configuration)
{
    auto session = kernel::Session::open(session_options(invocation, configuration));
    if (!session)
        return session.error();
    std::unique_ptr<Agent> agent(new Agent(invocation, configuration, std::move(session).value()));
    // The limits come first: the walk then finds older connections in the backends that they belong to.
    auto applied = agent->limit_book_.apply(configuration.limits, local_addresses());
    if (!applied)
        return applied.error();
    for (const LimitView& view : agent->limit_book_.limits())
        if (!view.note.empty())
            spdlog::warn("limit {} ({}): {}", view.limit.name, view.limit.source, view.note);
    if (auto result = agent->listen(); !result)
        return result.error();
    if (auto result = agent->count_older_sockets(applied->regroup); !result)
        return result.error();
    agent->watch_events();
    agent->watch_signals();
    agent->schedule_tick();
    agent->schedule_audit();
    return agent;
}

Result<void> Agent::listen()
{
    auto api = serve::ApiServer::listen(loop_, configuration_.socket, *this);
    if (!api)
        return api.error();
    api_ = std::move(api).value();
    if (configuration_.metrics == "off")
        return {};
    auto metrics = serve::MetricsServer::listen(loop_, configuration_.metrics,
                                                [this] { return metrics::prometheus_text(*snapshot()); });
    if (!metrics)
        return metrics.error();
    metrics_ = std::move(metrics).value();
    return {};
}

// The programs are attached already: what begins from here on is counted by them, what is older by the walk,
// and what both meet is counted once.
Result<void> Agent::count_older_sockets(bool regroup)
{
    // Connections that began between the attaching and the limits may stand under their own address: they
    // move.
    auto walked = auditor_.run(regroup ? Auditor::Kind::regroup : Auditor::Kind::audit);
    if (!walked)
        return walked.error();
    last_audit_ns_ = monotonic_ns();
    __atomic_store_n(&session_->control().walk, static_cast<__u32>(SS_WALK_DONE), __ATOMIC_RELEASE);
    for (const std::string& each : auditor_.report().not_reached)
        spdlog::warn("sockets of a network namespace are not counted: {}", each);
    limit_book_.reconcile(monotonic_ns(), LimitBook::Reconcile::at_once);
    return session_->walk_files();
}

void Agent::run()
{
    notify_manager("READY=1");
    loop_.run();
    notify_manager("STOPPING=1");
}

void Agent::watch_events()
{
    kernel_events_.async_wait(
        boost::asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
            if (error)
                return;
            auto result = session_->consume_events([this](auto bytes) { on_record(bytes); });
            if (!result)
                spdlog::error("events of the kernel side are lost: {}", result.error().message);
            capture();
            watch_events();
        });
}

void Agent::on_record(std::span<const std::byte> bytes)
{
    const auto event = decode::decode_event(bytes);
    if (event)
        limit_reached(*event);
    else
        spdlog::error("the kernel side sent something unknown: {}", event.error().message);
}

// Told first, captured later: a subscriber does not wait for the look through the table.
void Agent::limit_reached(const decode::LimitReached& reached)
{
    Event event;
    event.kind = "limit_reached";
    event.at = std::chrono::system_clock::now();
    event.numbers = {
        {"in_use", reached.in_use}, {"limit", reached.limit}, {"limit_hits", reached.limit_hits}};
    event.text = "limit reached: " + std::to_string(reached.in_use) + " of " + std::to_string(reached.limit) +
                 " slots in use";
    publish(std::move(event), reached.backend);
    wanted_captures_[reached.backend] = {reached.at_ns, reached.in_use};
}

// One look through the table serves all that wait, and at most a fifth of the time goes into such looks: a
// hundred backends that flap at their limits must not take the loop. A later look finds who held the slots at
// that moment, too.
void Agent::capture()
{
    if (wanted_captures_.empty() || capture_waits_)
        return;
    const std::uint64_t now_ns = monotonic_ns();
    if (now_ns < next_capture_ns_) {
        capture_waits_ = true;
        capture_timer_.expires_after(std::chrono::nanoseconds(next_capture_ns_ - now_ns));
        capture_timer_.async_wait([this](const boost::system::error_code& error) {
            capture_waits_ = false;
            if (!error)
                capture();
        });
        return;
    }
    for (const Holders::Captured& captured : holders_.capture(wanted_captures_, now_ns)) {
        Event event;
        event.kind = "holders_captured";
        event.at = std::chrono::system_clock::now();
        event.numbers = {{"in_use", captured.in_use}, {"holders_captured", captured.found}};
        event.text =
            std::to_string(captured.found) + " holders captured at the limit: slotscope holders --captured";
        publish(std::move(event), captured.index);
    }
    wanted_captures_.clear();
    const std::uint64_t end_ns = monotonic_ns();
    next_capture_ns_ = end_ns + 4 * (end_ns - now_ns);
}

void Agent::publish(Event event, std::uint32_t index)
{
    if (api_->events().subscribers() == 0)
        return;
    const auto current = snapshot();
    for (const Backend& backend : current->backends)
        if (backend.counters.index == index) {
            event.backend = backend.name;
            event.direction = to_string(backend.counters.direction);
        }
    api_->events().publish(event);
}

void Agent::watch_signals()
{
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error)
            return;
        if (signal == SIGHUP) {
            reload();
            watch_signals();
            return;
        }
        spdlog::info("stopping");
        loop_.stop();
    });
}

void Agent::reload()
{
    notify_manager("RELOADING=1");
    auto configuration = load_configuration(invocation_);
    if (!configuration) {
        spdlog::error("the configuration is not reloaded, the limits stay as they were:\n{}",
                      configuration.error().message);
        notify_manager("READY=1");
        return;
    }
    if (configuration->socket != configuration_.socket || configuration->metrics != configuration_.metrics ||
        configuration->max_connections != configuration_.max_connections ||
        configuration->max_backends != configuration_.max_backends)
        spdlog::warn("socket, metrics and table sizes change only with a restart");
    auto applied = limit_book_.apply(configuration->limits, local_addresses());
    limit_book_.reconcile(monotonic_ns(), LimitBook::Reconcile::at_once);
    if (applied && applied->regroup)
        regroup();
    configuration_.limits = configuration->limits;
    configuration_.fold_idle_seconds = configuration->fold_idle_seconds;
    configuration_.audit_seconds = configuration->audit_seconds;
    schedule_audit();
    snapshot_.reset();
    if (!applied) {
        spdlog::error("limits are not (all) in force: {}", applied.error().message);
    } else {
        Event event;
        event.kind = "limits_changed";
        event.at = std::chrono::system_clock::now();
        event.numbers = {{"changed", applied->changed}, {"limits", limit_book_.limits().size()}};
        event.text = "configuration reloaded: " + std::to_string(applied->changed) + " limits changed";
        api_->events().publish(event);
        spdlog::info("{}", event.text);
    }
    notify_manager("READY=1");
}

void Agent::schedule_tick()
{
    tick_timer_.expires_after(kTick);
    tick_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error)
            return;
        tick();
        schedule_tick();
    });
}

void Agent::tick()
{
    const std::uint64_t now_ns = monotonic_ns();
    limit_book_.reconcile(now_ns, LimitBook::Reconcile::what_lasts);
    if (__atomic_exchange_n(&session_->control().walk_wanted, 0, __ATOMIC_ACQ_REL) != 0)
        regroup();
    const auto backends = read_backends(now_ns, false);
    tracked_ = tracked(backends);
    for (aggregate::Happening& each : activity_.observe(backends, now_ns, std::chrono::system_clock::now()))
        publish(std::move(each.event), each.index);
    const auto idle = activity_.idle_for(
        backends, static_cast<std::uint64_t>(configuration_.fold_idle_seconds) * 1'000'000'000ULL, now_ns);
    for (const std::uint32_t index : folder_.tick(idle)) {
        activity_.forget(index);
        names_.forget(index);
        holders_.forget(index);
    }
    note_losses();
    watch_for_excess(backends);
}

// More records than the kernel has sockets: some ends were missed, which no hook will tell. Then the audit
// does not wait for its time. (On some hosts programs do not run in the context of certain processes, even
// for what a softirq does there; a recursion miss may be the last event of its connection.)
void Agent::watch_for_excess(const std::vector<BackendCounters>& backends)
{
    std::uint64_t opened = 0;
    for (const BackendCounters& each : backends)
        opened += each.opened;
    const std::uint64_t allocated = allocated_tcp_sockets();
    // Only while nothing opens: on a busy host the two numbers are never of one moment, and the regular audit
    // will do.
    const bool quiet = opened == opened_before_;
    opened_before_ = opened;
    excess_ticks_ = quiet && allocated != 0 && tracked_ > allocated ? excess_ticks_ + 1 : 0;
    const double rest = static_cast<double>(monotonic_ns() - last_audit_ns_) / 1e9;
    if (excess_ticks_ < 2 || auditor_.under_way() || configuration_.audit_seconds == 0 ||
        rest < 20 * auditor_.report().seconds)
        return;
    audit_timer_.cancel();
    auditor_.begin(Auditor::Kind::audit);
    audit_step();
}

void Agent::note_losses()
{
    std::uint64_t losses = 0;
    for (const __u64& count : session_->control().losses)
        losses += __atomic_load_n(&count, __ATOMIC_RELAXED);
    if (losses == losses_told_)
        return;
    Event event;
    event.kind = "losses";
    event.at = std::chrono::system_clock::now();
    event.numbers = {{"losses", losses - losses_told_}};
    event.text =
        std::to_string(losses - losses_told_) + " losses: answers are incomplete; slotscope status says why";
    if (losses_told_ == 0)
        spdlog::warn("{}", event.text);
    losses_told_ = losses;
    api_->events().publish(event);
}

// As often as is asked for, but at most 1/400 of the time goes into audits: one over 200,000 sockets takes a
// sixth of a second. What the last one has not met is looked for again at once, because only a second look
// makes it certain.
std::chrono::nanoseconds Agent::audit_pause() const
{
    constexpr double kPausesPerWork = 400;
    const std::chrono::duration<double> rest(kPausesPerWork * auditor_.report().seconds);
    const std::chrono::duration<double> asked_for(auditor_.has_suspects() ? 1 : configuration_.audit_seconds);
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
        auditor_.has_suspects() ? asked_for : std::max(asked_for, rest));
}

void Agent::schedule_audit()
{
    audit_timer_.cancel();
    if (configuration_.audit_seconds == 0)
        return;
    audit_timer_.expires_after(audit_pause());
    audit_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error)
            return;
        if (!auditor_.under_way())
            auditor_.begin(Auditor::Kind::audit);
        audit_step();
    });
}

// One namespace, then whoever else waits for the loop, then the next one.
void Agent::audit_step()
{
    if (!auditor_.under_way()) {
        schedule_audit(); // a walk that regroups has taken it over
        return;
    }
    auto more = auditor_.step();
    if (!more) {
        spdlog::error("the audit of the connections failed: {}", more.error().message);
        schedule_audit();
        return;
    }
    if (*more) {
        boost::asio::post(loop_, [this] { audit_step(); });
        return;
    }
    const AuditReport& report = auditor_.report();
    if (report.removed != 0 || report.recounted != 0)
        spdlog::info(
            "audit: {} connections were no longer in the kernel's list, {} backends were counted anew",
            report.removed, report.recounted);
    last_audit_ns_ = monotonic_ns();
    if (last_audit_ns_ - last_trim_ns_ > kTrimInterval_ns) {
        ::malloc_trim(0); // what large answers left in pieces
        last_trim_ns_ = last_audit_ns_;
    }
    schedule_audit();
}

// At once: until it is done, connections stand in backends that their addresses no longer belong to.
void Agent::regroup()
{
    if (auto walked = auditor_.run(Auditor::Kind::regroup); !walked)
        spdlog::error("connections stay in their old backends: {}", walked.error().message);
    last_audit_ns_ = monotonic_ns();
    snapshot_.reset();
}

} // namespace slotscope::daemon
