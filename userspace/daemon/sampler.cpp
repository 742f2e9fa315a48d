// SPDX-License-Identifier: MIT
#include "daemon/sampler.h"

#include "base/clock.h"
#include "daemon/own_status.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>

namespace slotscope::daemon {
namespace {

// What one look may stand for, at most: after a longer gap (the machine slept) nobody knows who held in it.
constexpr std::uint64_t kMostStoodFor_ns = 60'000'000'000;
// Where nothing moves, the last look is as good as a new one; but ages grow, and peers close.
constexpr std::uint64_t kLookAnew_ns = 15'000'000'000;
constexpr std::size_t kMostKept = 100; // shares of a backend whose totals have too many names

bool counts_calls(const Connection& connection, const decode::Selection& selection)
{
    return connection.backend < selection.calls.size() && selection.calls[connection.backend];
}

bool takes_slot(const Connection& connection, const decode::Selection& selection)
{
    return counts_calls(connection, selection) ? connection.call.holds_slot() : connection.holds_slot;
}

std::uint64_t age_of(const Connection& connection, bool is_call, std::uint64_t now_ns)
{
    const std::uint64_t since_ns = is_call ? connection.call.began_ns : connection.opened_ns;
    return now_ns > since_ns ? now_ns - since_ns : 0;
}

// Connections without a call, which may be a hundred thousand: those of a process that do the same on a
// backend are looked at as one.
class IdleOnes {
  public:
    struct Some {
        Connection one;
        std::uint64_t count = 0;
        std::uint64_t oldest_ns = 0;
    };

    void add(const Connection& connection, std::uint64_t now_ns)
    {
        const auto [place, is_first] =
            all_.try_emplace({connection.backend, connection.pid, slot_state(connection)});
        Some& some = place->second;
        if (is_first)
            some.one = connection;
        ++some.count;
        some.oldest_ns = std::max(some.oldest_ns, age_of(connection, false, now_ns));
    }

    const auto& all() const { return all_; }

