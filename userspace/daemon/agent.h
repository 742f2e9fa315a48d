// SPDX-License-Identifier: MIT
// The agent: everything wired together, on one event loop and one thread.
#pragma once

#include "aggregate/activity.h"
#include "aggregate/backend_names.h"
#include "aggregate/backends.h"
#include "aggregate/slot_series.h"
#include "analyze/learned_limit.h"
#include "base/result.h"
#include "daemon/audit.h"
#include "daemon/baseline_keeper.h"
#include "daemon/command_line.h"
#include "daemon/configuration.h"
#include "daemon/discovery.h"
#include "daemon/episode_archive.h"
#include "daemon/episodes.h"
#include "daemon/fold.h"
#include "daemon/holders.h"
#include "daemon/labels.h"
#include "daemon/limit_book.h"
#include "daemon/notify.h"
#include "daemon/privileges.h"
#include "daemon/process_facts.h"
#include "daemon/recent_losses.h"
#include "daemon/sampler.h"
#include "daemon/unix_audit.h"
#include "decode/backend.h"
#include "decode/event.h"
#include "enrich/cpu_quota.h"
#include "enrich/netns.h"
#include "enrich/process.h"
#include "enrich/session_title.h"
#include "enrich/socket_queues.h"
#include "enrich/threads.h"
#include "kernel/session.h"
#include "serve/api_server.h"
#include "serve/metrics_server.h"
#include "serve/provider.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace slotscope::daemon {

// What the agent could not look at: the most at any time.
struct AgentSight {
    std::uint64_t not_entered = 0; // network namespaces
    std::uint64_t hidden = 0;      // processes
};

class Agent final : public serve::Provider {
  public:
    // Attaches, counts the sockets that are older, and listens. Errors are for the person who started it.
    static Result<std::unique_ptr<Agent>> start(const Invocation& invocation,
                                                const Configuration& configuration);
    ~Agent() override;

    // Serves until SIGTERM or SIGINT.
    void run();

    std::shared_ptr<const Snapshot> snapshot() const override;
    Result<HolderPage> holders(const HolderQuery& query) override;
    Result<CallsPage> calls(const CallsQuery& query) override;
    Result<RecordingPage> recording(const CallsQuery& query) override;
    std::vector<LimitView> limits() const override;
    std::vector<NotUnderstood> not_understood() const override;
    std::vector<Episode> episodes(const EpisodeQuery& query) const override;
    std::optional<Episode> episode(std::uint64_t id) const override;

  private:
    Agent(Invocation invocation, Configuration configuration, std::unique_ptr<kernel::Session> session);

    Result<void> count_older_sockets(bool regroup);
    Result<void> listen();
    void watch_events();
    void watch_signals();
    void schedule_tick();
    void schedule_audit();
    void schedule_look(std::chrono::nanoseconds pause);
    void set_slow_calls();
    std::chrono::nanoseconds look(); // gives the pause until the next
    void schedule_step();            // while an episode is young
    void keep_history(std::uint64_t now_ns);
    void close_history();

    void tick();
    void audit_step();
    std::chrono::nanoseconds audit_pause() const;
    void regroup();
    void reload();
    void start_discovery(); // or ends it, as configured
    std::vector<Limit> all_limits() const;
    void take_discovered(Discovered found);
    void learn_limits(const std::vector<BackendCounters>& backends, std::uint64_t now_ns);
    void put_in_force();
    void tell_changes(const std::vector<std::string>& changes);
    void take_events();
    void on_record(std::span<const std::byte> bytes);
    void limit_reached(const decode::LimitReached& reached);
    void capture();
    void publish(Event event, std::uint32_t index);
    std::vector<Reason> losses() const;
    void note_losses();
    void add_folded(Snapshot& snapshot, std::vector<BackendCounters>& counters) const;
    Result<void> count_older_unix_sockets(bool regroup);
    void schedule_unix_audit();
    void learn_unix_path(const Address& address) const;
    void watch_for_excess(const std::vector<BackendCounters>& backends);

