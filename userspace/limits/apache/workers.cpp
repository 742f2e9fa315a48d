// SPDX-License-Identifier: MIT
#include "limits/apache/workers.h"

#include "limits/text.h"

#include <algorithm>

namespace slotscope::limits::apache {
namespace {

// Defaults of the manual: mpm_common, "MaxRequestWorkers", "ServerLimit", "ThreadLimit", "ThreadsPerChild".
constexpr std::uint32_t kThreads = 25;
constexpr std::uint32_t kThreadLimit = 64;
constexpr std::uint32_t kProcesses = 16;
constexpr std::uint32_t kPreforkProcesses = 256;

struct Number {
    std::uint32_t value = 0;
    Place place{"Apache's default", 0};
    bool written = false;
};

// The last one of the main server holds; absent where it is no number.
std::optional<Number> number(const Configuration& configuration,
                             std::initializer_list<std::string_view> names, std::uint32_t otherwise,
                             Findings& findings)
{
    Number result{otherwise};
    for (const Directive& each : configuration.directives) {
        if (std::find(names.begin(), names.end(), each.name) == names.end() || each.arguments.empty())
            continue;
        const auto count = count_in(each.arguments[0]);
        if (!count || *count == 0) {
            not_understood(findings, each.place, each.name + " " + each.arguments[0], "not a number");
            return std::nullopt;
        }
        result = {*count, each.place, true};
    }
    return result;
}

std::string described(const char* name, const Number& number)
{
    return std::string(name) + " " + std::to_string(number.value) + " (" + to_string(number.place) + ")";
}

// Of a process; more than ThreadLimit are cut down to it at the start (AH00507).
std::optional<std::uint32_t> threads_of(const Configuration& configuration,
                                        std::vector<std::string>& arithmetic, Findings& findings)
{
    const auto threads = number(configuration, {"threadsperchild"}, kThreads, findings);
    const auto most = number(configuration, {"threadlimit"}, kThreadLimit, findings);
    if (!threads || !most)
        return std::nullopt;
    arithmetic.push_back(described("ThreadsPerChild", *threads));
    if (threads->value > most->value)
        arithmetic.push_back("cut down to " + described("ThreadLimit", *most));
    return std::min(threads->value, most->value);
}

bool is_loaded(const Configuration& configuration, std::string_view module)
{
    return std::find(configuration.modules.begin(), configuration.modules.end(), module) !=
           configuration.modules.end();
}

} // namespace

std::optional<Workers> workers_of(const Configuration& configuration, Findings& findings)
{
    Workers result;
    if (is_loaded(configuration, "mpm_prefork_module"))
        result.module = Module::prefork;
    else if (is_loaded(configuration, "mpm_worker_module"))
        result.module = Module::worker;
    else
        result.sure = is_loaded(configuration, "mpm_event_module"); // else it is built in, event since 2.4
    const bool prefork = result.module == Module::prefork;
    const auto threads =
        prefork ? std::optional<std::uint32_t>(1) : threads_of(configuration, result.arithmetic, findings);
    const auto limit =
        number(configuration, {"serverlimit"}, prefork ? kPreforkProcesses : kProcesses, findings);
    const auto most = number(configuration, {"maxrequestworkers", "maxclients"}, 0, findings);
    if (!threads || !limit || !most)
        return std::nullopt;
    const std::uint64_t by_limit = std::uint64_t{limit->value} * *threads;
    result.threads = *threads;
    result.place = most->written ? most->place : limit->place;
    result.setting = {"ServerLimit", limit->value, static_cast<double>(*threads)};
    result.arithmetic.push_back(described("ServerLimit", *limit));
    std::uint64_t workers = by_limit;
    if (most->written) {
        result.arithmetic.push_back(described("MaxRequestWorkers", *most));
        // Whole processes only, and no more of them than ServerLimit allows (event.c, "check_config").
        workers = std::max<std::uint64_t>(most->value / *threads, 1) * *threads;
        const std::string steps =
            prefork ? "" : " (in steps of ThreadsPerChild, " + std::to_string(*threads) + ")";
        if (workers < by_limit)
            result.setting = {"MaxRequestWorkers" + steps, most->value};
        else if (most->value <= by_limit)
            result.setting = {"MaxRequestWorkers with ServerLimit" + steps, most->value};
        if (workers > by_limit) {
            workers = by_limit;
            result.place = limit->place;
        }
        if (workers != most->value)
            result.arithmetic.push_back("= " + std::to_string(workers) +
                                        ": whole processes, and at most ServerLimit of them");
    }
    if (workers > UINT32_MAX) {
        not_understood(findings, result.place, "", "so many workers cannot be");
        return std::nullopt;
    }
    result.workers = static_cast<std::uint32_t>(workers);
    result.processes = result.workers / result.threads;
    return result;
}

} // namespace slotscope::limits::apache