  private:
    struct Kind {
        std::uint32_t backend = 0;
        std::uint32_t pid = 0;
        std::string_view state;
        bool operator==(const Kind&) const = default;
    };
    struct HashOfKind {
        std::size_t operator()(const Kind& kind) const
        {
            return std::hash<std::uint64_t>()(std::uint64_t{kind.backend} << 32U | kind.pid) +
                   kind.state.size();
        }
    };
    std::unordered_map<Kind, Some, HashOfKind> all_;
};

bool asked_for(const Backend& backend, const CallsQuery& query)
{
    if (query.direction && backend.counters.direction != *query.direction)
        return false;
    return query.backend.empty() || query.backend == backend.name || query.backend == backend.address ||
           std::find(backend.members.begin(), backend.members.end(), query.backend) != backend.members.end();
}

Error unknown_backend(const CallsQuery& query)
{
    return Error{"there is no backend \"" + query.backend + "\"; slotscope backends --all lists them"};
}

std::string where_of(const SlotUser& user)
{
    return user.waits_for_address + (user.waits_for_call.empty() ? "" : " " + user.waits_for_call);
}

bool says_something(const BackendCalls& calls)
{
    return calls.slot_seconds > 0 || calls.sampled_slot_seconds > 0 || calls.calls_started > 0;
}

} // namespace

Sampler::Sampler(kernel::Session& session, enrich::Processes& processes, CallLabels label_of)
    : session_(session)
    , processes_(processes)
    , label_of_(std::move(label_of))
{
}

// Whose slots are calls; false: by the counters nothing is held at all.
bool Sampler::select(std::span<const BackendCounters> backends)
{
    const std::vector<bool> counted_calls = std::exchange(selection_, {}).calls;
    selection_.calls.resize(session_.backends().size());
    bool held = false;
    for (const BackendCounters& counters : backends) {
        const SlotUse slots = counters.slots();
        held |= slots.in_use != 0;
        if (counters.index < selection_.calls.size())
            selection_.calls[counters.index] = slots.kind == SlotKind::calls;
        // Looks at calls and looks at connections are no sum.
        if (counters.index < counted_calls.size() &&
            counted_calls[counters.index] != (slots.kind == SlotKind::calls))
            shares_.forget(counters.index);
    }
    return held;
}

// And whether that is certain.
std::pair<SlotUser, bool> Sampler::user_of(const Connection& connection, const aggregate::Chain& chain,
                                           std::uint64_t now_ns)
{
    SlotUser user;
    user.state = slot_state(connection);
    if (connection.pid != 0)
        user.process = processes_.find(connection.pid, now_ns).name;
    if (connection.call.state == CallState::none)
        return {std::move(user), true};
    user.call = label_of_(connection);
    user.protocol = connection.call.protocol;
    const auto hop = chain.next(connection);
    if (!hop)
        return {std::move(user), true};
    user.waits_for_address = to_string(hop->call->remote);
    user.waits_for_call = label_of_(*hop->call);
    return {std::move(user), hop->certain};
}

aggregate::Look Sampler::look_at_table(std::uint64_t now_ns)
{
    const aggregate::Chain chain(decode::read_busy_connections(session_.connections()));
    aggregate::Look look;
    IdleOnes idle;
    decode::for_each_connection(session_.connections(), selection_, [&](const Connection& connection) {
        if (connection.opened_ns > now_ns)
            return;
        const bool holds = takes_slot(connection, selection_);
        if (connection.call.state == CallState::none) {
            if (holds)
                idle.add(connection, now_ns);
            return;
        }
        const bool slow = slow_calls_.due(connection, now_ns);
        if (!holds && !slow)
            return;
        const auto [user, certain] = user_of(connection, chain, now_ns);
        if (holds)
            look.add(connection.backend, user,
                     age_of(connection, counts_calls(connection, selection_), now_ns), certain,
                     counts_calls(connection, selection_) ? connection.call.in_flight() : 1);
        if (slow)
            slow_calls_.tell(connection, {user.call, user.process, where_of(user)}, now_ns);
    });
    for (const auto& [kind, some] : idle.all())
        look.add(kind.backend, user_of(some.one, chain, now_ns).first, some.oldest_ns, true, some.count);
    return look;
}

void Sampler::note_ends(std::uint64_t now_ns)
{
    for (const aggregate::SlowCalls::Ended& ended : slow_calls_.end_look(now_ns))
        slow_calls_.tell_end(
            ended, decode::find_call_end(session_.connections(), ended.cookie, ended.began_ns).value_or(0));
}

std::chrono::nanoseconds Sampler::look(std::span<const BackendCounters> backends, std::uint64_t now_ns)
{
    const std::uint64_t begin_ns = thread_cpu_ns();
    const bool near = pace_.near_limit(backends) || recording_.lasts(now_ns);
    if (!stillness_.still(backends) || now_ns - looked_ns_ >= kLookAnew_ns) {
        last_look_ = select(backends) ? look_at_table(now_ns) : aggregate::Look();
        note_ends(now_ns);
        looked_ns_ = now_ns;
    }
    if (last_ns_ != 0) {
        const std::uint64_t elapsed_ns = std::min(now_ns - last_ns_, kMostStoodFor_ns);
        shares_.add(last_look_, elapsed_ns);
        holder_totals_.add(last_look_, elapsed_ns);
        recording_.add(last_look_, backends, elapsed_ns, now_ns);
    }
    last_ns_ = now_ns;
    for (const auto& [index, every] : sample_pace_.adapt(backends, now_ns))
        tell_one_of(index, every);
    return pace_.pause(near, std::chrono::nanoseconds(thread_cpu_ns() - begin_ns));
}

void Sampler::end_slice(std::span<const BackendCounters> backends, std::uint64_t now_ns)
{
    totals_.roll(backends, now_ns);
    roll_ended_calls(backends);
    for (const std::uint32_t index : holder_totals_.full())
        holder_totals_.keep_largest(index,
                                    shares_.shares(index, aggregate::SlotShares::kSlices, kMostKept).shares);
    if (slice_until_ns_ != 0)
        shares_.roll();
    slice_until_ns_ = now_ns + std::chrono::nanoseconds(aggregate::SlotShares::kSlice).count();
}

Result<CallsPage> Sampler::calls(const CallsQuery& query, std::span<const Backend> backends,
                                 std::uint64_t now_ns) const
{
    constexpr std::size_t kSlice = aggregate::SlotShares::kSlice.count();
    const std::size_t slices = (query.seconds + kSlice - 1) / kSlice;
    CallsPage page;
    page.seconds = static_cast<std::uint32_t>(slices * kSlice);
    page.looks = shares_.looks(slices);
    bool known = query.backend.empty();
    for (const Backend& backend : backends) {
        if (!asked_for(backend, query))
            continue;
        known = true;
        BackendCalls calls = calls_of(backend, slices, now_ns);
        if (!query.backend.empty() || says_something(calls))
            page.backends.push_back(std::move(calls));
    }
    if (!known)
        return unknown_backend(query);
    std::stable_sort(
        page.backends.begin(), page.backends.end(),
        [](const BackendCalls& a, const BackendCalls& b) { return a.slot_seconds > b.slot_seconds; });
    return page;
}

// What a backend that is gone has held stands under "other": only where all are asked for.
Result<RecordingPage> Sampler::recording(const CallsQuery& query, std::span<const Backend> backends) const
{
    RecordingPage page;
    page.began_ns = recording_.began_ns();
    page.seconds = recording_.seconds();
    page.looks = recording_.looks();
    std::map<std::uint32_t, RecordedBackend> recorded = recording_.backends();
    bool known = query.backend.empty();
    for (const Backend& backend : backends) {
        if (!asked_for(backend, query))
            continue;
        known = true;
        const auto found = recorded.find(backend.counters.index);
        if (found == recorded.end())
            continue;
        found->second.backend = backend.name;
        found->second.address = backend.address;
        found->second.direction = backend.counters.direction;
        page.backends.push_back(std::move(found->second));
    }
    if (!known)
        return unknown_backend(query);
    return page;
}

void Sampler::forget(std::uint32_t index)
{
    shares_.forget(index);
    totals_.forget(index);
    ended_calls_.forget(index);
    sample_pace_.forget(index);
    holder_totals_.forget(index);
    recording_.forget(index);
    slow_calls_.forget(index);
    pace_.forget(index);
}

std::vector<HolderSeconds> Sampler::holder_seconds(std::span<const Backend> backends) const
{
    std::unordered_map<std::uint32_t, const Backend*> by_index;
    for (const Backend& backend : backends)
        by_index[backend.counters.index] = &backend;
    std::vector<HolderSeconds> all;
    for (aggregate::HolderTotals::Total& total : holder_totals_.totals()) {
        HolderSeconds each{"other", Direction::outbound, std::move(total.process), std::move(total.call),
                           total.slot_seconds};
        if (const auto backend = by_index.find(total.backend); backend != by_index.end()) {
            each.backend = backend->second->name;
            each.direction = backend->second->counters.direction;
        } else if (total.backend != kOtherBackend) {
            continue; // made since the snapshot
        }
        all.push_back(std::move(each));
    }
    return all;
}

} // namespace slotscope::daemon
