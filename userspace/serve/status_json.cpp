// SPDX-License-Identifier: MIT
#include "serve/json.h"

#include <slotscope/api/contract.h>

namespace slotscope::serve {
namespace {

Json agent_json(const AgentStatus& agent)
{
    const bool audited = agent.last_audit_seconds_ago >= 0;
    return {{"version", agent.version},
            {"kernel", agent.kernel},
            {"pid", agent.pid},
            {"user", agent.user},
            {"capabilities", agent.capabilities},
            {"uptime_seconds", number(agent.uptime_seconds)},
            {"cpu_seconds", number(agent.cpu_seconds)},
            {"memory_bytes", agent.memory_bytes},
            {"kernel_memory_bytes", agent.kernel_memory_bytes},
            {"namespaces", agent.namespaces},
            {"last_audit_seconds_ago", audited ? number(agent.last_audit_seconds_ago) : Json(nullptr)},
            {"last_audit_seconds", number(agent.last_audit_seconds)},
            {"last_walk_seconds", number(agent.last_walk_seconds)}};
}

template <typename Item, typename ToJson>
Json list(const std::vector<Item>& items, ToJson to_json)
{
    Json json = Json::array();
    for (const Item& item : items)
        json.push_back(to_json(item));
    return json;
}

Json hook_json(const HookStatus& hook)
{
    return {{"signal", hook.signal}, {"variant", hook.variant}, {"gap", hook.gap}};
}

Json program_json(const ProgramStatus& program)
{
    return {{"name", program.name},
            {"runs", program.runs},
            {"run_seconds", number(program.run_seconds)},
            {"recursion_misses", program.recursion_misses}};
}

Json table_json(const TableStatus& table)
{
    return {{"name", table.name}, {"used", table.used}, {"capacity", table.capacity}};
}

Json reason_json(const Reason& reason)
{
    return {{"name", reason.name}, {"count", reason.count}, {"meaning", reason.meaning}};
}

} // namespace

Json status_json(const Snapshot& snapshot)
{
    Json json = answer(api::kStatusSchema, snapshot.at, snapshot);
    json["agent"] = agent_json(snapshot.agent);
    json["warnings"] = snapshot.agent.warnings;
    json["hooks"] = list(snapshot.agent.hooks, hook_json);
    json["programs"] = list(snapshot.agent.programs, program_json);
    json["tables"] = list(snapshot.agent.tables, table_json);
    json["loss_reasons"] = list(snapshot.losses, reason_json);
    json["repairs"] = list(snapshot.repairs, reason_json);
    return json;
}

} // namespace slotscope::serve
