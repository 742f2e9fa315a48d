// SPDX-License-Identifier: MIT
// A limit that is given in words, as the option --limit has it.
#pragma once

#include "model/limit.h"

#include <string>
#include <string_view>

namespace slotscope::limits {

// TEXT is NAME=ADDRESS[,ADDRESS...]:MAX[/calls|/connections][/inbound|/outbound], the two suffixes in either
// order. ADDRESS as in parse_endpoint; MAX is 1 to 4294967295 and follows the last colon. Printable ASCII
// without spaces: a Unix path with a comma, a space or another letter has to be written in the configuration.
// SOURCE becomes Limit::source. Errors quote the text, say what is wrong with it and show a right one.
Result<Limit> parse_limit_spec(std::string_view text, std::string source);

} // namespace slotscope::limits
