// SPDX-License-Identifier: MIT
#include "cli/answer.h"
#include "cli/render/episodes.h"
#include "cli/times.h"

#include <slotscope/api/contract.h>

#include <algorithm>
#include <chrono>

namespace slotscope::cli {

namespace {

bool is_number(const std::string& text)
{
    return !text.empty() && text.size() < 19 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Whoever asks why while nothing is wrong is shown how near the limits are; without that, too, the answer
// stands.
Json backends_of(const Client& client)
{
    Result<Json> answer = ask(client, std::string(api::kBackendsPath), api::kBackendsSchema);
    return answer ? std::move(*answer) : Json(nullptr);
}

} // namespace

int run_why(const Arguments& arguments, Output& output)
{
    const Client client(arguments.socket);
    const char* const what = is_number(arguments.backend) ? "id" : "backend";
    const std::string target = target_of(api::kWhyPath, {{what, arguments.backend}});
    if (arguments.format == Format::json)
        return print_json(client.get(target), output);
    const Result<Json> answer = ask(client, target, api::kWhySchema);
    if (!answer)
        return print_error(answer.error(), output);
    const bool none = answer->contains("verdicts") && (*answer)["verdicts"].empty();
    return print_text(
        render_why(*answer, none ? backends_of(client) : Json(nullptr), arguments.backend, output.screen),
        output);
}

int run_episodes(const Arguments& arguments, Output& output)
{
    const auto now = std::chrono::system_clock::now();
    const Result<std::string> since = api_time(arguments.since, "--since", now);
    const Result<std::string> until = api_time(arguments.until, "--until", now);
    for (const auto* const time : {&since, &until})
        if (!*time)
            return print_error(time->error(), output);
    // Both are written alike: their order is that of their times.
    if (!since->empty() && !until->empty() && *since > *until)
        return print_error(
            Error{"--since (" + *since + ") is later than --until (" + *until + ")", api::kExitUsage},
            output);
    const Client client(arguments.socket);
    const std::string target = target_of(
        api::kEpisodesPath, {{"backend", arguments.backend},
                             {"since", *since},
                             {"until", *until},
                             {"count", arguments.count ? std::to_string(*arguments.count) : std::string()}});
    if (arguments.format == Format::json)
        return print_json(client.get(target), output);
    const Result<Json> answer = ask(client, target, api::kEpisodesSchema);
    if (!answer)
        return print_error(answer.error(), output);
    const bool all = arguments.backend.empty() && since->empty() && until->empty();
    return print_text(render_episodes(*answer, all, output.screen), output);
}

int run_episode(const Arguments& arguments, Output& output)
{
    if (!is_number(arguments.id))
        return print_error(
            Error{"\"" + arguments.id + "\" is not the number of an episode; `slotscope episodes` lists them",
                  api::kExitUsage},
            output);
    const Client client(arguments.socket);
    const std::string target = target_of(api::kEpisodePath, {{"id", arguments.id}});
    if (arguments.format == Format::json)
        return print_json(client.get(target), output);
    const Result<Json> answer = ask(client, target, api::kEpisodeSchema);
    if (!answer)
        return print_error(answer.error(), output);
    return print_text(render_episode(*answer, output.screen), output);
}

} // namespace slotscope::cli
