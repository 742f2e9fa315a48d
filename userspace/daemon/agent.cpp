// SPDX-License-Identifier: MIT
#include "daemon/agent.h"

#include "base/clock.h"
#include "daemon/privileges.h"
#include "export/prometheus_text.h"
#include "kernel/attach_plan.h"
#include "kernel/refusal.h"

#include <algorithm>
#include <csignal>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace slotscope::daemon {
namespace {

// 18 MiB. Of more connections than this that have calls, some have calls without names.
constexpr std::uint32_t kMostRequestHeads = 65'536;

constexpr auto kTick = EpisodeWatch::kTick;

kernel::SessionOptions session_options(const Invocation& invocation, const Configuration& configuration)
{
    kernel::SessionOptions options;
    options.sizes.connections = configuration.max_connections;
    options.sizes.backends = configuration.max_backends;
    options.sizes.request_head_bytes = configuration.capture_bytes;
    options.sizes.request_heads =
        configuration.capture_bytes == 0 ? 0 : std::min(kMostRequestHeads, configuration.max_connections);
    options.forced_hooks.insert(invocation.hooks.begin(), invocation.hooks.end());
    return options;
}

// Where not even the smallest required programs load, that is what has to be said, and what to do about it.
Error explained(const Error& error)
{
    const auto refusal = kernel::try_required_programs();
    if (!refusal)
        return error;
    const auto why =
        kernel::explain_required(*refusal, kernel::running_kernel(), missing_to_load(own_privileges()));
    return Error{why.what + "; " + why.remedy, refusal->error.code};
}

} // namespace

Agent::Agent(Invocation invocation, Configuration configuration, std::unique_ptr<kernel::Session> session)
    : invocation_(std::move(invocation))
    , configuration_(std::move(configuration))
    , started_ns_(monotonic_ns())
    , session_(std::move(session))
    , limit_book_(*session_)
    , auditor_(*session_, namespaces_)
    , unix_auditor_(*session_, namespaces_)
    , folder_(*session_)
    , labels_(*session_)
    , holders_(*session_, processes_,
               [this](const Connection& connection) { return labels_.of(connection, monotonic_ns()); })
    , sampler_(*session_, processes_,
               [this](const Connection& connection) { return labels_.of(connection, monotonic_ns()); })
    , archive_(configuration_.state, history_bounds(configuration_), std::chrono::system_clock::now())
    , baselines_(archive_.history())
    , loop_(1)
    , kernel_events_(loop_, ::dup(session_->events_fd()))
    , signals_(loop_, SIGTERM, SIGINT, SIGHUP)
    , tick_timer_(loop_)
    , capture_timer_(loop_)
    , audit_timer_(loop_)
    , unix_timer_(loop_)
    , look_timer_(loop_)
    , step_timer_(loop_)
{
}

Agent::~Agent() = default;

Result<std::unique_ptr<Agent>> Agent::start(const Invocation& invocation, const Configuration& configuration)
{
    auto session = kernel::Session::open(session_options(invocation, configuration));
    if (!session)
        return explained(session.error());
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
    // Before the first walk: what it reaches is what audits will reach.
    if (auto result = agent->give_up_what_is_not_needed(); !result)
        return result.error();
    if (auto result = agent->count_older_sockets(applied->regroup); !result)
        return result.error();
    agent->watch_events();
    agent->watch_signals();
    agent->schedule_tick();
    agent->schedule_audit();
    agent->schedule_unix_audit();
    agent->schedule_look(agent->look());
    agent->start_discovery(); // its thread must not keep what was given up
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
    auto metrics = serve::MetricsServer::listen(loop_, configuration_.metrics, [this] {
        return metrics::prometheus_text(*snapshot(), sampler_.holder_seconds(snapshot()->backends),
                                        archive_.active(), watch_.left_open());
    });
    if (!metrics)
        return metrics.error();
    metrics_ = std::move(metrics).value();
    return {};
}

void Agent::run()
{
    notify_manager("READY=1");
    loop_.run();
    close_history();
    notify_manager("STOPPING=1");
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
        configuration->max_backends != configuration_.max_backends ||
        configuration->state != configuration_.state ||
        configuration->history_megabytes != configuration_.history_megabytes ||
        configuration->history_days != configuration_.history_days ||
        configuration->capture_bytes != configuration_.capture_bytes)
        spdlog::warn(
            "socket, metrics, table sizes, state, history and capture_bytes change only with a restart");
    configuration_.log_level = configuration->log_level;
    spdlog::set_level(spdlog::level::from_str(configuration_.log_level));
    configuration_.limits = configuration->limits;
    configuration_.discovery = configuration->discovery;
    start_discovery();
    auto applied = limit_book_.apply(all_limits(), local_addresses());
    limit_book_.reconcile(monotonic_ns(), LimitBook::Reconcile::at_once);
    if (applied && applied->regroup)
        regroup();
    configuration_.fold_idle_seconds = configuration->fold_idle_seconds;
    configuration_.audit_seconds = configuration->audit_seconds;
    configuration_.slow_calls = configuration->slow_calls;
    set_slow_calls();
    schedule_audit();
    schedule_unix_audit();
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
    watchdog_.alive(now_ns);
    limit_book_.reconcile(now_ns, LimitBook::Reconcile::what_lasts);
    if (__atomic_exchange_n(&session_->control().walk_wanted, 0, __ATOMIC_ACQ_REL) != 0)
        regroup();
    const auto backends = read_backends(now_ns, false);
    tracked_ = tracked(backends);
    slot_series_.observe(backends, [this](std::uint32_t index) -> std::optional<BackendCounters> {
        auto backend = backend_at(index, decode::Histograms::read);
        return backend ? std::optional(std::move(backend->counters)) : std::nullopt;
    });
    for (aggregate::Happening& each : activity_.observe(backends, now_ns, std::chrono::system_clock::now()))
        publish(std::move(each.event), each.index);
    const auto idle = activity_.idle_for(
        backends, static_cast<std::uint64_t>(configuration_.fold_idle_seconds) * 1'000'000'000ULL, now_ns);
    for (const std::uint32_t index : folder_.tick(idle)) {
        activity_.forget(index);
        slot_series_.forget(index);
        names_.forget(index);
        holders_.forget(index);
        sampler_.forget(index);
        watch_.forget(index);
    }
    watch_.tick(backends, now_ns, std::chrono::system_clock::now());
    learn_limits(backends, now_ns);
    schedule_step();
    keep_history(now_ns);
    note_losses();
    watch_for_excess(backends);
}

void Agent::note_losses()
{
    const std::vector<Reason> all = losses();
    recent_losses_.note(all, monotonic_ns());
    std::uint64_t losses = 0;
    for (const Reason& each : all)
        losses += each.count;
    if (losses == losses_told_)
        return;
    Event event;
    event.kind = "losses";
    event.at = std::chrono::system_clock::now();
    event.numbers = {{"losses", losses - losses_told_}};
    event.text = std::to_string(losses - losses_told_) + " losses: slotscope status says what they mean";
    if (losses_told_ == 0)
        spdlog::warn("{}", event.text);
    losses_told_ = losses;
    api_->events().publish(event);
}

} // namespace slotscope::daemon
