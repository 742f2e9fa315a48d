// SPDX-License-Identifier: MIT
#include "daemon/session_locks.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::daemon {
namespace {

constexpr std::size_t kMostSessions = 256;
constexpr std::string_view kSessionProcess = "postgres";
constexpr double kAtOnce_seconds = 0.1; // a statement that locks, and one that it locks out, may overlap

bool has_title(const Holder& holder)
{
    return holder.direction == Direction::inbound && holder.process &&
           holder.process->name == kSessionProcess;
}

// The one at the other end of an inbound connection, or the process here.
std::string client_of(const Holder& holder)
{
    if (holder.direction == Direction::inbound)
        return to_string(holder.remote);
    if (!holder.process || holder.process->name.empty())
        return to_string(holder.local);
    return holder.process->name + " (pid " + std::to_string(holder.process->pid) + ")";
}

void note_idle_in_transaction(analyze::SessionLocks& locks, const Holder& holder)
{
    ++locks.idle_in_transaction;
    const double idle_seconds = holder.last_io_seconds.value_or(0);
    if (idle_seconds < locks.longest_idle_seconds)
        return;
    locks.longest_idle_seconds = idle_seconds;
    locks.keeper = client_of(holder);
    locks.keeper_call = holder.call_label;
}

void note_waiting(analyze::SessionLocks& locks, double seconds)
{
    ++locks.waiting;
    locks.oldest_waiting_seconds = std::max(locks.oldest_waiting_seconds, seconds);
}

// A statement that changes something, or asks for locks on what it reads. One that only reads is kept waiting
// by none but those who change tables themselves.
bool wants_locks(std::string_view statement)
{
    constexpr std::string_view kReads[] = {"SELECT", "SHOW", "EXPLAIN", "VALUES", "TABLE", "WITH"};
    constexpr std::string_view kLocks[] = {" FOR UPDATE", " FOR SHARE", " FOR NO KEY", " FOR KEY",
                                           " LOCK IN SHARE"};
    if (statement.empty())
        return false; // not known
    std::string upper(statement);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return std::none_of(std::begin(kReads), std::end(kReads),
                        [&](std::string_view word) { return upper.starts_with(word); }) ||
           std::any_of(std::begin(kLocks), std::end(kLocks),
                       [&](std::string_view words) { return upper.find(words) != std::string::npos; });
}

// Those that began after the one that is idle in a transaction went idle, where the first of them wants
// locks: what comes after that may wait behind it, whatever it is.
void presume(analyze::SessionLocks& locks, std::vector<const Holder*>& unanswered)
{
    locks.presumed = true;
    const auto waited = [](const Holder* holder) { return holder->call_age_seconds.value_or(0); };
    std::erase_if(unanswered, [&](const Holder* holder) {
        return waited(holder) > locks.longest_idle_seconds + kAtOnce_seconds;
    });
    const auto first =
        std::max_element(unanswered.begin(), unanswered.end(),
                         [&](const Holder* a, const Holder* b) { return waited(a) < waited(b); });
    if (first == unanswered.end() || !wants_locks((*first)->call_label))
        return;
    for (const Holder* holder : unanswered)
        note_waiting(locks, std::min(waited(holder), locks.longest_idle_seconds));
}

} // namespace

analyze::SessionLocks session_locks(const enrich::SessionTitles& titles, std::span<const Holder> holders)
{
    analyze::SessionLocks locks;
    std::vector<const Holder*> unanswered;
    for (const Holder& holder : holders) {
        if (!has_title(holder) && !tells_of_transactions(holder.call.protocol))
            continue;
        if (locks.looked_at == kMostSessions)
            break;
        ++locks.looked_at;
        const enrich::SessionDoing doing =
            has_title(holder) ? titles.look(holder.process->pid) : enrich::SessionDoing::unknown;
        if (doing == enrich::SessionDoing::waits_for_lock)
            note_waiting(locks, holder.call_age_seconds.value_or(0));
        else if (doing == enrich::SessionDoing::idle_in_transaction ||
                 (holder.call.in_transaction && holder.call.state == CallState::none))
            note_idle_in_transaction(locks, holder);
        else if (doing == enrich::SessionDoing::unknown && holder.call.state == CallState::waiting)
            unanswered.push_back(&holder);
    }
    if (locks.waiting == 0 && locks.idle_in_transaction != 0)
        presume(locks, unanswered);
    return locks;
}

} // namespace slotscope::daemon
