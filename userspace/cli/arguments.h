// SPDX-License-Identifier: MIT
// The command line.
#pragma once

#include "cli/command.h"

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace slotscope::cli {

struct CommandLine {
    const Command* command = nullptr; // null: nothing to run, print the texts and leave with exit_code
    Arguments arguments;
    int exit_code = 0;
    std::string out; // --help, --version
    std::string err; // what is wrong, and the nearest right name
};

// `words` without the program's name.
CommandLine parse_command_line(std::vector<std::string> words);

// Calls `look` with all that parse_command_line() understands, for those who describe it. The words that an
// option takes, where only some are right, are the name of its validator, with blanks between them.
void with_declared_app(const std::function<void(CLI::App&)>& look);

// The candidate that `word` is probably a misspelling of; empty where none is near (Levenshtein distance at
// most a third of its length, or the beginning of exactly one).
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

} // namespace slotscope::cli
