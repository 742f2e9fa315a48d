// SPDX-License-Identifier: MIT
// Templates of paths: "/users/4711/orders" becomes "/users/{id}/orders".
#pragma once

#include <string>
#include <string_view>

namespace slotscope::protocol {

// What stands for an identifier.
inline constexpr std::string_view kIdentifier = "{id}";

// Of a path or an absolute URL, without its query and its parameters. A segment becomes {id} where it looks
// like an identifier: a number, a UUID, a hash, a date, a mail address, a long token, anything that is
// percent-encoded. An extension stays: "{id}.jpg". `cut`: the text may end in the middle of a segment, which
// then is left out: "/a/…".
std::string path_template(std::string_view path, bool cut);

// One segment looks like an identifier.
bool is_identifier(std::string_view segment);

} // namespace slotscope::protocol
