// SPDX-License-Identifier: MIT
#include "cli/profile/profile.h"

#include "cli/render/field.h"
#include "cli/report/view.h"

#include <slotscope/api/contract.h>

#include <algorithm>
#include <map>
#include <optional>

namespace slotscope::cli::profile {

namespace {

using Frames = std::vector<std::string>;

struct Sums {
    double counted = 0;
    double sampled = 0;
    std::map<Frames, double> stacks; // without the backend
};
using Backends = std::map<std::string, Sums>; // by name and direction

std::string in_parentheses(const std::string& text)
{
    return "(" + text + ")";
}

std::string text_or(const Field& field, const char* name, const std::string& instead)
{
    const std::optional<Field> found = field.find(name);
    return found ? found->text() : instead;
}

// A call without a label is known by its protocol.
std::string call_of(const Field& user)
{
    if (const auto call = user.find("call"))
        return call->text();
    const std::string protocol = text_or(user, "protocol", "");
    return protocol.empty() || protocol == "unknown" ? "(no call)" : in_parentheses(protocol);
}

// What it waits for, or what it does: none of the words in parentheses waits for another backend.
std::string waits_of(const Field& user)
{
    const std::optional<Field> waits = user.find("waits_for");
    if (!waits)
        return in_parentheses(user.at("state").text());
    const std::string call = text_or(*waits, "call", "");
    return std::string(waits->at("certain").flag() ? "" : "~ ") + "waits for " + waits->at("address").text() +
           (call.empty() ? "" : " " + call);
}

Backends read_backends(const Json& answer)
{
    Backends backends;
    for (const Field& backend : Field(answer).at("backends").elements()) {
        Sums& sums =
            backends[backend.at("name").text() + " " + in_parentheses(backend.at("direction").text())];
        sums.counted += backend.at("slot_seconds").number();
        sums.sampled += backend.at("sampled_slot_seconds").number();
        if (const double other = backend.at("other_slot_seconds").number(); other > 0)
            sums.stacks[{"(other)"}] += other;
        for (const Field& user : backend.at("users").elements())
            sums.stacks[{text_or(user, "process", "(unknown)"), call_of(user), waits_of(user)}] +=
                user.at("slot_seconds").number();
    }
    return backends;
}

void subtract(Sums& from, const Sums& what)
{
    from.counted -= what.counted;
    from.sampled -= what.sampled;
    for (const auto& [frames, seconds] : what.stacks)
        if (const auto same = from.stacks.find(frames); same != from.stacks.end())
            same->second -= seconds;
}

// Held for so short a time that no look met it: counted all the same.
void add_stacks(Profile& profile, const std::string& backend, const Sums& sums)
{
    constexpr double kNothing = 1e-6; // less than a microsecond is a rounding error
    if (sums.counted < kNothing)
        return;
    double sampled = 0;
    for (const auto& [frames, seconds] : sums.stacks)
        sampled += std::max(seconds, 0.0);
    profile.slot_seconds += sums.counted;
    profile.sampled_slot_seconds += sampled;
    if (sampled < kNothing) {
        profile.stacks.push_back({{backend, "(not seen by a look)"}, sums.counted});
        return;
    }
    for (const auto& [frames, seconds] : sums.stacks) {
        if (seconds < kNothing)
            continue;
        Stack stack{{backend}, seconds * sums.counted / sampled};
        stack.frames.insert(stack.frames.end(), frames.begin(), frames.end());
        profile.stacks.push_back(std::move(stack));
    }
}

Profile difference(const Json& first, const Json& last)
{
    Profile profile;
    profile.seconds = Field(last).at("seconds").number() - Field(first).at("seconds").number();
    profile.looks = Field(last).at("looks").count() - Field(first).at("looks").count();
    profile.began =
        report::parse_time(Field(last).at("at").raw_text()).value_or(profile.seconds) - profile.seconds;
    Backends before = read_backends(first);
    for (auto& [backend, sums] : read_backends(last)) {
        Sums grown = sums;
        subtract(grown, before[backend]);
        add_stacks(profile, backend, grown);
    }
    std::stable_sort(profile.stacks.begin(), profile.stacks.end(),
                     [](const Stack& a, const Stack& b) { return a.slot_seconds > b.slot_seconds; });
    return profile;
}

} // namespace

Result<double> seconds_between(const Json& first, const Json& last)
{
    const auto seconds = reading([&]() -> std::optional<double> {
        if (Field(first).at("recording").count() != Field(last).at("recording").count())
            return std::nullopt;
        return Field(last).at("seconds").number() - Field(first).at("seconds").number();
    });
    if (!seconds)
        return seconds.error();
    if (!*seconds)
        return Error{
            "slotscoped was started anew, or was not asked for too long: its recording has begun again",
            api::kExitError};
    return **seconds;
}

Result<Profile> between(const Json& first, const Json& last)
{
    if (const Result<double> seconds = seconds_between(first, last); !seconds)
        return seconds.error();
    return reading([&] { return difference(first, last); });
}

} // namespace slotscope::cli::profile
