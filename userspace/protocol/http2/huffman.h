// SPDX-License-Identifier: MIT
// The code in which HPACK may write strings (RFC 7541, section 5.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slotscope::protocol::http2 {

// Nothing where these bytes are not the code of a text: what fills the last byte is not the beginning of the
// end-of-string code, or that code is in it as a whole. `cut`: they are the beginning of a longer code, and
// what is left of the last byte is not looked at.
std::optional<std::string> huffman_decoded(std::string_view bytes, bool cut);

} // namespace slotscope::protocol::http2
