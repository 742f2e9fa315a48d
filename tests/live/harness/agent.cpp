// SPDX-License-Identifier: MIT
#include "harness/agent.h"

#include "harness/wait.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>

namespace slotscope::live {
namespace {

// The verifier of an emulated machine that shares its cores takes minutes, and a sanitizer build is slow,
// too.
constexpr std::chrono::seconds kReadyTime{400};

std::string from_environment(const char* name, const char* built)
{
    const char* value = std::getenv(name);
    return value != nullptr ? value : built;
}

} // namespace

std::string agent_path()
{
    return from_environment("SLOTSCOPED", SLOTSCOPED_BINARY);
}

std::string client_path()
{
    return from_environment("SLOTSCOPE", SLOTSCOPE_BINARY);
}

Agent::Agent(const AgentOptions& options)
    : socket_(dir_.file("slotscope.sock"))
{
    if (::geteuid() != 0)
        throw std::runtime_error(
            "the live tests need root: they load BPF programs and make network namespaces");
    if (::access(agent_path().c_str(), X_OK) != 0)
        throw std::runtime_error(agent_path() +
                                 " cannot be run: build slotscoped, or say where it is with SLOTSCOPED");
    command_ = {agent_path(), "--socket", socket_, "--metrics", "off", "--state", state()};
    if (options.config) {
        write_file(dir_.file("slotscope.toml"), *options.config);
        command_.insert(command_.end(), {"--config", dir_.file("slotscope.toml")});
    }
    if (!options.discovery)
        command_.push_back("--no-discovery");
    command_.insert(command_.end(), options.arguments.begin(), options.arguments.end());
    // The whole suite with one variant of a hook: what the kernel matrix asks for.
    const std::string hooks = from_environment("SLOTSCOPE_TEST_HOOKS", "");
    if (!hooks.empty() && std::find(command_.begin(), command_.end(), "--hooks") == command_.end())
        command_.insert(command_.end(), {"--hooks", hooks});
    start();
}

void Agent::start()
{
    ProgramOptions options;
    options.command = command_;
    program_ = std::make_unique<Program>(options);
    const bool ready = eventually(
        [this] {
            const std::string out = program_->out();
            return out.rfind("ready\n", 0) == 0 || out.find("\nready\n") != std::string::npos || !running();
        },
        kReadyTime);
    if (ready && running())
        return;
    const Outcome end = program_->wait(std::chrono::milliseconds(0));
    throw std::runtime_error("the agent did not get ready" +
                             (end.ended ? "; it ended with exit code " + std::to_string(end.exit) +
                                              ", signal " + std::to_string(end.signal)
                                        : std::string(" in time")) +
                             "; it said:\n" + log());
}

nlohmann::json Agent::get(const std::string& target) const
{
    const HttpAnswer reply = answer(target);
    nlohmann::json json = reply.json();
    if (reply.status != 200 || json.is_discarded())
        throw std::runtime_error("GET " + target + " gave " + std::to_string(reply.status) + " " +
                                 reply.body + "\n" + log());
    return json;
}

void Agent::configure(const std::string& text) const
{
    // In one step: an agent that is still busy with the signal before would read a file without its limits.
    const std::string next = dir_.file("slotscope.toml.new");
    write_file(next, text);
    std::filesystem::rename(next, dir_.file("slotscope.toml"));
    program_->signal(SIGHUP);
}

Outcome Agent::stop()
{
    program_->signal(SIGTERM);
    return program_->wait(std::chrono::seconds(20));
}

void Agent::kill()
{
    program_->signal(SIGKILL);
    program_->wait(std::chrono::seconds(20));
}

void Agent::start_again()
{
    start();
}

} // namespace slotscope::live
