// SPDX-License-Identifier: MIT
// Episodes: when one begins and ends, what is looked at meanwhile, and the verdict that comes of it.
#pragma once

#include "aggregate/stillness.h"
#include "analyze/askers.h"
#include "analyze/evidence.h"
#include "analyze/hop_tally.h"
#include "analyze/left_open.h"
#include "analyze/lock_tally.h"
#include "analyze/quota_tally.h"
#include "analyze/scan.h"
#include "base/result.h"
#include "daemon/episode_shelf.h"
#include "daemon/recorder.h"
#include "daemon/stalls.h"
#include "daemon/steady_time.h"
#include "model/event.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace slotscope::daemon {

using SystemTime = std::chrono::system_clock::time_point;

// What the watch needs to see of the agent.
struct EpisodeSight {
    std::function<std::optional<Backend>(std::uint32_t index)> backend;          // with histograms
    std::function<std::optional<BackendCounters>(std::uint32_t index)> counters; // without
    std::function<std::optional<Limit>(std::uint32_t group)> limit;
    std::function<Result<HolderPage>(const HolderQuery&)> holders;
    analyze::EachConnection connections; // that hold a slot
    std::function<analyze::ProcessBook(const std::set<std::uint32_t>& holders,
                                       const std::set<std::uint32_t>& others)>
        processes;
    // Whether bytes lie in the socket and wait for their reader; absent: not known. May be null.
    std::function<std::optional<bool>(const Connection&)> unread;
    // Likewise of an inbound one for the server here.
    std::function<std::optional<bool>(const Connection&)> untaken;
    // What the threads that serve are doing. May be null.
    std::function<analyze::ServingThreads(std::span<const analyze::Serves>)> threads;
    // What the sessions that hold slots of a database say of locks. May be null.
    std::function<analyze::SessionLocks(std::span<const Holder>)> locks;
    // Of a process that has no file descriptor left: how many are open. Absent: it has. May be null.
    std::function<std::optional<std::uint64_t>(std::uint32_t pid)> open_files;
    // Limits of processor time that hold for processes. May be null.
    std::function<std::vector<CpuQuota>(const std::set<std::uint32_t>& processes)> quotas;
    // What is usual from earlier days; may be null, and may know nothing.
    std::function<std::optional<analyze::Baseline>(const Backend&)> usual;
    // What is usual for each of its calls, of the last so many seconds; may be null.
    std::function<analyze::UsualCalls(std::uint32_t index, double seconds)> usual_calls;
    std::function<void(Event)> publish;
};

// One backend that is at its limit, or otherwise in trouble.
struct Watched {
    std::uint32_t index = 0;
    bool open = false; // it is an episode; else the limit was touched, and that may have been all
    analyze::Trouble trouble = analyze::Trouble::limit;
    std::uint64_t began_ns = 0;
    SystemTime began;
    std::uint64_t trouble_ns = 0; // the last moment of it
    SystemTime trouble_at;
    BackendCounters at_begin; // with histograms
    BackendCounters last;
    std::uint64_t at_limit_before_ns = 0;
    bool touch_passed = false;   // since the limit was reached last
    bool touched_before = false; // it began after touches that have passed
    bool limit_is_learned = false;
    std::uint64_t refusals = 0;   // as of the last sample
    std::uint64_t refused_ns = 0; // the last sample that saw more of them; 0: none did
    bool limit_is_gone = false;   // it began to count something else, and there is none
    std::string recounted;        // that what it counts has changed, for people; empty: it has not
    bool idle_pool = false;       // as of the last sample: a pool at its size, for which nobody waits
    std::uint64_t second_ns = 0;  // when the second began whose time at the limit is being looked at
    std::uint64_t second_at_limit_ns = 0;

