// SPDX-License-Identifier: MIT
#include "cli/run.h"

#include "cli/arguments.h"

#include <slotscope/api/contract.h>

#include <ostream>
#include <poll.h>
#include <unistd.h>

namespace slotscope::cli {

namespace {

// A reader that left (`| head`) is no error; a full disk is one.
int finish(int exit_code, std::ostream& out, std::ostream& err)
{
    out.flush();
    if (out.good())
        return exit_code;
    pollfd output{STDOUT_FILENO, 0, 0};
    if (::poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP)) != 0)
        return exit_code;
    err << "slotscope: the output cannot be written: is there room on the disk?\n";
    return api::kExitError;
}

} // namespace

int run(const std::vector<std::string>& words, std::ostream& out, std::ostream& err)
{
    const CommandLine line = parse_command_line(words);
    out << line.out;
    err << line.err;
    if (line.command == nullptr)
        return finish(line.exit_code, out, err);
    Output output{out, err, standard_output(line.arguments.colour)};
    const int exit_code = line.command->run(line.arguments, output);
    return finish(exit_code, out, err);
}

} // namespace slotscope::cli
