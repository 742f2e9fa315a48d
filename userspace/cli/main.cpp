// SPDX-License-Identifier: MIT
#include "cli/run.h"

#include <csignal>
#include <iostream>

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN); // a reader that left shows as a failed write
    return slotscope::cli::run({argv + (argc > 0 ? 1 : 0), argv + argc}, std::cout, std::cerr);
}
