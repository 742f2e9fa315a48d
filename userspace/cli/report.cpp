// SPDX-License-Identifier: MIT
#include "cli/answer.h"
#include "cli/report/output_file.h"
#include "cli/report/page.h"
#include "cli/text/text.h"

#include <slotscope/api/contract.h>

#include <algorithm>
#include <ostream>

namespace slotscope::cli {

namespace {

bool is_number(const std::string& text)
{
    return !text.empty() && text.size() < 19 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Nobody wants a page of HTML on a terminal.
std::string file_of(const Arguments& arguments, const Screen& screen)
{
    if (!arguments.file.empty())
        return arguments.file;
    return screen.terminal ? "slotscope-episode-" + arguments.id + ".html" : kStandardOutput;
}

int print_page(const std::string& page, const Arguments& arguments, Output& output)
{
    const std::string file = file_of(arguments, output.screen);
    if (file == kStandardOutput)
        return print_text(page, output);
    if (const Result<void> written = report::write_whole(file, page); !written)
        return print_error(written.error(), output);
    output.out << "the report of episode " << arguments.id << " is in " << printable(file) << '\n';
    return api::kExitDone;
}

} // namespace

int run_report(const Arguments& arguments, Output& output)
{
    if (!is_number(arguments.id))
        return print_error(Error{"\"" + printable(arguments.id) +
                                     "\" is not the number of an episode; `slotscope episodes` lists them",
                                 api::kExitUsage},
                           output);
    const Client client(arguments.socket);
    const std::string target = target_of(api::kEpisodePath, {{"id", arguments.id}});
    if (arguments.format == Format::json)
        return print_json(client.get(target), output);
    const Result<Json> answer = ask(client, target, api::kEpisodeSchema);
    if (!answer)
        return print_error(answer.error(), output);
    const Result<report::EpisodeView> episode = report::read_episode(*answer);
    return episode ? print_page(report::report_page(*episode), arguments, output)
                   : print_error(episode.error(), output);
}

} // namespace slotscope::cli
