// SPDX-License-Identifier: MIT
// What the agent's programs cost while a load runs: time of a run as the kernel measures it, and what is left
// of it when the time of a program that does nothing at the same place is taken off. Prints CSV: program,
// runs, nanoseconds of a run, of an empty one, the difference.
#include "empty_programs.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace slotscope::bench {
namespace {

// Runs the load; its output goes to our stderr.
void run_load(std::vector<std::string> words)
{
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t load = ::fork();
    if (load < 0)
        throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
    if (load == 0) {
        ::dup2(STDERR_FILENO, STDOUT_FILENO);
        ::execvp(arguments.front(), arguments.data());
        std::perror(arguments.front());
        std::_Exit(127);
    }
    int status = 0;
    ::waitpid(load, &status, 0);
    if (status != 0)
        throw std::runtime_error("the load failed");
}

double nanoseconds_a_run(const ProgramRuns& before, const ProgramRuns& after)
{
    const auto runs = static_cast<double>(after.runs - before.runs);
    return runs > 0 ? (after.run_seconds - before.run_seconds) * 1e9 / runs : 0;
}

// Of the empty program at the place of PROGRAM, else the median of all: it differs little from place to
// place.
double empty_nanoseconds(const std::string& program, const std::map<std::string, double>& empty)
{
    std::vector<double> all;
    for (const auto& [place, nanoseconds] : empty) {
        if (program.starts_with(place + "__"))
            return nanoseconds;
        all.push_back(nanoseconds);
    }
    std::sort(all.begin(), all.end());
    return all.empty() ? 0 : all[all.size() / 2];
}

int run(const std::string& socket, const std::vector<std::string>& load)
{
    const Agent agent(socket);
    const RunStatistics statistics;
    const EmptyPrograms programs;
    const auto before = agent.programs();
    const auto empty_before = programs.runs();
    run_load(load);
    std::this_thread::sleep_for(std::chrono::seconds(2)); // the agent's next snapshot
    const auto empty_after = programs.runs();
    const auto after = agent.programs();

    std::map<std::string, double> empty;
    for (const auto& [name, runs] : empty_after)
        if (runs.runs > empty_before.at(name).runs)
            empty[name] = nanoseconds_a_run(empty_before.at(name), runs);
    std::puts("program,runs,ns_a_run,empty_ns,net_ns");
    for (const auto& [name, runs] : after) {
        const ProgramRuns& first = before.contains(name) ? before.at(name) : ProgramRuns{};
        if (runs.runs == first.runs)
            continue;
        const double gross = nanoseconds_a_run(first, runs);
        const double nothing = empty_nanoseconds(name, empty);
        std::printf("%s,%llu,%.1f,%.1f,%.1f\n", name.c_str(),
                    static_cast<unsigned long long>(runs.runs - first.runs), gross, nothing, gross - nothing);
    }
    return 0;
}

} // namespace
} // namespace slotscope::bench

int main(int argc, char** argv)
{
    CLI::App app("Measures the run time of the agent's BPF programs under a load.");
    std::string socket;
    std::vector<std::string> load;
    app.add_option("--socket", socket, "of the agent")->required();
    app.add_option("load", load, "command that makes the load, behind --")->required();
    CLI11_PARSE(app, argc, argv);
    try {
        return slotscope::bench::run(socket, load);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "slotscope_program_cost: %s\n", error.what());
        return 1;
    }
}
