// SPDX-License-Identifier: MIT
#include "cli/agent_program.h"
#include "cli/answer.h"
#include "cli/child.h"
#include "cli/render/render.h"

#include <slotscope/api/contract.h>

namespace slotscope::cli {

namespace {

// Each program is verified by itself: under emulation that takes a while.
constexpr std::chrono::seconds kLongest(240);
constexpr std::size_t kMostBytes = std::size_t{1024} * 1024;

Result<std::string> examination(const std::string& socket)
{
    const std::optional<std::string> program = find_agent(agent_directories());
    if (!program)
        return Error{
            "slotscoped is not installed beside slotscope, in /usr/sbin, /usr/bin, /usr/local/sbin or in "
            "PATH: install it, since it is what examines the kernel",
            api::kExitUnreachable};
    Result<ChildOutput> child = run_child(*program, {"--doctor", "--socket", socket}, kLongest, kMostBytes);
    if (!child)
        return Error{*program + " --doctor " + child.error().message, child.error().code};
    if (child->text.empty())
        return Error{*program + " --doctor printed nothing and ended with code " +
                         std::to_string(child->exit_code),
                     api::kExitUnreachable};
    return std::move(child->text);
}

} // namespace

int run_doctor(const Arguments& arguments, Output& output)
{
    const Result<std::string> text = examination(arguments.socket);
    if (!text)
        return print_error(text.error(), output);
    const Result<Json> answer = parse_answer(*text, api::kDoctorSchema);
    if (!answer)
        return print_error({"slotscoped --doctor: " + answer.error().message, api::kExitUnreachable}, output);
    const Result<Diagnosis> diagnosis = render_doctor(*answer, output.screen);
    if (!diagnosis)
        return print_error({"slotscoped --doctor: " + diagnosis.error().message, api::kExitUnreachable},
                           output);
    if (arguments.format == Format::json)
        print_json(text, output);
    else
        print_text(diagnosis->text, output);
    return diagnosis->exit_code;
}

} // namespace slotscope::cli
