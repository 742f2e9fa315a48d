// SPDX-License-Identifier: MIT
// What every command does with an answer and with an error.
#pragma once

#include "cli/client.h"
#include "cli/command.h"
#include "cli/json.h"

#include <string>
#include <string_view>

namespace slotscope::cli {

// The parsed answer to GET `target`; its schema is checked.
Result<Json> ask(const Client& client, const std::string& target, std::string_view schema);

// Prints the text, or the error; gives the exit code.
int print_text(const Result<std::string>& text, Output& output);

// Prints a JSON document: as it is but on one line, or indented on a terminal.
int print_json(const Result<std::string>& body, Output& output);
int print_json(const Json& document, Output& output);

// Prints "slotscope: …" to the diagnostics; gives the error's exit code.
int print_error(const Error& error, Output& output);

} // namespace slotscope::cli
