// SPDX-License-Identifier: MIT
#include "agent.h"

#include "harness/http.h"

#include <slotscope/api/contract.h>
#include <stdexcept>

namespace slotscope::bench {
namespace {

// [{"name": ..., "count": ...}, ...] without the zeros.
std::map<std::string, std::uint64_t> named_counts(const nlohmann::json& list)
{
    std::map<std::string, std::uint64_t> counts;
    for (const nlohmann::json& entry : list)
        if (const std::uint64_t count = entry.at("count"); count > 0)
            counts[entry.at("name")] = count;
    return counts;
}

} // namespace

Counts& Counts::operator+=(const Counts& other)
{
    opened += other.opened;
    closed += other.closed;
    failed += other.failed;
    open += other.open;
    return *this;
}

Counts Counts::operator-(const Counts& earlier) const
{
    return {opened - earlier.opened, closed - earlier.closed, failed - earlier.failed, open - earlier.open};
}

nlohmann::json Agent::get(const std::string& target) const
{
    const live::HttpAnswer answer = live::http_get(socket_, target);
    if (answer.status != 200)
        throw std::runtime_error("the agent at " + socket_ + " answers " + target + " with status " +
                                 std::to_string(answer.status) + ": " + answer.body);
    nlohmann::json json = answer.json();
    if (!json.is_object())
        throw std::runtime_error("the agent's answer to " + target + " is not JSON");
    return json;
}

Counts Agent::counts(const std::string& address, const std::string& direction) const
{
    const nlohmann::json answer = get(std::string(api::kBackendsPath));
    for (const nlohmann::json& backend : answer.at("backends")) {
        if (backend.at("address") != address || backend.at("direction") != direction)
            continue;
        const nlohmann::json& connections = backend.at("connections");
        Counts counts{connections.at("opened"), connections.at("closed"), 0, connections.at("open")};
        for (const nlohmann::json& count : connections.at("failed"))
            counts.failed += count.get<std::uint64_t>();
        return counts;
    }
    return {};
}

std::map<std::string, std::uint64_t> Agent::losses() const
{
    return named_counts(get(std::string(api::kStatusPath)).at("loss_reasons"));
}

std::map<std::string, std::uint64_t> Agent::repairs() const
{
    return named_counts(get(std::string(api::kStatusPath)).at("repairs"));
}

std::map<std::string, ProgramRuns> Agent::programs() const
{
    std::map<std::string, ProgramRuns> programs;
    const nlohmann::json status = get(std::string(api::kStatusPath));
    for (const nlohmann::json& program : status.at("programs"))
        programs[program.at("name")] = {program.at("runs"), program.at("run_seconds")};
    return programs;
}

} // namespace slotscope::bench
