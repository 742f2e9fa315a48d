// SPDX-License-Identifier: MIT
// Which processes are one running product.
#include "daemon/limit_scanner.h"

#include "limits/haproxy/haproxy.h"

#include <algorithm>

namespace slotscope::daemon {
namespace {

constexpr std::size_t kMostInstances = 256;
constexpr std::size_t kMostAskedForSockets = 64;
constexpr int kMostReplaced = 8; // one after the other, all of which still run

} // namespace

// A process belongs to the topmost one of its ancestors that is of the same product without a gap.
std::vector<LimitScanner::Group> LimitScanner::group(std::vector<RunningProcess> processes) const
{
    std::map<std::uint32_t, const RunningProcess*> by_pid;
    for (const RunningProcess& process : processes)
        by_pid[process.pid] = &process;
    std::map<std::uint32_t, Group> groups;
    for (const RunningProcess& process : processes) {
        const limits::Product* product = limits::product_of(process);
        const RunningProcess* top = &process;
        for (int steps = 0; steps < 8; ++steps) {
            const auto parent = by_pid.find(top->parent);
            if (parent == by_pid.end() || limits::product_of(*parent->second) != product)
                break;
            top = parent->second;
        }
        if (groups.size() >= kMostInstances && !groups.contains(top->pid))
            continue;
        Group& group = groups[top->pid];
        group.product = product;
        group.instance.main = *top;
        if (top != &process)
            group.instance.children.push_back(process);
    }
    join_replaced(groups);
    std::vector<Group> result;
    for (auto& [pid, group] : groups)
        result.push_back(std::move(group));
    return result;
}

// A HAProxy without a master that was started to replace another one (-sf) is the same product to those who
// use it: the older process finishes what it has, as a worker of an older generation. Not before the new one
// listens: until then the older one serves.
void LimitScanner::join_replaced(std::map<std::uint32_t, Group>& groups) const
{
    std::map<std::uint32_t, std::uint32_t> replaced; // by whom
    for (const auto& [pid, each] : groups)
        if (each.product->is_one == limits::haproxy::is_one)
            for (const std::uint32_t older : limits::haproxy::replaced_by(each.instance.main))
                if (const auto found = groups.find(older);
                    found != groups.end() && found->second.product == each.product &&
                    found->second.instance.main.started_ticks < each.instance.main.started_ticks)
                    replaced.emplace(older, pid);
    for (const auto& [older, newer] : replaced) {
        std::uint32_t top = newer;
        for (int steps = 0; steps < kMostReplaced && replaced.contains(top); ++steps)
            top = replaced.at(top);
        const auto from = groups.find(older);
        const auto into = groups.find(top);
        if (from == groups.end() || into == groups.end() || from == into ||
            enrich::listening_sockets(proc_, {top}).empty())
            continue;
        std::vector<RunningProcess>& children = into->second.instance.children;
        children.push_back(std::move(from->second.instance.main));
        std::move(from->second.instance.children.begin(), from->second.instance.children.end(),
                  std::back_inserter(children));
        std::sort(children.begin(), children.end(),
                  [](const auto& a, const auto& b) { return a.pid < b.pid; });
        groups.erase(from);
    }
}

void LimitScanner::mark_leavers(const limits::Product& product, Instance& instance) const
{
    if (!product.leavers_stop_listening)
        return;
    std::vector<std::uint32_t> pids = {instance.main.pid};
    for (const RunningProcess& child : instance.children)
        if (pids.size() <= kMostAskedForSockets)
            pids.push_back(child.pid);
    const auto leaving = enrich::not_listening(proc_, pids);
    for (RunningProcess& child : instance.children)
        child.leaving = std::find(leaving.begin(), leaving.end(), child.pid) != leaving.end();
}

} // namespace slotscope::daemon
