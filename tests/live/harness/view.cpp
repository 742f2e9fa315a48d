// SPDX-License-Identifier: MIT
#include "harness/view.h"

#include "base/clock.h"
#include "harness/wait.h"

#include <algorithm>
#include <numeric>

namespace slotscope::live {
namespace {

using nlohmann::json;

constexpr const char* kReasons[] = {"refused", "timed_out", "reset_connecting", "reset",
                                    "aborted", "no_port",   "unreachable",      "other"};
constexpr std::chrono::milliseconds kStays{150};

bool at_address(const json& backend, const std::string& text)
{
    if (backend.value("address", "") == text)
        return true;
    const json members = backend.value("members", json::array());
    return std::ranges::any_of(members, [&](const json& member) { return member == text; });
}

// The namespaces here have no name, so the agent can only say their inode number.
bool in_namespace(const json& backend, const Namespace* own)
{
    const std::string text = backend.value("namespace", "");
    return own == nullptr ? text.empty() : text.find(std::to_string(own->inode())) != std::string::npos;
}

std::size_t kernel_open(const BackendRef& ref)
{
    std::size_t open = 0;
    for (const Namespace* place : ref.places)
        open += live::kernel_open(*place, ref.address, ref.direction);
    return open;
}

void compare(const std::string& what, std::uint64_t found, std::uint64_t expected, std::string& text)
{
    if (found != expected)
        text += "  " + what + ": " + std::to_string(found) + " instead of " + std::to_string(expected) + "\n";
}

// All backends at the port: where a connection went that is not where it should be.
std::string at_port_of(const json& answer, const Address& address)
{
    const std::string port = ":" + std::to_string(address.port);
    std::string text;
    for (const json& backend : answer.at("backends"))
        if (backend.value("address", "").ends_with(port))
            text += "  " + backend.dump() + "\n";
    return text;
}

// What the agent itself knows to have missed or put right.
std::string misses_of(const Agent& agent)
{
    const json status = agent.get("/v1/status");
    std::string text;
    for (const char* list : {"loss_reasons", "repairs"})
        for (const json& reason : status.at(list))
            if (reason.at("count") != 0)
                text += "  " + reason.at("name").get<std::string>() + " " + reason.at("count").dump() + "\n";
    for (const json& program : status.at("programs"))
        if (program.at("recursion_misses") != 0)
            text += "  missed runs of " + program.at("name").get<std::string>() + " " +
                    program.at("recursion_misses").dump() + "\n";
    return text;
}

// Empty: as expected.
std::string differences(const json& backend, const BackendRef& ref, const Counts& counts)
{
    if (backend.is_null()) // a backend that nothing was counted for need not exist
        return counts.opened == 0 ? "" : "  the agent does not know the backend\n";
    const json& slots = backend.at("slots");
    const json& connections = backend.at("connections");
    std::string text;
    compare("opened", connections.at("opened"), counts.opened, text);
    compare("closed", connections.at("closed"), counts.closed, text);
    compare("open", connections.at("open"), counts.open(), text);
    compare("connecting", connections.at("connecting"), counts.connecting, text);
    compare("older", connections.at("older"), counts.older, text);
    compare("in_use", slots.at("in_use"), counts.in_use, text);
    compare("peak", slots.at("peak"), counts.peak, text);
    for (const char* reason : kReasons) {
        const auto expected = counts.failed.find(reason);
        compare(std::string("failed.") + reason, connections.at("failed").at(reason),
                expected == counts.failed.end() ? 0 : expected->second, text);
    }
    compare("open, against the kernel's own list", connections.at("open"), kernel_open(ref), text);
    return text;
}

} // namespace

std::uint64_t Counts::open() const
{
    const auto sum = [](std::uint64_t so_far, const auto& entry) { return so_far + entry.second; };
    return opened - closed - std::accumulate(failed.begin(), failed.end(), std::uint64_t{0}, sum);
}

json find_backend(const json& answer, const BackendRef& ref)
{
    for (const json& backend : answer.at("backends"))
        if (backend.value("direction", "") == to_string(ref.direction) && in_namespace(backend, ref.own) &&
            (ref.name.empty() ? at_address(backend, to_string(ref.address))
                              : backend.value("name", "") == ref.name))
            return backend;
    return nullptr;
}

json fresh_backends(const Agent& agent)
{
    const std::string now = rfc3339(std::chrono::system_clock::now());
    json answer;
    const bool fresh = eventually([&] {
        answer = agent.get("/v1/backends");
        return answer.at("at").get<std::string>() > now;
    });
    if (!fresh)
        throw std::runtime_error("the agent's snapshots are older than 10 s: " + answer.at("at").dump());
    return answer;
}

std::string why_no_messages(const json& status)
{
    for (const json& hook : status.at("hooks"))
        if ((hook.at("signal") == "message" || hook.at("signal") == "send") && hook.at("gap") != "")
            return "this kernel does not show messages to programs: " + hook.at("signal").get<std::string>() +
                   " needs tp_btf/tcp_sendmsg_locked (6.16) and bpf_dynptr_from_skb (6.12)";
    return "";
}

json look_at(const Agent& agent, const BackendRef& ref)
{
    return find_backend(fresh_backends(agent), ref);
}

testing::AssertionResult shows(const Agent& agent, const BackendRef& ref, const Counts& counts)
{
    std::string text;
    json backend;
    const bool as_expected = eventually([&] {
        backend = look_at(agent, ref);
        text = differences(backend, ref, counts);
        return text.empty();
    });
    if (as_expected)
        return testing::AssertionSuccess();
    return testing::AssertionFailure()
           << std::string(to_string(ref.direction)) << " " << to_string(ref.address) << " shows\n"
           << text << "in " << backend.dump() << "\nand at its port:\n"
           << at_port_of(fresh_backends(agent), ref.address) << "its own losses and repairs:\n"
           << misses_of(agent);
}

testing::AssertionResult stays(const Agent& agent, const BackendRef& ref, const Counts& counts)
{
    testing::AssertionResult first = shows(agent, ref, counts);
    if (!first)
        return first;
    std::this_thread::sleep_for(kStays);
    const json backend = look_at(agent, ref);
    const std::string text = differences(backend, ref, counts);
    if (text.empty())
        return first;
    return testing::AssertionFailure() << to_string(ref.address) << " did not stay as it was:\n"
                                       << text << "in " << backend.dump();
}

testing::AssertionResult calls_are(const Agent& agent, const BackendRef& ref, const CallCounts& counts)
{
    json calls;
    std::uint64_t others = 0;
    for (const auto& [name, count] : counts.outcomes)
        others += count;
    const auto expected = [&](const std::string& outcome) {
        const auto named = counts.outcomes.find(outcome);
        if (outcome == "ok")
            return counts.finished - others;
        return named == counts.outcomes.end() ? 0 : named->second;
    };
    const bool same = eventually([&] {
        const json backend = look_at(agent, ref);
        if (backend.is_null())
            return false;
        calls = backend.at("calls");
        for (const auto& [name, count] : calls.at("outcomes").items())
            if (count != expected(name))
                return false;
        return calls.at("in_flight") == counts.in_flight && calls.at("finished") == counts.finished &&
               calls.at("started") == counts.finished + counts.in_flight && calls.at("peak") == counts.peak &&
               calls.at("by_timing") == counts.by_timing;
    });
    return same ? testing::AssertionSuccess()
                : testing::AssertionFailure() << to_string(ref.direction) << " " << calls.dump();
}

std::vector<json> holders_of(const Agent& agent, const BackendRef& ref)
{
    const json backend = look_at(agent, ref);
    if (backend.is_null())
        return {};
    std::vector<json> all;
    const json answer =
        agent.get("/v1/holders?count=10000&direction=" + std::string(to_string(ref.direction)) +
                  "&backend=" + backend.at("name").get<std::string>());
    for (const json& holder : answer.at("holders"))
        all.push_back(holder);
    return all;
}

testing::AssertionResult one_holder(const Agent& agent, const BackendRef& ref, const std::string& what,
                                    const std::function<bool(const json&)>& condition)
{
    std::vector<json> holders;
    if (eventually([&] {
            holders = holders_of(agent, ref);
            return holders.size() == 1 && condition(holders.front());
        }))
        return testing::AssertionSuccess();
    return testing::AssertionFailure()
           << "instead of one holder " << what << " of " << to_string(ref.direction) << " "
           << to_string(ref.address) << ": " << json(holders).dump();
}

testing::AssertionResult one_holder_in(const Agent& agent, const BackendRef& ref, const std::string& state)
{
    return one_holder(agent, ref, "in state " + state,
                      [&](const json& holder) { return holder.at("state") == state; });
}

} // namespace slotscope::live
