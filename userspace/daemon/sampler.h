// SPDX-License-Identifier: MIT
// Looks at the holder table again and again, and sums up who held the slots and what for.
#pragma once

#include "aggregate/call_totals.h"
#include "aggregate/chain.h"
#include "aggregate/ended_calls.h"
#include "aggregate/holder_totals.h"
#include "aggregate/look_pace.h"
#include "aggregate/recording.h"
#include "aggregate/sample_pace.h"
#include "aggregate/slot_shares.h"
#include "aggregate/slow_calls.h"
#include "aggregate/stillness.h"
#include "analyze/usual_calls.h"
#include "base/result.h"
#include "decode/connection.h"
#include "decode/event.h"
#include "enrich/process.h"
#include "kernel/session.h"
#include "model/label.h"
#include "model/slot_shares.h"

#include <chrono>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace slotscope::daemon {

class Sampler {
  public:
    Sampler(kernel::Session& session, enrich::Processes& processes, CallLabels label_of);

    // One look, by which every slot has been held since the look before. The counters of all backends,
    // without histograms. Gives how long to wait until the next.
    std::chrono::nanoseconds look(std::span<const BackendCounters> backends, std::uint64_t now_ns);

    // A slice is over: its counters, with their histograms, are wanted.
    bool slice_is_over(std::uint64_t now_ns) const { return now_ns >= slice_until_ns_; }
    void end_slice(std::span<const BackendCounters> backends, std::uint64_t now_ns);

    // The kernel side has told of one that is over.
    void call_ended(const decode::EndedCall& call, std::string label, std::uint64_t now_ns);

    // Answers a query against the backends of the newest snapshot.
    Result<CallsPage> calls(const CallsQuery& query, std::span<const Backend> backends,
                            std::uint64_t now_ns) const;

    // What is usual for each call of a backend (without histograms), of the last so many seconds.
    analyze::UsualCalls usual_calls(const BackendCounters& counters, double seconds) const;

    // Somebody records. True: it begins, and a look is due.
    bool ask_recording(std::uint64_t now_ns) { return recording_.ask(now_ns); }
    Result<RecordingPage> recording(const CallsQuery& query, std::span<const Backend> backends) const;

    // Counters since the start, by the backends of the newest snapshot.
    std::vector<HolderSeconds> holder_seconds(std::span<const Backend> backends) const;

    // From when on a call of the backend is slow, in nanoseconds; 0: never.
    bool has_slow(std::uint32_t index) const { return slow_calls_.has_threshold(index); }
    void set_slow(std::uint32_t index, std::uint64_t slow_ns) { slow_calls_.set_threshold(index, slow_ns); }
    // Calls that became slow, and slow ones that ended.
    std::vector<aggregate::Happening> happenings(std::chrono::system_clock::time_point at)
    {
        return slow_calls_.take(at);
    }

    void forget(std::uint32_t index);

  private:
    BackendCalls calls_of(const Backend& backend, std::size_t slices, std::uint64_t now_ns) const;
    bool select(std::span<const BackendCounters> backends);
    aggregate::Look look_at_table(std::uint64_t now_ns);
    std::pair<SlotUser, bool> user_of(const Connection& connection, const aggregate::Chain& chain,
                                      std::uint64_t now_ns);
    void note_ends(std::uint64_t now_ns);
    aggregate::CountedCalls counted(const BackendCounters& counters) const;
    void roll_ended_calls(std::span<const BackendCounters> backends);
    void tell_one_of(std::uint32_t index, std::uint32_t every);
    void add_names(BackendCalls& calls, const BackendCounters& counters, std::size_t slices) const;

    kernel::Session& session_;
    enrich::Processes& processes_;
    CallLabels label_of_;
    aggregate::SlotShares shares_;
    aggregate::CallTotals totals_;
    aggregate::EndedCalls ended_calls_;
    aggregate::SamplePace sample_pace_;
    aggregate::HolderTotals holder_totals_;
    aggregate::Recording recording_;
    aggregate::SlowCalls slow_calls_;
    aggregate::LookPace pace_;
    aggregate::Stillness stillness_;
    aggregate::Look last_look_;
    std::uint64_t looked_ns_ = 0; // when last_look_ was
    decode::Selection selection_; // whose slots are calls
    std::uint64_t last_ns_ = 0;   // 0: no look yet
    std::uint64_t slice_until_ns_ = 0;
};

} // namespace slotscope::daemon
