// SPDX-License-Identifier: MIT
// The parts of an episode that are stored as JSON text. Keys are the names of the fields; what is at its
// default is left out, so that what a later version adds can be absent. Bytes that are not UTF-8 become
// U+FFFD.
#pragma once

#include "base/result.h"
#include "model/episode.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::store {

std::string encode_verdict(const Verdict& verdict);
std::string encode_timeline(std::span<const Window> timeline);
std::string encode_holders(std::span<const Holder> holders);

// The inverse. A member of the wrong type counts as absent; an Error where the text is no JSON of that kind
// at all.
Result<Verdict> decode_verdict(std::string_view text);
Result<std::vector<Window>> decode_timeline(std::string_view text);
Result<std::vector<Holder>> decode_holders(std::string_view text);

} // namespace slotscope::store
