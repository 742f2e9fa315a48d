// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include "daemon/agent.h"
#include "daemon/command_line.h"
#include "daemon/doctor_report.h"

#include <csignal>
#include <cstdio>
#include <iostream>
#include <malloc.h>
#include <slotscope/api/contract.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace slotscope::daemon {
namespace {

int fail(const Error& error, int exit_code)
{
    std::cerr << "slotscoped: " << error.message << '\n';
    return exit_code;
}

void open_log(const std::string& level)
{
    spdlog::set_default_logger(spdlog::stderr_color_mt("slotscoped"));
    spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %l: %v");
    spdlog::set_level(spdlog::level::from_str(level));
}

int run_agent(const Invocation& invocation, const Configuration& configuration)
{
    auto agent = Agent::start(invocation, configuration);
    if (!agent)
        return fail(agent.error(), api::kExitError);
    // Loading programs took ten megabytes, and an answer with thousands of holders takes some for a moment:
    // both go back to the system. (By default glibc raises this threshold to the largest block that was ever
    // freed.) The counters of a thousand backends, a megabyte that is read each second, do not: to take them
    // page by page from the kernel each time was a sixth of what an idle agent cost.
    ::mallopt(M_MMAP_THRESHOLD, 2 << 20);
    ::mallopt(M_TRIM_THRESHOLD, 4 << 20);
    ::malloc_trim(0);
    std::cout << "ready" << std::endl; // whoever started it waits for this line
    (*agent)->run();
    return api::kExitDone;
}

// Where an agent would be; the doctor is not for configurations, so one that is wrong is passed over.
std::string socket_of(const Invocation& invocation)
{
    const auto configuration = load_configuration(invocation);
    return configuration ? configuration->socket : invocation.socket.value_or(Configuration().socket);
}

int act(const Invocation& invocation)
{
    switch (invocation.action) {
    case Action::show_help:
        std::cout << invocation.help;
        return api::kExitDone;
    case Action::show_version:
        std::cout << "slotscoped " SLOTSCOPE_VERSION "\n";
        return api::kExitDone;
    case Action::doctor:
        return report_health(socket_of(invocation));
    case Action::run:
    case Action::check_configuration:
        break;
    }
    auto configuration = load_configuration(invocation);
    if (!configuration)
        return fail(configuration.error(), api::kExitUsage);
    if (invocation.action == Action::check_configuration) {
        std::cout << "the configuration is right: " << configuration->limits.size() << " limits\n";
        return api::kExitDone;
    }
    open_log(configuration->log_level);
    return run_agent(invocation, *configuration);
}

} // namespace
} // namespace slotscope::daemon

int main(int argc, char** argv)
{
    using namespace slotscope;
    std::signal(SIGPIPE,
                SIG_IGN); // a client that went away is an error of its session, not the end of the agent
    const auto invocation = daemon::parse_command_line(argc, argv);
    if (!invocation)
        return daemon::fail(invocation.error(), api::kExitUsage);
    return daemon::act(*invocation);
}
