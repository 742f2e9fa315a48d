// SPDX-License-Identifier: MIT
#include "analyze/sentence_parts.h"

#include "analyze/causes.h"
#include "analyze/words.h"

#include <algorithm>

namespace slotscope::analyze {

using words::duration;
using words::percent;

std::string of_whom(const Verdict& verdict)
{
    if (verdict.culprits.empty())
        return "an unknown process";
    const Culprit& first = verdict.culprits.front();
    if (!first.call.empty())
        return first.call;
    return first.process.empty() ? "an unknown process" : first.process;
}

std::string share_of_first(const Verdict& verdict)
{
    if (verdict.culprits.empty())
        return "";
    return percent(verdict.culprits.front().share) + " of the slot-seconds belong to " + of_whom(verdict);
}

std::string of_servers(const Evidence& e, const Verdict& verdict)
{
    std::string text;
    const bool serving = verdict.cause == Cause::slow_backend || verdict.cause == Cause::stuck_calls ||
                         verdict.cause == Cause::unknown;
    if (serving && e.disk_share >= kMostOnDisk)
        text = "; " + percent(e.disk_share) +
               " of the threads that serve were found waiting for a disk (uninterruptible sleep)";
    if (const Throttled* const throttled = throttled_for(e, verdict.cause))
        text += "; " + throttled->who + " are throttled: their control group " + throttled->group +
                " may use " + words::precise(throttled->cores) +
                (throttled->cores == 1 ? " core" : " cores") + " and has none left in " +
                percent(throttled->share) + " of its periods";
    return text;
}

namespace {

// "12 sessions wait for a lock …, and one of 10.0.0.7:41234 is idle in a transaction"
std::string of_kept_lock(const Evidence& e, const Verdict& verdict)
{
    const std::string keeper = e.locks.keeper.empty() ? "one" : "the one of " + e.locks.keeper;
    const std::string after = e.locks.keeper_call.empty() ? "" : " after " + e.locks.keeper_call;
    if (e.locks.presumed)
        return share_of_first(verdict) + "; " + words::counted(e.locks.waiting, "session") +
               " wait for an answer, the oldest for " + duration(e.locks.oldest_waiting_seconds) +
               ", and none of that age has ended since " + keeper + " went idle in a transaction" + after +
               ", " + duration(e.locks.longest_idle_seconds) +
               " ago: most likely that has locked what they want, and they are stuck until it ends";
    return share_of_first(verdict) + "; " + words::counted(e.locks.waiting, "session") +
           " wait for a lock of another one, the oldest for " + duration(e.locks.oldest_waiting_seconds) +
           ", and " + keeper + ", idle in a transaction" + after + " since " +
           duration(e.locks.longest_idle_seconds) + ", most likely has it: they are stuck until that ends";
}

// ": process 812 has no file descriptor left, 1024 are open"
std::string of_files(const Evidence& e)
{
    return e.threads.out_of_files == 0
               ? ""
               : ": process " + std::to_string(e.threads.out_of_files) + " has no file descriptor left, " +
                     std::to_string(e.threads.open_files) + " are open";
}

} // namespace

std::string of_stuck(const Evidence& e, const Verdict& verdict)
{
    if (e.locks.kept_by_idle() && waits_for_locks(e) > 0.5)
        return of_kept_lock(e, verdict);
    if (was_stopped(e) > 0.5)
        return share_of_first(verdict) + ", and for " + duration(e.stopped_seconds) +
               " no process that could answer ran: all were stopped by a signal or a debugger, and go on now";
    // In a pile of those that wait for each other, the one that was there first.
    const auto oldest = std::max_element(
        verdict.culprits.begin(), verdict.culprits.end(),
        [](const Culprit& a, const Culprit& b) { return a.oldest_seconds < b.oldest_seconds; });
    const bool another = oldest != verdict.culprits.end() && oldest != verdict.culprits.begin() &&
                         !oldest->call.empty() &&
                         oldest->oldest_seconds > verdict.culprits.front().oldest_seconds;
    if (e.threads.all_stopped())
        return share_of_first(verdict) + ", the oldest for " + duration(e.tally.oldest_seconds()) +
               ", and no process that could answer runs: " +
               words::counted(e.threads.stopped_processes, "process") +
               (e.threads.stopped_processes == 1 ? " is" : " are") + " stopped by a signal or a debugger";
    return share_of_first(verdict) + ", the oldest" + (another ? ", " + oldest->call + "," : "") + " for " +
           duration(e.tally.oldest_seconds()) + ", and none that is as old has ended: they are stuck";
}

std::string of_leak(const Evidence& e, const Verdict& verdict)
{
    if (filled_by_forgotten(e) > 0.5)
        return e.forgotten.process + " has forgotten most of them: it opened " +
               std::to_string(e.forgotten.connections) +
               " while others of its own lay idle, and has not used these since";
    const std::string process = verdict.culprits.empty() ? "" : verdict.culprits.front().process;
    return percent(e.tally.share(Doing::left_open)) +
           " of the slot-seconds belong to connections that their peer has closed and " +
           (process.empty() ? "this side" : process) + " has not (CLOSE_WAIT), the oldest of " +
           duration(e.tally.oldest_seconds());
}

std::string of_idle(const Evidence& e, const Verdict& verdict)
{
    const std::string process = verdict.culprits.empty() ? "" : verdict.culprits.front().process;
    const IdleClient& client = e.idle_client;
    const std::string clients =
        client.connections == 0 || client.process == process
            ? ""
            : ", " + std::to_string(client.connections) + " of them connections of " + client.process;
    const double in_transaction = e.tally.share(Doing::in_transaction);
    const bool mostly = in_transaction > 0.5 * e.tally.idle_share();
    return percent(mostly ? in_transaction : e.tally.idle_share()) + " of the slot-seconds belong to " +
           (mostly ? "" : "idle ") + "connections" + (process.empty() ? "" : " of " + process) +
           (mostly ? " that are idle in a transaction, which nobody else may use" : "") + clients +
           ", the oldest open for " + duration(e.tally.oldest_seconds());
}

std::string of_generations(const Evidence& e, const Verdict&)
{
    return percent(e.old_generations_share) + " of the slot-seconds belong to " +
           words::counted(e.old_generations, "old process") + " of " + e.generation_process +
           ", which newer ones have replaced";
}

std::string of_accept(const Evidence& e, const Verdict&)
{
    if (e.queued > 0)
        return "the oldest that waits to be accepted has waited for " + duration(e.oldest_queued_seconds) +
               ", and " + (e.limit == 1 ? "the one worker is busy" : "all workers are busy") + " since " +
               duration(e.tally.oldest_seconds()) + of_files(e);
    if (!e.other_end)
        return percent(e.tally.share(Doing::not_accepted)) +
               " of the slot-seconds went by before anybody accepted, the oldest waits for " +
               duration(e.tally.oldest_seconds()) + of_files(e);
    return std::to_string(e.other_end->not_accepted) + " connections wait to be accepted, the oldest for " +
           duration(e.other_end->oldest_not_accepted_seconds) +
           (e.other_end->owners == 0 ? ", and no process takes any"
                                     : ", by " + words::counted(e.other_end->owners, "process") + " that " +
                                           (e.other_end->owners == 1 ? "is" : "are") + " busy") +
           of_files(e);
}

std::string of_reader(const Evidence& e, const Verdict& verdict)
{
    const double sending = e.tally.share(Doing::stalled) + e.tally.share(Doing::response);
    return percent(sending) +
           " of the slot-seconds went by while an answer was being sent and its reader did not take "
           "it, most of them of " +
           of_whom(verdict);
}

} // namespace slotscope::analyze
