// SPDX-License-Identifier: MIT
#include "scenario.h"

#include "harness/place.h"
#include "harness/wait.h"
#include "model/unix_path.h"

#include <filesystem>
#include <iostream>

namespace slotscope::scenarios {
namespace {

using live::eventually;
using nlohmann::json;

std::uint16_t port_of(const std::string& address)
{
    const std::size_t colon = address.rfind(':');
    return colon == std::string::npos ? 0
                                      : static_cast<std::uint16_t>(std::atoi(address.c_str() + colon + 1));
}

} // namespace

void ScenarioTest::TearDown()
{
    load_.reset();
    if (agent_) {
        EXPECT_TRUE(agent_->running()) << agent_->log();
        EXPECT_EQ(agent_->stop().exit, 0) << agent_->log();
    }
    products_.clear();
    apps_.clear();
    end_all_in(space_);
}

Address ScenarioTest::address(const std::string& ip)
{
    const std::uint16_t port = live::next_port();
    ports_.insert(port);
    return live::address(ip, port);
}

Address ScenarioTest::unix_socket(const std::string& name)
{
    return unix_address(dir_.file(name));
}

Site ScenarioTest::site(const std::string& name, const Address& front, const Address& back)
{
    const std::string own = name + "_" + std::to_string(front.port);
    std::filesystem::permissions(dir_.path(), std::filesystem::perms(0755));
    std::filesystem::create_directory(dir_.file(own));
    return {space_, dir_.file(own), own, front, back};
}

void ScenarioTest::watch(const std::optional<Side>& side, const std::vector<std::string>& limits)
{
    live::AgentOptions options;
    options.discovery = true;
    for (const std::string& limit : limits)
        options.arguments.insert(options.arguments.end(), {"--limit", limit});
    agent_ = std::make_unique<live::Agent>(options);
    if (!side)
        return;
    json answer;
    ASSERT_TRUE(eventually([&] {
        answer = agent_->get("/v1/limits");
        for (const json& limit : answer.at("limits"))
            if (limit.at("direction") == to_string(side->direction) &&
                limit.at("addresses").dump().find('"' + to_string(side->address) + '"') != std::string::npos)
                return true;
        return false;
    })) << "the agent does not know the limit of "
        << to_string(side->address) << ": " << answer.dump(2);
}

void ScenarioTest::clients_of(const live::Namespace& space, const Address& front)
{
    load_ = std::make_unique<Load>(space, front);
}

void ScenarioTest::baseline(std::vector<Stream> streams, double seconds)
{
    load_->becomes(std::move(streams));
    pass(seconds);
    ASSERT_GT(load_->answered(), 0U) << "no client got an answer";
    ASSERT_LE(10 * load_->refused(), load_->answered()) << "the normal state is not one";
}

void ScenarioTest::pass(double seconds) const
{
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

json ScenarioTest::backend(const Side& side) const
{
    live::BackendRef ref{.address = side.address, .direction = side.direction};
    const json answer = agent_->get("/v1/backends");
    const json outside = live::find_backend(answer, ref);
    ref.own = &space_;
    const json inside = live::find_backend(answer, ref);
    return inside.is_null() ? outside : inside;
}

std::vector<json> ScenarioTest::holders(const Side& side) const
{
    const json now = backend(side);
    if (now.is_null())
        return {};
    const json answer =
        agent_->get("/v1/holders?count=10000&direction=" + std::string(to_string(side.direction)) +
                    "&backend=" + now.at("name").get<std::string>());
    return answer.at("holders");
}

void ScenarioTest::fills(const Side& side)
{
    // One that is reached already is not reached once more.
    const auto is_full = [&] {
        const json now = backend(side);
        return !now.is_null() && now.at("slots").value("at_limit", false);
    };
    const auto hits = [&] {
        const json now = backend(side);
        return now.is_null() ? 0 : now.at("slots").at("limit_hits").get<int>();
    };
    const int before = hits();
    ASSERT_TRUE(eventually([&] { return is_full() || hits() > before; }))
        << "the limit is not reached: " << backend(side);
}

void ScenarioTest::holds(const Side& side, std::size_t count,
                         const std::function<bool(const json&)>& condition)
{
    std::vector<json> seen;
    ASSERT_TRUE(eventually([&] {
        seen = holders(side);
        return static_cast<std::size_t>(std::ranges::count_if(seen, condition)) >= count;
    })) << "not "
        << count << " holders are as the incident makes them: " << json(seen).dump(1);
}

std::string ScenarioTest::what_is_known(const Side& side) const
{
    std::string text = "\nthe agent's view: " + backend(side).dump();
    std::map<std::string, int> kinds;
    for (const json& holder : holders(side))
        ++kinds[text_of(holder, "connection_state") + "/" + text_of(holder, "call_state") + " " +
                text_of(holder, "call") + " waits for " + holder.value("waits_for", json()).dump()];
    for (const auto& [kind, count] : kinds)
        text += "\n  " + std::to_string(count) + " holders " + kind;
    return text;
}

bool ScenarioTest::is_ours(const json& verdict, const std::set<std::string>& names) const
{
    return names.contains(text_of(verdict, "backend")) ||
           text_of(verdict, "address").starts_with("unix:" + dir_.path()) ||
           ports_.contains(port_of(text_of(verdict, "address")));
}

json ScenarioTest::why(const std::string& what) const
{
    live::ProgramOptions options{
        .command = {live::client_path(), "--socket", agent_->socket(), "--output", "json", "why"}};
    if (!what.empty())
        options.command.push_back(what);
    const live::Outcome said = live::run(options);
    json answer = json::parse(said.out, nullptr, false);
    if (said.exit != 0 || !answer.is_object() || text_of(answer, "schema") != "slotscope.why/1")
        throw std::runtime_error("slotscope why " + what + " says " + said.said());
    return answer;
}

std::vector<json> ScenarioTest::verdicts() const
{
    const json answer = why("");
    std::set<std::string> names;
    for (const json& backend : agent_->get("/v1/backends").at("backends"))
        if (ports_.contains(port_of(text_of(backend, "address"))))
            names.insert(text_of(backend, "name"));
    std::vector<json> ours;
    for (const json& verdict : answer.at("verdicts"))
        if (is_ours(verdict, names))
            ours.push_back(verdict);
    return ours;
}

bool ScenarioTest::names_are_seen() const
{
    const json status = agent_->get("/v1/status");
    return std::ranges::any_of(status.at("hooks"), [](const json& hook) {
        return hook.at("signal") == "message" && hook.at("variant") != "none";
    });
}

} // namespace slotscope::scenarios
