// SPDX-License-Identifier: MIT
// Verdicts and episodes as text for people.
#pragma once

#include "cli/json.h"
#include "cli/render/field.h"
#include "cli/text/screen.h"

#include <string>
#include <string_view>
#include <vector>

namespace slotscope::cli {

// `backends` is the answer of /v1/backends where there is no verdict, else null. `asked`: what the user gave.
Result<std::string> render_why(const Json& answer, const Json& backends, const std::string& asked,
                               const Screen& screen);
// `all`: nothing was left out by what was asked for.
Result<std::string> render_episodes(const Json& answer, bool all, const Screen& screen);
Result<std::string> render_episode(const Json& answer, const Screen& screen);

// "▁▂▅███▇" of at most `width` columns; each shows the highest of what falls into it, 0 to `top`.
std::string sparkline(const std::vector<double>& values, double top, std::size_t width);

// One verdict with all that supports it. Throws UnexpectedAnswer; call it inside reading().
std::string verdict_text(const Field& verdict, const Screen& screen);

} // namespace slotscope::cli
