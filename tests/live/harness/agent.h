// SPDX-License-Identifier: MIT
// The agent under test, as a black box: its program, its socket, its exit code.
#pragma once

#include "harness/http.h"
#include "harness/process.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slotscope::live {

std::string agent_path();  // $SLOTSCOPED, else the one of this build
std::string client_path(); // $SLOTSCOPE, else the one of this build

struct AgentOptions {
    std::vector<std::string> arguments; // besides --socket, --metrics off and --state
    std::optional<std::string> config;  // text of a configuration file
    bool discovery = false;             // of limits: what else runs on the host must not disturb a test
};

class Agent {
  public:
    // Returns once the agent has said "ready"; throws with what it said instead.
    explicit Agent(const AgentOptions& options = {});

    const std::string& socket() const { return socket_; }
    std::string state() const { return dir_.file("state"); } // the directory that it makes
    pid_t pid() const { return program_->pid(); }
    bool running() { return program_->running(); }
    std::string log() const { return program_->out() + program_->err(); }

    nlohmann::json get(const std::string& target) const; // throws where the answer is not 200 and JSON
    HttpAnswer answer(const std::string& target) const { return http_get(socket_, target); }

    void configure(const std::string& text) const; // writes the configuration file and sends SIGHUP
    Outcome stop();                                // SIGTERM
    void kill();                                   // SIGKILL
    void start_again();                            // after stop() or kill(), same options and socket

  private:
    void start();

    TempDir dir_;
    std::string socket_;
    std::vector<std::string> command_;
    std::unique_ptr<Program> program_;
};

} // namespace slotscope::live
