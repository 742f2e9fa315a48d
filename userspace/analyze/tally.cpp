// SPDX-License-Identifier: MIT
#include "analyze/tally.h"

#include <algorithm>
#include <numeric>

namespace slotscope::analyze {
namespace {

constexpr double kStalledSeconds = 1;
constexpr double kUploadSeconds = 1;
constexpr double kReadWithin_seconds = 0.2;
constexpr double kOwnerWithin_seconds = 1.5;

// Where no messages are seen, the side that did something last tells whose turn it is.
Doing guessed(const Holder& holder)
{
    if (holder.bytes_sent + holder.bytes_received == 0)
        return Doing::idle;
    const LastIo asks = holder.direction == Direction::outbound ? LastIo::sent : LastIo::received;
    if (holder.last_io == LastIo::none)
        return Doing::unseen;
    return holder.last_io == asks ? Doing::waiting : Doing::idle;
}

// Where no hook sees accepts, whoever has accepted has read what came, or was found among the open files.
// Of a connection with a call that of the call, whatever the limit counts: a pooled connection is no stuck
// call.
double age_of(const Holder& holder)
{
    return holder.call_age_seconds.value_or(holder.age_seconds);
}

bool waits_to_be_accepted(const Holder& holder)
{
    if (holder.accepted || holder.direction == Direction::outbound)
        return holder.accepted == false;
    const double patience_seconds = holder.call.holds_slot() ? kReadWithin_seconds : kOwnerWithin_seconds;
    return !holder.process && holder.bytes_received == 0 && holder.age_seconds >= patience_seconds;
}

std::size_t index(Doing doing)
{
    return static_cast<std::size_t>(doing);
}

Doing most_of(const std::array<double, kDoings>& doing)
{
    return static_cast<Doing>(std::max_element(doing.begin(), doing.end()) - doing.begin());
}

} // namespace

std::string_view to_string(Doing doing)
{
    constexpr std::array<std::string_view, kDoings> kWords = {
        "connecting", "not accepted", "left open", "idle",    "request",
        "uploading",  "waiting",      "response",  "stalled", "open"};
    return kWords[index(doing)];
}

Doing doing_of(const Holder& holder)
{
    if (holder.state == ConnectionState::connecting)
        return Doing::connecting;
    if (waits_to_be_accepted(holder))
        return Doing::not_accepted;
    const CallState call = holder.call.state;
    if (holder.state == ConnectionState::peer_closed && !holder.call.holds_slot())
        return Doing::left_open;
    switch (call) {
    case CallState::request:
        return age_of(holder) >= kUploadSeconds &&
                       holder.last_io_seconds.value_or(kStalledSeconds) < kStalledSeconds
                   ? Doing::uploading
                   : Doing::request;
    case CallState::waiting:
        return Doing::waiting;
    case CallState::response:
        return holder.last_io_seconds.value_or(0) >= kStalledSeconds ? Doing::stalled : Doing::response;
    case CallState::answered:
        return Doing::idle;
    case CallState::none:
        break;
    }
    return holder.call.protocol == Protocol::unknown ? guessed(holder) : Doing::idle;
}

AcceptQueue leave_out_queue(std::vector<Holder>& holders, std::uint64_t& total)
{
    // Where accepting is not seen, also those that came a moment ago: that nobody has them yet is enough
    // here.
    const auto is_queued = [](const Holder& holder) {
        return doing_of(holder) == Doing::not_accepted ||
               (holder.direction == Direction::inbound && !holder.accepted && !holder.process &&
                holder.bytes_received == 0);
    };
    const std::size_t looked_at = holders.size();
    const auto queued = static_cast<std::size_t>(std::count_if(holders.begin(), holders.end(), is_queued));
    if (queued == 0 || queued == looked_at)
        return {};
    AcceptQueue queue;
    queue.length = total * queued / looked_at;
    for (const Holder& each : holders)
        if (is_queued(each))
            queue.oldest_seconds = std::max(queue.oldest_seconds, each.age_seconds);
    std::erase_if(holders, is_queued);
    total -= queue.length;
    return queue;
}

void Tally::add(std::span<const Holder> holders, std::uint64_t total, double seconds)
{
    ++samples_;
    newest_.fill(0);
    oldest_seconds_ = 0;
    ages_.clear();
    time_ += seconds;
    for (auto& [pid, process] : processes_)
        process.newest_age_seconds += seconds;
    if (holders.empty())
        return;
    // Each stands for as many as there are for each that was looked at.
    const double weight = seconds * static_cast<double>(std::max<std::uint64_t>(total, holders.size())) /
                          static_cast<double>(holders.size());
    const std::size_t step = (holders.size() + kMostAges - 1) / kMostAges;
    for (std::size_t i = 0; i < holders.size(); ++i) {
        oldest_seconds_ = std::max(oldest_seconds_, age_of(holders[i]));
        if (i % step == 0)
            ages_.push_back(static_cast<float>(age_of(holders[i])));
        add_one(holders[i], weight);
    }
    std::sort(ages_.begin(), ages_.end());
}

double Tally::share_older_than(double seconds) const
{
    if (ages_.empty())
        return 0;
    const auto first = std::lower_bound(ages_.begin(), ages_.end(), static_cast<float>(seconds));
    return static_cast<double>(ages_.end() - first) / static_cast<double>(ages_.size());
}

double Tally::median_age_seconds() const
{
    return ages_.empty() ? 0 : static_cast<double>(ages_[ages_.size() / 2]);
}

void Tally::add_one(const Holder& holder, double seconds)
{
    Who who;
    who.process = holder.process ? holder.process->name : "";
    who.call = holder.call_label;
    if (holder.waits_for) {
        who.waits_for_address = to_string(holder.waits_for->address);
        who.waits_for_call = holder.waits_for->call;
        waiting_seconds_ += seconds;
        waited_ += seconds * holder.waits_for->age_seconds;
    }
    if (!parts_.contains(who) && parts_.size() >= kMostParts)
        who = {"", "other", "", ""};
    const std::size_t doing = index(doing_of(holder));
    Part& part = parts_[who];
    part.seconds += seconds;
    part.doing[doing] += seconds;
    part.oldest_seconds = std::max(part.oldest_seconds, age_of(holder));
    if (holder.waits_for) {
        part.dependency = holder.waits_for->backend;
        part.shared_seconds += holder.waits_for->certain ? 0 : seconds;
    }
    seconds_ += seconds;
    doing_[doing] += seconds;
    newest_[doing] += 1;
    labelled_seconds_ += holder.call_label.empty() ? 0 : seconds;
    protocols_[holder.call.protocol] += seconds;
    if (!holder.process || (!processes_.contains(holder.process->pid) && processes_.size() >= kMostProcesses))
        return;
    OfProcess& process = processes_[holder.process->pid];
    const bool first = process.samples == 0;
    process.name = holder.process->name;
    process.seconds += seconds;
    process.newest_age_seconds =
        first ? holder.age_seconds : std::min(process.newest_age_seconds, holder.age_seconds);
    ++process.samples;
}

double Tally::share(Doing doing) const
{
    return seconds_ > 0 ? doing_[index(doing)] / seconds_ : 0;
}

double Tally::newest_share(Doing doing) const
{
    const double all = std::accumulate(newest_.begin(), newest_.end(), 0.0);
    return all > 0 ? newest_[index(doing)] / all : 0;
}

double Tally::waiting_for_others() const
{
    return time_ > 0 ? waiting_seconds_ / time_ : 0;
}

double Tally::mean_wait_seconds() const
{
    return waiting_seconds_ > 0 ? waited_ / waiting_seconds_ : 0;
}

double Tally::mean_holders() const
{
    return time_ > 0 ? seconds_ / time_ : 0;
}

std::vector<Culprit> Tally::culprits(std::size_t most) const
{
    std::vector<Culprit> culprits;
    if (seconds_ <= 0)
        return culprits;
    for (const auto& [who, part] : parts_)
        culprits.push_back({who.process, who.call, std::string(to_string(most_of(part.doing))),
                            part.seconds / seconds_, part.oldest_seconds, who.waits_for_address,
                            who.waits_for_call});
    std::stable_sort(culprits.begin(), culprits.end(),
                     [](const Culprit& a, const Culprit& b) { return a.share > b.share; });
    if (culprits.size() > most)
        culprits.resize(most);
    return culprits;
}

std::optional<Dependency> Tally::dependency() const
{
    struct Sum {
        double seconds = 0;
        double shared = 0;
        double most_of_a_call = 0;
        std::string call;
        std::string backend;
    };
    std::map<std::string, Sum> by_address;
    for (const auto& [who, part] : parts_) {
        if (who.waits_for_address.empty())
            continue;
        Sum& sum = by_address[who.waits_for_address];
        sum.seconds += part.seconds;
        sum.shared += part.shared_seconds;
        sum.backend = part.dependency;
        if (part.seconds > sum.most_of_a_call) {
            sum.most_of_a_call = part.seconds;
            sum.call = who.waits_for_call;
        }
    }
    const auto first =
        std::max_element(by_address.begin(), by_address.end(),
                         [](const auto& a, const auto& b) { return a.second.seconds < b.second.seconds; });
    if (first == by_address.end() || seconds_ <= 0)
        return std::nullopt;
    const Sum& sum = first->second;
    return Dependency{sum.backend, first->first, sum.call, sum.seconds / seconds_,
                      sum.shared > 0.5 * sum.seconds};
}

} // namespace slotscope::analyze
