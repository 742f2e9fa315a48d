// SPDX-License-Identifier: MIT
#include "export/families.h"

namespace slotscope::metrics {
namespace {

using prometheus::MetricType;

// Adds a family with one metric for each item of a list.
template <typename Item, typename ToMetric>
void add_list(Families& families, const char* name, const char* help, MetricType type,
              const std::vector<Item>& items, ToMetric to_metric)
{
    std::vector<prometheus::ClientMetric> metrics;
    metrics.reserve(items.size());
    for (const Item& item : items)
        metrics.push_back(to_metric(item));
    add_family(families, name, help, type, std::move(metrics));
}

void add_reasons(Families& families, const Snapshot& snapshot)
{
    const auto by_reason = [](const Reason& reason) {
        return counter({label("reason", reason.name)}, static_cast<double>(reason.count));
    };
    add_list(families, "slotscope_agent_losses_total",
             "What the agent missed, by reason; all 0: the answers are complete.", MetricType::Counter,
             snapshot.losses, by_reason);
    add_list(families, "slotscope_agent_repairs_total",
             "What the agent noticed late and put right, by reason.", MetricType::Counter, snapshot.repairs,
             by_reason);
}

void add_programs(Families& families, const AgentStatus& agent)
{
    add_list(families, "slotscope_agent_hook_info", "The kernel hook that serves each signal.",
             MetricType::Gauge, agent.hooks, [](const HookStatus& hook) {
                 return gauge({label("signal", hook.signal), label("variant", hook.variant)}, 1);
             });
    add_list(families, "slotscope_agent_program_run_seconds_total",
             "Time spent in the BPF program; 0 unless sysctl kernel.bpf_stats_enabled is 1.",
             MetricType::Counter, agent.programs, [](const ProgramStatus& program) {
                 return counter({label("program", program.name)}, program.run_seconds);
             });
    add_list(families, "slotscope_agent_program_recursion_misses_total",
             "Runs of the BPF program that the kernel skipped.", MetricType::Counter, agent.programs,
             [](const ProgramStatus& program) {
                 return counter({label("program", program.name)},
                                static_cast<double>(program.recursion_misses));
             });
}

void add_tables(Families& families, const AgentStatus& agent)
{
    add_list(families, "slotscope_agent_table_entries", "Entries in use of the kernel table.",
             MetricType::Gauge, agent.tables, [](const TableStatus& table) {
                 return gauge({label("table", table.name)}, static_cast<double>(table.used));
             });
    add_list(families, "slotscope_agent_table_capacity", "Entries that the kernel table has room for.",
             MetricType::Gauge, agent.tables, [](const TableStatus& table) {
                 return gauge({label("table", table.name)}, static_cast<double>(table.capacity));
             });
}

void add_process(Families& families, const AgentStatus& agent)
{
    add_family(families, "slotscope_agent_resident_memory_bytes", "Resident memory of the agent's process.",
               MetricType::Gauge, {gauge({}, static_cast<double>(agent.memory_bytes))});
    add_family(families, "slotscope_agent_kernel_memory_bytes", "Kernel memory of the agent's tables.",
               MetricType::Gauge, {gauge({}, static_cast<double>(agent.kernel_memory_bytes))});
    add_family(families, "slotscope_agent_cpu_seconds_total", "User and system time of the agent's process.",
               MetricType::Counter, {counter({}, agent.cpu_seconds)});
    add_family(families, "slotscope_agent_uptime_seconds", "Time since the agent started.", MetricType::Gauge,
               {gauge({}, agent.uptime_seconds)});
    add_family(families, "slotscope_build_info", "Version of the agent and release of the kernel.",
               MetricType::Gauge,
               {gauge({label("version", agent.version), label("kernel", agent.kernel)}, 1)});
}

} // namespace

void add_agent(Families& families, const Snapshot& snapshot)
{
    add_reasons(families, snapshot);
    add_programs(families, snapshot.agent);
    add_tables(families, snapshot.agent);
    add_process(families, snapshot.agent);
}

} // namespace slotscope::metrics
