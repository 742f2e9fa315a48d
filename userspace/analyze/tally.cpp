// SPDX-License-Identifier: MIT
#include "analyze/tally.h"

#include <algorithm>
#include <numeric>

namespace slotscope::analyze {
namespace {

std::size_t index(Doing doing)
{
    return static_cast<std::size_t>(doing);
}

Doing most_of(const std::array<double, kDoings>& doing)
{
    return static_cast<Doing>(std::max_element(doing.begin(), doing.end()) - doing.begin());
}

} // namespace

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
    ages_weight_ = static_cast<double>(step);
    for (std::size_t i = 0; i < holders.size(); ++i) {
        const Doing what = doing_of(holders[i]);
        add_one(holders[i], what, weight);
        if (what == Doing::upgraded) // that it is old says nothing
            continue;
        oldest_seconds_ = std::max(oldest_seconds_, age_of(holders[i]));
        if (i % step == 0)
            ages_.push_back({static_cast<float>(age_of(holders[i])), label_index(holders[i].call_label)});
    }
    std::sort(ages_.begin(), ages_.end(), [](const Age& a, const Age& b) { return a.seconds < b.seconds; });
}

std::uint32_t Tally::label_index(const std::string& label)
{
    if (labels_.empty())
        labels_.emplace_back();
    const auto known = std::find(labels_.begin(), labels_.end(), label);
    if (known != labels_.end())
        return static_cast<std::uint32_t>(known - labels_.begin());
    if (labels_.size() >= kMostParts)
        return 0;
    labels_.push_back(label);
    return static_cast<std::uint32_t>(labels_.size() - 1);
}

double Tally::share_older_than(double seconds, const UsualCalls& usual) const
{
    if (ages_.empty())
        return 0;
    const auto old = std::count_if(ages_.begin(), ages_.end(), [&](const Age& age) {
        return static_cast<double>(age.seconds) >=
               std::max(seconds, patience_seconds(usual, labels_[age.label]));
    });
    return static_cast<double>(old) / static_cast<double>(ages_.size());
}

double Tally::share_owned() const
{
    double owned = 0;
    for (const auto& [who, part] : parts_)
        owned += who.process.empty() ? 0 : part.seconds;
    return seconds_ > 0 ? owned / seconds_ : 0;
}

Growth Tally::growth(const UsualCalls& usual, double lasted_seconds) const
{
    constexpr double kMore = 1.3;
    struct OfCall {
        double seconds = 0;
        double oldest_seconds = 0;
    };
    std::map<std::string, OfCall> calls;
    for (const auto& [who, part] : parts_) {
        OfCall& call = calls[who.call];
        call.seconds += part.seconds;
        call.oldest_seconds = std::max(call.oldest_seconds, part.oldest_seconds);
    }
    Growth growth;
    for (const auto& [label, call] : calls) {
        const auto known = usual.find(label);
        const double before = known == usual.end() ? 0 : known->second.slots;
        const double now = time_ > 0 ? call.seconds / time_ : 0;
        const double beyond = std::max(0.0, now - before);
        growth.slots += beyond;
        if (!is_as_usual(usual, label, call.oldest_seconds))
            continue;
        growth.as_usual += beyond;
        // L = λ·W: more slots than so much longer calls would take are more calls.
        const double longer = std::max(1.0, call.oldest_seconds / known->second.mean_done_seconds);
        if (now >= kMore * longer * before && lasted_seconds > 1 + 1.5 * known->second.longest_done_seconds)
            growth.more += beyond;
    }
    return growth;
}

double Tally::median_age_seconds(const UsualCalls& usual) const
{
    std::map<std::uint32_t, double> left_out; // of each label, by how many there usually are
    std::vector<double> ages;
    for (auto age = ages_.rbegin(); age != ages_.rend(); ++age) {
        const auto call = usual.find(labels_[age->label]);
        const bool is_long = call != usual.end() && call->second.long_by_nature;
        if (is_long && left_out[age->label] + 0.5 < call->second.slots) {
            left_out[age->label] += ages_weight_;
            continue;
        }
        ages.push_back(static_cast<double>(age->seconds));
    }
    return ages.empty() ? 0 : ages[(ages.size() - 1) / 2];
}

void Tally::add_one(const Holder& holder, Doing what, double seconds)
{
    // What an upgraded one asks in turn is there for the next message, not for this one's end.
    const bool waits = holder.waits_for && what != Doing::upgraded;
    Who who;
    who.process = holder.process ? holder.process->name : "";
    who.call = holder.call_label;
    if (waits) {
        who.waits_for_address = to_string(holder.waits_for->address);
        who.waits_for_call = holder.waits_for->call;
        waiting_seconds_ += seconds;
        waited_ += seconds * holder.waits_for->age_seconds;
    }
    if (!parts_.contains(who) && parts_.size() >= kMostParts)
        who = {"", "other", "", ""};
    const std::size_t doing = index(what);
    Part& part = parts_[who];
    part.seconds += seconds;
    part.doing[doing] += seconds;
    part.oldest_seconds = std::max(part.oldest_seconds, age_of(holder));
    if (waits) {
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

std::vector<Culprit> Tally::culprits(std::size_t most, const UsualCalls& usual) const
{
    std::vector<Culprit> culprits;
    if (seconds_ <= 0)
        return culprits;
    std::map<std::string, double> of_call; // slot-seconds
    for (const auto& [who, part] : parts_) {
        culprits.push_back({who.process, who.call, std::string(to_string(most_of(part.doing))),
                            part.seconds / seconds_, part.oldest_seconds, who.waits_for_address,
                            who.waits_for_call});
        of_call[who.call] += part.seconds;
    }
    const auto more_than_usual = [&](const Culprit& each) {
        const auto call = usual.find(each.call);
        if (call == usual.end() || !call->second.long_by_nature)
            return each.share;
        return each.share * std::max(0.0, 1 - call->second.slots * time_ / of_call[each.call]);
    };
    std::stable_sort(culprits.begin(), culprits.end(), [&](const Culprit& a, const Culprit& b) {
        return more_than_usual(a) > more_than_usual(b);
    });
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
