// SPDX-License-Identifier: MIT
#include "cli/report/view.h"

#include "cli/render/field.h"
#include "cli/text/text.h"

#include <algorithm>
#include <cmath>

namespace slotscope::cli::report {

namespace {

constexpr std::size_t kLongestText = 2000; // columns

std::string text_in(const Field& object, const char* name)
{
    const auto found = object.find(name);
    return found ? cut_off(found->text(), kLongestText) : "";
}

std::uint64_t count_in(const Field& object, const char* name)
{
    const auto found = object.find(name);
    return found ? found->count() : 0;
}

std::optional<double> number_in(const Field& object, const char* name)
{
    const auto found = object.find(name);
    return found ? std::optional(found->number()) : std::nullopt;
}

bool flag_in(const Field& object, const char* name, bool otherwise)
{
    const auto found = object.find(name);
    return found ? found->flag() : otherwise;
}

std::vector<Field> elements_in(const Field& object, const char* name)
{
    const auto found = object.find(name);
    return found ? found->elements() : std::vector<Field>();
}

std::optional<double> time_in(const Field& object, const char* name)
{
    const auto found = object.find(name);
    return found ? parse_time(found->raw_text()) : std::nullopt;
}

// "10.0.0.1:5432 SELECT …"
std::string joined(const std::string& left, const std::string& right)
{
    return left.empty() || right.empty() ? left + right : left + " " + right;
}

double share_of(double value)
{
    return std::isfinite(value) ? std::clamp(value, 0.0, 1.0) : 0;
}

std::optional<Moment> moment(const Field& window)
{
    const auto begin = time_in(window, "at");
    const double seconds = number_in(window, "seconds").value_or(0);
    if (!begin || !(seconds > 0))
        return std::nullopt;
    Moment moment;
    moment.at = *begin;
    moment.seconds = seconds;
    const auto in_use = static_cast<double>(count_in(window, "in_use"));
    const auto slot_seconds = number_in(window, "slot_seconds");
    moment.in_use = slot_seconds ? *slot_seconds / seconds : in_use;
    moment.peak = std::max({static_cast<double>(count_in(window, "peak")), in_use, moment.in_use});
    moment.limit = static_cast<double>(count_in(window, "limit"));
    moment.arrivals_per_second = static_cast<double>(count_in(window, "arrivals")) / seconds;
    moment.lost_per_second =
        static_cast<double>(count_in(window, "refusals") + count_in(window, "failures")) / seconds;
    if (const auto hold = window.find("hold_seconds")) {
        moment.hold_mean = number_in(*hold, "mean");
        moment.hold_p95 = number_in(*hold, "p95");
    }
    return moment;
}

HolderLine holder_line(const Field& holder)
{
    HolderLine line;
    line.state = text_in(holder, "state");
    line.call = text_in(holder, "call");
    line.age = number_in(holder, "age_seconds").value_or(0);
    line.age_is_lower_bound = flag_in(holder, "age_is_lower_bound", false);
    line.local = text_in(holder, "local");
    line.remote = text_in(holder, "remote");
    line.bytes_sent = count_in(holder, "bytes_sent");
    line.bytes_received = count_in(holder, "bytes_received");
    if (const auto process = holder.find("process")) {
        line.process = text_in(*process, "name");
        line.pid = count_in(*process, "pid");
    }
    if (const auto next = holder.find("waits_for")) {
        line.waits_for = joined(text_in(*next, "address"), text_in(*next, "call"));
        if (const auto process = next->find("process"))
            line.server = text_in(*process, "name");
    }
    return line;
}

CulpritLine culprit_line(const Field& culprit)
{
    CulpritLine line;
    line.process = text_in(culprit, "process");
    line.call = text_in(culprit, "call");
    line.state = text_in(culprit, "state");
    line.share = share_of(number_in(culprit, "share").value_or(0));
    line.oldest = number_in(culprit, "oldest_seconds");
    return line;
}

void read_verdict(const Field& verdict, EpisodeView& view)
{
    view.cause = text_in(verdict, "cause");
    view.confidence = share_of(number_in(verdict, "confidence").value_or(0));
    view.sentence = text_in(verdict, "sentence");
    if (const auto evidence = verdict.find("evidence"))
        for (const auto& [name, value] : evidence->members())
            view.evidence.emplace_back(cut_off(name, kLongestText), value.number());
    for (const Field& each : elements_in(verdict, "culprits"))
        view.culprits.push_back(culprit_line(each));
    if (const auto next = verdict.find("dependency"))
        view.dependency =
            DependencyLine{text_in(*next, "backend"), text_in(*next, "address"), text_in(*next, "call"),
                           number_in(*next, "share"), flag_in(*next, "shared", false)};
    for (const Field& each : elements_in(verdict, "causes"))
        view.causes.push_back({text_in(each, "cause"), share_of(number_in(each, "score").value_or(0)),
                               text_in(each, "because")});
    for (const Field& each : elements_in(verdict, "advice"))
        view.advice.push_back({text_in(each, "product"), text_in(each, "change"), text_in(each, "reason")});
    for (const Field& each : elements_in(verdict, "missing"))
        view.missing.push_back(cut_off(each.text(), kLongestText));
}

void read_facts(const Field& episode, EpisodeView& view)
{
    view.backend = text_in(episode, "backend");
    view.address = text_in(episode, "address");
    view.direction = text_in(episode, "direction");
    view.kind = text_in(episode, "kind");
    view.limit = count_in(episode, "limit");
    view.limit_source = text_in(episode, "limit_source");
    view.began = time_in(episode, "began");
    view.ended = time_in(episode, "ended");
    view.cut_off = flag_in(episode, "cut_off", false);
    view.peak = count_in(episode, "peak");
    view.limit_hits = count_in(episode, "limit_hits");
    view.refusals = count_in(episode, "refusals");
    view.slot_seconds = number_in(episode, "slot_seconds");
    view.at_limit_seconds = number_in(episode, "at_limit_seconds");
    view.linked_to = count_in(episode, "linked_to");
}

EpisodeView view_of(const Field& answer)
{
    EpisodeView view;
    view.made_at = text_in(answer, "at");
    view.complete = flag_in(answer, "complete", true);
    if (const auto losses = answer.find("losses"))
        for (const auto& [name, count] : losses->members())
            view.losses.emplace_back(cut_off(name, kLongestText), count.count());
    view.id = count_in(answer, "episode");
    if (const auto verdict = answer.find("verdict")) {
        read_facts(*verdict, view);
        read_verdict(*verdict, view);
    }
    for (const Field& each : elements_in(answer, "timeline"))
        if (const auto at = moment(each))
            view.timeline.push_back(*at);
    std::stable_sort(view.timeline.begin(), view.timeline.end(),
                     [](const Moment& left, const Moment& right) { return left.at < right.at; });
    for (const Field& each : elements_in(answer, "holders"))
        view.holders.push_back(holder_line(each));
    view.holders_total = std::max<std::uint64_t>(count_in(answer, "holders_total"), view.holders.size());
    return view;
}

} // namespace

Result<EpisodeView> read_episode(const Json& answer)
{
    return reading([&] { return view_of(Field(answer)); });
}

} // namespace slotscope::cli::report
