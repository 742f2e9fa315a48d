// SPDX-License-Identifier: MIT
// The JSON type of the client: it keeps the order of the fields.
#pragma once

#include "base/result.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace slotscope::cli {

using Json = nlohmann::ordered_json;

// In cli/ the code of an Error is the program's exit code (api::kExit…).

// A JSON object from text. Refuses what is no object and what is nested more than 64 deep.
Result<Json> parse_object(std::string_view text);

// As parse_object, and the "schema" must be this one; else the two programs are of different versions.
Result<Json> parse_answer(std::string_view text, std::string_view schema);

} // namespace slotscope::cli