    Result<void> give_up_what_is_not_needed();
    void note_sight();
    std::vector<std::string> warnings_of_sight() const;

    std::vector<BackendCounters> read_backends(std::uint64_t now_ns, bool histograms) const;
    std::optional<BackendCounters> read_backend(const ss_backend& record, std::uint32_t index,
                                                std::uint64_t now_ns, decode::Histograms how) const;
    aggregate::Surroundings surroundings(std::uint64_t now_ns) const;
    std::optional<Backend> backend_at(std::uint32_t index,
                                      decode::Histograms how = decode::Histograms::leave_out) const;
    std::shared_ptr<const Snapshot> make_snapshot() const;
    AgentStatus status(std::uint64_t now_ns) const;
    EpisodeSight episode_sight();
    // Calls back with each connection that holds a slot; inbound ones are accepted as far as that is known.
    void for_each_holder(const decode::VisitConnection& visit) const;
    static std::uint64_t tracked(const std::vector<BackendCounters>& backends);

    Invocation invocation_;
    Configuration configuration_;
    std::uint64_t started_ns_;
    std::unique_ptr<kernel::Session> session_;
    LimitBook limit_book_;
    mutable enrich::NetworkNamespaces namespaces_;
    enrich::Processes processes_;
    Auditor auditor_;
    UnixAuditor unix_auditor_;
    std::chrono::steady_clock::time_point next_unix_walk_of_all_;
    Folder folder_;
    Labels labels_;
    Holders holders_;
    Sampler sampler_;
    aggregate::Activity activity_;
    aggregate::SlotSeries slot_series_;
    mutable aggregate::BackendNames names_;
    mutable std::shared_ptr<const Snapshot> snapshot_; // made anew when somebody asks and it is not fresh
    mutable std::uint64_t snapshot_until_ns_ = 0;
    std::uint64_t last_audit_ns_ = 0;
    std::uint64_t last_trim_ns_ = 0;
    Watchdog watchdog_;
    std::map<std::uint32_t, Holders::Moment> wanted_captures_; // by record
    std::uint64_t next_capture_ns_ = 0;
    bool capture_waits_ = false; // for its timer
    std::uint64_t losses_told_ = 0;
    mutable std::uint64_t tracked_ = 0; // records of connections and listeners, as of the last look
    std::uint64_t opened_before_ = 0;   // in all backends, at the last tick
    int excess_ticks_ = 0;              // in a row, with more records than the kernel has sockets
    Privileges privileges_;             // after giving up the rest
    AgentSight sight_;
    RecentLosses recent_losses_;
    Discovered discovered_;
    analyze::LimitLearner learner_;
    ProcessFactsReader process_facts_{processes_};
    EpisodeArchive archive_;
    BaselineKeeper baselines_;
    std::uint64_t next_lesson_ns_ = 0;
    int lessons_ = 0;
    enrich::SocketQueueReader socket_queues_{namespaces_.own()};
    enrich::ThreadReader threads_;
    enrich::CpuQuotaReader cpu_quotas_;
    enrich::SessionTitles sessions_;
    EpisodeWatch watch_{episode_sight(), archive_};
    bool step_waits_ = false; // for its timer

    boost::asio::io_context loop_;
    std::unique_ptr<serve::ApiServer> api_;
    std::unique_ptr<serve::MetricsServer> metrics_;
    boost::asio::posix::stream_descriptor kernel_events_;
    boost::asio::signal_set signals_;
    boost::asio::steady_timer tick_timer_;
    boost::asio::steady_timer capture_timer_;
    boost::asio::steady_timer audit_timer_;
    boost::asio::steady_timer unix_timer_;
    boost::asio::steady_timer look_timer_;
    boost::asio::steady_timer step_timer_;
    std::unique_ptr<Discovery> discovery_; // null: switched off
};

} // namespace slotscope::daemon
