// SPDX-License-Identifier: MIT
// Answers as text for people: pure functions from JSON to text. An Error here means that the answer has not
// the shape of the contract.
#pragma once

#include "cli/json.h"
#include "cli/text/screen.h"

#include <cstddef>
#include <string>

namespace slotscope::cli {

struct BackendsView {
    std::string asked; // the name the user gave; empty: all
    bool all =
        false; // also those with nothing open, no limit and no arrival in the last 10 seconds; and many
};
Result<std::string> render_backends(const Json& answer, const BackendsView& view, const Screen& screen);

struct HoldersView {
    std::string asked;     // the backend that the user gave; empty: all
    std::size_t count = 0; // rows
    bool captured = false;
    bool all = false; // also those that are idle one by one
};
// `backends` is the answer of /v1/backends for the same backend, null where there is none.
Result<std::string> render_holders(const Json& answer, const Json& backends, const HoldersView& view,
                                   const Screen& screen);

struct CallsView {
    std::string asked;      // the backend that the user gave; empty: all
    std::size_t count = 20; // rows
};
Result<std::string> render_calls(const Json& answer, const CallsView& view, const Screen& screen);

Result<std::string> render_limits(const Json& answer, const Screen& screen);
// How the limits of the backend (by a limit's or a backend's name, or an address) come about. An Error where
// there is none.
Result<std::string> render_explanation(const Json& answer, const std::string& asked, const Screen& screen);
Result<std::string> render_status(const Json& answer, const Screen& screen);

// One line; shortened only on a terminal, since a log file has room.
Result<std::string> render_event(const Json& event, const Screen& screen);

struct Diagnosis {
    std::string text;
    int exit_code = 0; // 0 ok, 1 degraded, 2 missing
};
Result<Diagnosis> render_doctor(const Json& answer, const Screen& screen);

} // namespace slotscope::cli