    analyze::Tally tally;
    std::uint64_t sampled_ns = 0;
    std::uint64_t sampled_at_limit_ns = 0; // time at the limit by then
    double sampled_full_share = 1;         // of the time between the last two samples that was spent there
    std::uint64_t next_sample_ns = 0;
    double not_accepted_sum = 0; // at the other end, over the samples that saw it
    double other_end_sum = 0;
    std::uint64_t other_end_samples = 0;
    analyze::OtherEnd other_end; // as of the last of them
    double queued_sum = 0;       // behind a limit of the server's own, over the samples of the tally
    double oldest_queued_seconds = 0;
    analyze::HopTally next_hop;
    analyze::ServingThreads threads; // as of the last sample
    analyze::LockTally lock_queue;
    analyze::QuotaTally quotas;          // of those who serve
    analyze::QuotaTally next_hop_quotas; // of those who serve their next hop
    analyze::QuotaTally holder_quotas;   // of those who hold outbound ones
    std::uint64_t threads_seen = 0;      // that served, in all samples
    std::uint64_t threads_on_disk = 0;   // how many of them waited for one
    double stopped_seconds = 0;          // in which all servers were stopped
    analyze::SessionLocks locks;         // as of the last sample
    analyze::Forgotten forgotten;        // likewise
    analyze::IdleClient idle_client;     // likewise
    // Processes that have been seen to accept its connections; at most analyze::kMostServers. Who is stopped
    // does so no more.
    std::set<std::uint32_t> servers;
    std::uint64_t answering = 0; // connections that were looked at while an answer was on its way
    std::uint64_t unread = 0;    // how many of them had bytes that wait for their reader
    // Likewise inbound ones while their request was being sent, and their server.
    std::uint64_t requesting = 0;
    std::uint64_t untaken = 0;
    // Records on which its calls arrive, and what had ended there when they were met first.
    struct Ended {
        std::uint64_t all = 0;
        std::uint64_t aborted = 0;
        std::uint64_t unavailable = 0;
    };
    std::map<std::uint32_t, Ended> demand_from;
    analyze::OldGenerations old_generations;
    std::uint64_t connecting = 0;
    double oldest_connecting_seconds = 0;

    // As of the beginning, so that what is usual does not change under an episode.
    analyze::Baseline baseline;
    analyze::UsualCalls usual_calls;
    analyze::Unit unit = analyze::Unit::connections;
    SystemTime usual_from; // the seconds that the baseline was made of
    SystemTime onset;      // and the first that is not of them
    bool frozen = false;

    Episode episode;
    std::uint64_t saved_ns = 0;
    double told_confidence = 0;

    void add_servers(const analyze::Standing& standing);
    void forget_samples(); // what was seen so far belongs to something else
    // A touch has passed, which was none: what comes began after it.
    void begin_after(const BackendCounters& now, std::uint64_t now_ns);
};

// Calls that have ended, and how many of them their client gave up.
inline Watched::Ended ended(const BackendCounters& counters)
{
    return {counters.calls.finished(),
            counters.calls.outcomes[static_cast<std::size_t>(CallOutcome::aborted)],
            counters.calls.outcomes[static_cast<std::size_t>(CallOutcome::unavailable)]};
}

// `wall` is what the wall clock says at the moment now_ns. It may be set at any time: within, all moments
// are told by SteadyTime, and episodes and events come out with the wall clock's.
//
// Bounded: kMostWatched backends at a time (a megabyte each at the very most), the recorder, and what the
// sink keeps.
class EpisodeWatch {
  public:
    static constexpr std::size_t kMostWatched = 64;
    // Of those that are at no limit: whoever tries a hundred dead addresses hides no limit that is full.
    static constexpr std::size_t kMostWithoutLimit = kMostWatched / 2;

    EpisodeWatch(EpisodeSight sight, EpisodeSink& sink)
        : sight_(std::move(sight))
        , sink_(sink)
    {
    }

    // The kernel's event; at_ns: when it was.
    void limit_reached(std::uint32_t index, std::uint64_t at_ns, std::uint64_t now_ns, SystemTime wall);

    // With all backends (without histograms).
    static constexpr std::chrono::milliseconds kTick{1000};
    void tick(std::span<const BackendCounters> backends, std::uint64_t now_ns, SystemTime wall);

    // As long as something is urgent(), more often: twice for each sample of a young episode
    // (sample_pause_ns), which would else come later than it is due.
    static constexpr std::chrono::milliseconds kStep{200};
    void step(std::uint64_t now_ns, SystemTime wall);
    bool urgent(std::uint64_t now_ns) const;

    // Backends in trouble for which there was no place, each counted once.
    std::uint64_t not_watched() const { return not_watched_; }

    void forget(std::uint32_t index);
    // Ends all episodes, at the end of the agent; `cut_off` is set.
    void cut_off(std::uint64_t now_ns, SystemTime wall);

    // By record, as of the last look around: connections that the peer has closed ten seconds ago or more,
    // and this side has not. Those without one are left out.
    std::map<std::uint32_t, std::uint64_t> left_open() const;

    const Recorder& recorder() const { return recorder_; }
    const analyze::Scan& scan() const { return scan_; } // the newest

