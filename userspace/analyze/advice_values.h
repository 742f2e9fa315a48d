// SPDX-License-Identifier: MIT
// What is put into the words of advice.
#pragma once

#include "analyze/evidence.h"

#include <map>
#include <string>
#include <string_view>

namespace slotscope::analyze {

using AdviceValues = std::map<std::string, std::string>; // by the name in braces

AdviceValues advice_values(const Evidence& evidence, const Verdict& verdict);

// `text` with its {names} replaced; empty where something that is needed is not known.
std::string filled(std::string_view text, const AdviceValues& values);

} // namespace slotscope::analyze
