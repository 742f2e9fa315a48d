// SPDX-License-Identifier: MIT
#include "cli/render/check.h"

#include "cli/text/text.h"
#include "cli/text/units.h"

#include <slotscope/api/contract.h>

#include <algorithm>
#include <array>

namespace slotscope::cli {

namespace {

constexpr std::size_t kMostNamed = 10; // in the text; the performance data have all

const char* lower_name(CheckState state)
{
    constexpr std::array<const char*, 4> kNames = {"ok", "warning", "critical", "unknown"};
    return kNames[static_cast<std::size_t>(state)];
}

const char* upper_name(CheckState state)
{
    constexpr std::array<const char*, 4> kNames = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    return kNames[static_cast<std::size_t>(state)];
}

// Unknown is worse than nothing only.
CheckState worse(CheckState a, CheckState b)
{
    if (a == CheckState::unknown)
        return b;
    return std::max(a, b);
}

// "app1", with the direction where another row has the same name.
std::string label_of(const BackendRow& row, const std::vector<BackendRow>& rows)
{
    const auto same = std::count_if(rows.begin(), rows.end(),
                                    [&](const BackendRow& other) { return other.name == row.name; });
    return same > 1 ? row.name + " " + row.direction : row.name;
}

std::string fill_text(const BackendRow& row, const std::vector<BackendRow>& rows)
{
    return label_of(row, rows) + " " + std::to_string(row.in_use) + "/" + std::to_string(*row.limit) + " (" +
           std::to_string(percent_of(row.in_use, *row.limit)) + " %" +
           (row.limit_is_learned ? ", learned)" : ")");
}

// Those in `state`; all the same text for a monitoring system's one line.
std::string list_of(const std::vector<BackendRow>& rows, CheckState state, const Thresholds& thresholds)
{
    std::string text;
    std::size_t named = 0;
    std::size_t more = 0;
    for (const BackendRow& row : rows) {
        if (judge(row, thresholds) != state)
            continue;
        if (named == kMostNamed) {
            ++more;
            continue;
        }
        text += (named++ == 0 ? "" : ", ") + fill_text(row, rows);
    }
    return more == 0 ? text : text + ", and " + std::to_string(more) + " more";
}

std::string reason_of(const CheckResult& result, const Thresholds& thresholds)
{
    if (result.state == CheckState::ok)
        return counted(result.backends.size(), "backend") + " with a limit, fullest " +
               fill_text(result.backends.front(), result.backends);
    std::string text = list_of(result.backends, result.state, thresholds);
    if (result.state == CheckState::critical) {
        const std::string warnings = list_of(result.backends, CheckState::warning, thresholds);
        text += warnings.empty() ? "" : "; warning: " + warnings;
    }
    return text;
}

bool is_asked(const std::string& name, const std::string& address, std::string_view asked)
{
    return asked.empty() || name == asked || address == asked;
}

// Where no backend with a limit has been seen: is there a limit at all?
void judge_without_backends(CheckResult& result, const Json& limits, const std::string& asked)
{
    std::size_t waiting = 0;
    std::string not_in_force;
    for (const Field& limit : Field(limits).at("limits").elements()) {
        bool mine = is_asked(limit.at("name").text(), "", asked);
        for (const Field& address : limit.at("addresses").elements())
            mine = mine || address.text() == asked;
        if (!mine)
            continue;
        const auto note = limit.find("note");
        if (note && !note->raw_text().empty())
            not_in_force = limit.at("name").text() + " is not in force: " + note->text();
        else
            ++waiting;
    }
    const std::string of = asked.empty() ? "" : " for " + asked;
    if (waiting != 0) {
        result.state = CheckState::ok;
        result.reason = counted(waiting, "limit") + of + ", no connection has been seen yet";
    } else if (!not_in_force.empty()) {
        result.reason = "the limit of " + not_in_force;
    } else {
        result.reason = "no limit is known" + of + ": give one with `slotscoped --limit NAME=ADDRESS:MAX`";
    }
}

// About a limit that is known, or at a learned one while something is refused: that it is full alone says
// only that as much is in use as was then.
bool is_critical(const Field& verdict)
{
    if (!verdict.find("limit"))
        return false;
    const auto source = verdict.find("limit_source");
    if (!source || source->text() != api::kLearnedSource)
        return true;
    const auto refusals = verdict.find("refusals");
    return refusals && refusals->count() != 0;
}

// Episodes that last, which make it worse than what is full right now.
void judge_episodes(CheckResult& result, const Json& why, const std::string& asked)
{
    if (why.is_null())
        return;
    for (const Field& verdict : Field(why).at("verdicts").elements()) {
        const std::string name = verdict.at("backend").text();
        if (!verdict.at("active").flag() || !is_asked(name, verdict.at("address").text(), asked))
            continue;
        std::string cause = verdict.at("cause").text();
        std::replace(cause.begin(), cause.end(), '_', ' ');
        result.episodes.push_back(name + ": " + (cause == "unknown" ? "cause unknown" : cause) +
                                  ", episode " + std::to_string(verdict.at("episode").count()));
        result.state = worse(result.state, is_critical(verdict) ? CheckState::critical : CheckState::warning);
    }
    for (std::size_t i = 0; i < std::min(kMostNamed, result.episodes.size()); ++i)
        result.reason = result.episodes[result.episodes.size() - 1 - i] + "; " + result.reason;
}

// What the plugin convention keeps for itself: the bar starts performance data.
std::string without_bar(std::string text)
{
    std::replace(text.begin(), text.end(), '|', '/');
    return text;
}

std::string performance_data(const CheckResult& result, const Thresholds& thresholds)
{
    std::string text;
    for (const BackendRow& row : result.backends) {
        std::string label = without_bar(label_of(row, result.backends));
        std::replace(label.begin(), label.end(), '\'', '_');
        std::replace(label.begin(), label.end(), '=', '_');
        const auto slots = [&](double percent) {
            std::array<char, 48> number{};
            std::snprintf(number.data(), number.size(), "%.10g",
                          static_cast<double>(*row.limit) * percent / 100);
            return std::string(number.data());
        };
        text += " '" + label + "'=" + std::to_string(row.in_use) + ";" + slots(thresholds.warn_percent) +
                ";" + slots(thresholds.critical_percent) + ";0;" + std::to_string(*row.limit);
    }
    return text.empty() ? "" : " |" + text;
}

} // namespace

CheckState judge(const BackendRow& row, const Thresholds& thresholds)
{
    const double in_use = static_cast<double>(row.in_use) * 100;
    const auto limit = static_cast<double>(row.limit.value_or(0));
    if (in_use >= thresholds.critical_percent * limit)
        return row.limit_is_learned ? CheckState::warning : CheckState::critical;
    return in_use >= thresholds.warn_percent * limit ? CheckState::warning : CheckState::ok;
}

Result<CheckResult> judge_all(const Json& backends, const Json& limits, const Json& why,
                              std::string_view asked, const Thresholds& thresholds)
{
    return reading([&] {
        CheckResult result;
        const std::string name = printable(asked);
        for (BackendRow& row : backend_rows(backends))
            if (row.limit && is_asked(row.name, row.address, name))
                result.backends.push_back(std::move(row));
        const std::string losses = losses_text(backends);
        const std::string miscounts = miscounts_text(backends);
        if (result.backends.empty()) {
            judge_without_backends(result, limits, name);
        } else {
            result.state = CheckState::ok;
            for (const BackendRow& row : result.backends)
                result.state = std::max(result.state, judge(row, thresholds));
            result.reason = reason_of(result, thresholds);
        }
        judge_episodes(result, why, name);
        result.complete = losses.empty();
        if (!result.complete)
            result.losses = backends["losses"];
        if (!miscounts.empty()) {
            // What is missed makes counts too low: a limit that is reached all the same is certain.
            if (result.state != CheckState::critical)
                result.state = CheckState::unknown;
            result.reason = "the counts are incomplete (" + miscounts + "), as counted: " + result.reason;
        } else if (!result.complete) {
            result.reason += " (missed earlier, or without effect on these counts: " + losses + ")";
        }
        return result;
    });
}

std::string check_line(const CheckResult& result, const Thresholds& thresholds)
{
    return std::string("SLOTSCOPE ") + upper_name(result.state) + " - " + without_bar(result.reason) +
           performance_data(result, thresholds);
}

Json check_document(const CheckResult& result, const Thresholds& thresholds, const std::string& at)
{
    Json rows = Json::array();
    for (const BackendRow& row : result.backends)
        rows.push_back(Json{{"name", row.name},
                            {"address", row.address},
                            {"direction", row.direction},
                            {"in_use", row.in_use},
                            {"limit", *row.limit},
                            {"percent", percent_of(row.in_use, *row.limit)},
                            {"state", lower_name(judge(row, thresholds))}});
    return Json{{"schema", api::kCheckSchema},
                {"at", at},
                {"complete", result.complete},
                {"losses", result.losses},
                {"state", lower_name(result.state)},
                {"exit_code", static_cast<int>(result.state)},
                {"reason", result.reason},
                {"episodes", result.episodes},
                {"warn_percent", thresholds.warn_percent},
                {"critical_percent", thresholds.critical_percent},
                {"backends", std::move(rows)}};
}

} // namespace slotscope::cli
