// SPDX-License-Identifier: MIT
// Configurations that are programs: gunicorn's in Python, Puma's in Ruby. They are never run. What stands on
// the right of a plain assignment is worked out where it is arithmetic, a variable of before, something from
// the environment or the number of processors, as most of them are; anything else is unknown.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace slotscope::limits {

// None, a number, a text, or several texts.
using ScriptValue = std::variant<std::monostate, std::int64_t, std::string, std::vector<std::string>>;

struct Script {
    std::map<std::string, ScriptValue, std::less<>> variables;
    std::vector<std::string> environment; // NAME=VALUE
    std::uint32_t processors = 1;
    bool is_python = false; // 3 / 2 is a fraction, which is unknown here; else it is 1
};

// The value of the expression that TEXT is as a whole, but for a comment behind it; absent where it is
// unknown. At most 32 levels of brackets.
std::optional<ScriptValue> evaluate(std::string_view text, const Script& script);

// The values of expressions that are separated by commas; absent where one is unknown.
std::optional<std::vector<ScriptValue>> evaluate_list(std::string_view text, const Script& script);

// As a number: a text of digits, too.
std::optional<std::uint32_t> number_of(const ScriptValue& value);

} // namespace slotscope::limits
