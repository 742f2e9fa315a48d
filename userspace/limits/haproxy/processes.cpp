// SPDX-License-Identifier: MIT
#include "limits/haproxy/processes.h"

#include "limits/haproxy/rules.h"

#include <algorithm>

namespace slotscope::limits::haproxy {

Processes processes_of(const Configuration& configuration, const Instance& instance)
{
    Processes processes;
    if (!configuration.processes || configuration.processes->value < 2)
        return processes;
    const bool has_master =
        std::any_of(instance.children.begin(), instance.children.end(),
                    [&](const RunningProcess& child) { return child.parent == instance.main.pid; });
    processes.written = configuration.processes;
    processes.here = has_master ? configuration.processes->value : 1;
    processes.chosen = configuration.chosen_processes;
    return processes;
}

void count_for_all(const Processes& processes, Limit& limit)
{
    if (!processes.written)
        return;
    LimitOrigin& origin = limit.origin;
    const std::uint32_t of_one = limit.slots;
    if (origin.setting.name.empty())
        origin.setting = {"maxconn", of_one, 1};
    origin.setting.slots_each *= processes.here;
    limit.slots = times(of_one, processes.here);
    origin.arithmetic.push_back(processes.here == 1
                                    ? "in this process: there are others that count for themselves, " +
                                          described("nbproc", *processes.written)
                                    : "x " + described("nbproc", *processes.written) +
                                          ": each process counts for itself, and one "
                                          "may be at its " +
                                          std::to_string(of_one) + " before all are");
    if (origin.certainty == Certainty::certain)
        origin.certainty = Certainty::at_most;
    if (processes.chosen) {
        origin.certainty = Certainty::unsure;
        origin.doubt = "not every process has every proxy (" + to_string(*processes.chosen) +
                       "): there are fewer slots where it is in some only";
    }
}

} // namespace slotscope::limits::haproxy