  private:
    std::uint64_t next_round_ns(std::uint64_t now_ns) const;
    // All below take `at` by SteadyTime.
    void look_and_follow(std::uint64_t now_ns, SystemTime at);
    bool has_room_for(analyze::Trouble trouble) const;
    Watched* watch(std::uint32_t index, analyze::Trouble trouble, std::uint64_t began_ns,
                   std::uint64_t now_ns, SystemTime at);
    void follow(Watched& watched, std::uint64_t now_ns, SystemTime at);
    void begin_anew(Watched& watched, SystemTime at);
    void count_anew(Watched& watched, const BackendCounters& now, SystemTime at);
    void note_refusals(Watched& watched, std::uint64_t now_ns) const;
    std::uint64_t refusals_since(const Watched& watched, const BackendCounters& now) const;
    bool is_idle_pool(const Watched& watched, const analyze::Scan& scan, std::uint64_t now_ns) const;
    bool confirmed(const Watched& watched, std::uint64_t now_ns) const;
    bool over(const Watched& watched, std::uint64_t now_ns) const;
    void look_around(std::uint64_t now_ns, SystemTime at);
    void sample(Watched& watched, const analyze::Scan& scan, std::uint64_t now_ns);
    void note_surroundings(Watched& watched, const analyze::Scan& scan);
    void note_servers(Watched& watched, const analyze::Scan& scan, const analyze::Standing* servers) const;
    void look_at_servers(Watched& watched) const;
    void note_quotas(Watched& watched, const analyze::Scan& scan, std::uint64_t now_ns) const;
    void note_clients(Watched& watched, const analyze::Scan& scan) const;
    void note_unread(Watched& watched, const analyze::Scan& scan) const;
    void find_troubles(const analyze::Scan& scan, std::uint64_t now_ns, SystemTime at);
    void in_trouble(std::uint32_t index, analyze::Trouble trouble, std::uint64_t now_ns, SystemTime at);
    void find_failing(std::span<const BackendCounters> backends, std::uint64_t now_ns, SystemTime at);
    bool is_leaking(std::uint32_t index, const analyze::Standing& standing);
    bool is_stuck(std::uint32_t index, const analyze::Standing& standing) const;
    bool is_one_at_a_time(const analyze::Standing& standing, const analyze::Scan& scan, std::uint32_t index);

    void open(Watched& watched, std::uint64_t now_ns, SystemTime at);
    void freeze_baseline(Watched& watched, const Backend& backend);
    void freeze_usual_calls(Watched& watched, const std::vector<analyze::Second>& before) const;
    void judge(Watched& watched, std::uint64_t now_ns, SystemTime at);
    analyze::Evidence evidence(const Watched& watched, const Backend& backend, std::uint64_t now_ns) const;
    void set_own_demand(analyze::Evidence& evidence, const Watched& watched) const;
    void set_demand(analyze::Evidence& evidence, const Watched& watched) const;
    void set_aborted(analyze::Evidence& evidence, const Watched& watched, const Backend& backend) const;
    void set_connecting(analyze::Evidence& evidence) const;
    void set_next_hop(analyze::Evidence& evidence, const Watched& watched) const;
    static void set_completed(analyze::Evidence& evidence, const Watched& watched, const Backend& backend);
    void update_numbers(Watched& watched, const Backend& backend, std::uint64_t now_ns) const;
    void close(Watched& watched, std::uint64_t now_ns, SystemTime at);
    void link();
    bool is_held_up_by_failing(const Watched& effect, std::uint32_t cause_index, const Watched& cause) const;
    bool waits_through(const Episode& episode, const analyze::Standing& further_on) const;
    bool belongs_to(std::uint32_t index, const Watched& effect, std::uint32_t cause_index,
                    const Watched& cause) const;
    void link_to(Watched& effect, const Watched& cause);
    void tell(const Watched& watched, const char* kind, std::string text, SystemTime at) const;
    // To the sink, with the wall clock's times.
    void show(const Episode& episode);
    void store(const Episode& episode, SystemTime at);

    EpisodeSight sight_;
    EpisodeSink& sink_;
    SteadyTime time_;
    Recorder recorder_;
    Stalls stalls_;
    analyze::Scanner scanner_;
    analyze::Scan scan_; // the newest
    analyze::Askers askers_;
    std::map<std::uint32_t, Watched> watched_; // by record
    std::set<std::uint32_t> without_place_;    // in trouble, and not watched
    std::uint64_t not_watched_ = 0;
    std::map<std::uint32_t, SystemTime> ended_;  // the last episode of each record
    std::map<std::uint32_t, int> one_at_a_time_; // looks in a row
    analyze::LeftOpen left_open_;
    std::uint64_t next_scan_ns_ = 0;
    std::uint64_t scanned_ns_ = 0;
    aggregate::Stillness stillness_;
    bool moved_ = true;               // something has, since the last look around
    std::uint64_t rest_until_ns_ = 0; // looking around may not take more than its share of the time
};

// The product that a process of this name is ("haproxy"); empty: none that is known.
std::string product_of_process(std::string_view name);

} // namespace slotscope::daemon
