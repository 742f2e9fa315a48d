// SPDX-License-Identifier: MIT
#include "cli/answer.h"
#include "cli/render/render.h"

#include <slotscope/api/contract.h>

#include <ostream>

namespace slotscope::cli {

namespace {

// The greeting of the stream, which is no event that anybody counts.
bool is_greeting(const Json& event)
{
    const auto kind = event.find("event");
    return kind != event.end() && *kind == "subscribed";
}

Result<std::string> line_of(const Json& event, std::string_view raw, Format format, const Screen& screen)
{
    return format == Format::json ? Result<std::string>(std::string(raw) + "\n")
                                  : render_event(event, screen);
}

} // namespace

int run_events(const Arguments& arguments, Output& output)
{
    std::uint64_t seen = 0;
    int exit_code = api::kExitDone;
    const auto print = [&](std::string_view raw) {
        const Result<Json> event = parse_answer(raw, api::kEventSchema);
        if (!event) {
            exit_code = print_error(event.error(), output);
            return false;
        }
        exit_code = print_text(line_of(*event, raw, arguments.format, output.screen), output);
        output.out.flush();
        if (!is_greeting(*event))
            ++seen;
        const bool wants_more = !arguments.count || seen < *arguments.count;
        return exit_code == api::kExitDone && output.out.good() && wants_more;
    };
    const Result<void> followed = Client(arguments.socket).follow(std::string(api::kEventsPath), print);
    return followed ? exit_code : print_error(followed.error(), output);
}

} // namespace slotscope::cli
