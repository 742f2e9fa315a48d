// SPDX-License-Identifier: MIT
// Sentences below or instead of a table that say what to do.
#pragma once

#include "cli/render/rows.h"
#include "cli/text/screen.h"

#include <string>
#include <vector>

namespace slotscope::cli {

// Every hint is folded to `width` columns and ends with '\n'.

// How to give a limit to the first of `rows` (non-empty).
std::string no_limit_hint(const std::vector<BackendRow>& rows, std::size_t width);

// Nothing was seen yet (of the backend that was asked for, where one was).
std::string no_connection_hint(const std::string& asked, std::size_t width);

// "! incomplete: connections_full 12 – …", painted; empty where the answer is complete. Throws
// UnexpectedAnswer.
std::string incomplete_text(const Json& answer, Colour colour, const Screen& screen);

// `text` folded, each line but the first indented by `indent` columns.
std::string paragraph(const std::string& text, std::size_t width, std::size_t indent = 0);

} // namespace slotscope::cli
