// SPDX-License-Identifier: MIT
// Asks the agent for its sums again and again, which keeps them up, and writes what lies between the first
// answer and the last.
#include "cli/answer.h"
#include "cli/profile/formats.h"
#include "cli/profile/interruption.h"
#include "cli/report/output_file.h"
#include "cli/text/text.h"

#include <slotscope/api/contract.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <ostream>
#include <unistd.h>

namespace slotscope::cli {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPeriod{1000};
// The agent looks at the holders about ten times a second, and less often where there are very many.
constexpr milliseconds kMostPatience{5000};
constexpr std::uint64_t kRough = 20; // fewer looks say little about shares

struct Collected {
    Json first;
    Json last;
    Error cut_short{"", api::kExitDone}; // where the agent has gone meanwhile
};

std::string decimal(double value)
{
    std::array<char, 48> digits{};
    std::snprintf(digits.data(), digits.size(), "%.1f", value);
    return digits.data();
}

// A line that overwrites itself, where somebody sees it.
class Progress {
  public:
    explicit Progress(std::ostream& err)
        : err_(err)
        , shown_(::isatty(STDERR_FILENO) == 1)
    {
    }
    ~Progress()
    {
        if (drawn_)
            err_ << "\r\x1b[K" << std::flush;
    }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void show(double seconds, std::uint32_t wanted)
    {
        if (!shown_)
            return;
        err_ << "\r\x1b[Kslotscope: profiling, " << decimal(seconds) << " of " << wanted
             << " s; Ctrl-C gives what there is" << std::flush;
        drawn_ = true;
    }

  private:
    std::ostream& err_;
    bool shown_;
    bool drawn_ = false;
};

// What is already known to be wrong before anything is collected.
std::optional<Error> refusal(const Arguments& arguments, const Screen& screen)
{
    if (arguments.seconds.value_or(1) > api::kMostProfileSeconds)
        return Error{"--seconds is at most " + std::to_string(api::kMostProfileSeconds), api::kExitUsage};
    const bool to_output = arguments.file.empty() || arguments.file == kStandardOutput;
    const bool for_people = arguments.profile == "folded" || arguments.format == Format::json;
    if (to_output && screen.terminal && !for_people)
        return Error{arguments.profile +
                         " is not for a terminal: name a file with --file, or redirect the output",
                     api::kExitUsage};
    return std::nullopt;
}

Result<Collected> collect(const Client& client, const std::string& target, std::uint32_t wanted,
                          Progress& progress)
{
    profile::Interruption interruption;
    const auto until = Clock::now() + std::chrono::seconds(wanted);
    Result<Json> answer = ask(client, target, api::kRecordingSchema);
    if (!answer)
        return answer.error();
    Collected collected{*answer, *answer};
    for (double seconds = 0; seconds < wanted && Clock::now() < until + kMostPatience;) {
        progress.show(seconds, wanted);
        const auto left = std::chrono::ceil<milliseconds>(std::chrono::duration<double>(wanted - seconds));
        const bool interrupted = interruption.within(std::clamp(left, milliseconds(50), kPeriod));
        answer = ask(client, target, api::kRecordingSchema);
        const Result<double> covered =
            answer ? profile::seconds_between(collected.first, *answer) : answer.error();
        if (!covered) {
            collected.cut_short = covered.error();
            break;
        }
        collected.last = *answer;
        seconds = *covered;
        if (interrupted)
            break;
    }
    return collected;
}

std::string written(const profile::Profile& profile, const Json& answer, const Arguments& arguments)
{
    if (arguments.format == Format::json)
        return profile::profile_json(profile, answer).dump() + "\n";
    if (arguments.profile == "pprof")
        return profile::pprof(profile);
    return arguments.profile == "svg" ? profile::flame_graph(profile) : profile::folded(profile);
}

// To the diagnostics, so that the data can be piped.
void tell(const profile::Profile& profile, const Json& answer, Output& output)
{
    output.err << "slotscope: " << decimal(profile.seconds) << " s, " << profile.looks
               << " looks: " << decimal(profile.slot_seconds) << " slot-seconds by the counters, "
               << decimal(profile.sampled_slot_seconds) << " as seen by the looks, scaled to the former\n";
    if (profile.slot_seconds > 0 && profile.looks < kRough)
        output.err << "slotscope: so few looks tell the shares only roughly; a longer --seconds is better\n";
    if (answer.contains("complete") && answer.at("complete") == false)
        output.err << "slotscope: the agent has missed something, `slotscope status` says what\n";
}

int deliver(const std::string& content, const Arguments& arguments, Output& output)
{
    if (arguments.file.empty() || arguments.file == kStandardOutput) {
        output.out << content;
        return api::kExitDone;
    }
    if (const Result<void> done = report::write_whole(arguments.file, content); !done)
        return print_error(done.error(), output);
    output.out << "the profile is in " << printable(arguments.file) << '\n';
    return api::kExitDone;
}

} // namespace

int run_profile(const Arguments& arguments, Output& output)
{
    if (const auto refused = refusal(arguments, output.screen))
        return print_error(*refused, output);
    const std::string target =
        target_of(api::kRecordingPath, {{"backend", arguments.backend}, {"direction", arguments.direction}});
    Result<Collected> collected = [&] {
        Progress progress(output.err);
        return collect(Client(arguments.socket), target,
                       arguments.seconds.value_or(api::kDefaultProfileSeconds), progress);
    }();
    if (!collected)
        return print_error(collected.error(), output);
    const Result<profile::Profile> profile = profile::between(collected->first, collected->last);
    if (!profile)
        return print_error(profile.error(), output);
    tell(*profile, collected->last, output);
    const int delivered = deliver(written(*profile, collected->last, arguments), arguments, output);
    if (collected->cut_short.code == api::kExitDone || delivered != api::kExitDone)
        return delivered;
    return print_error(collected->cut_short, output);
}

} // namespace slotscope::cli
