// SPDX-License-Identifier: MIT
// FastCGI as a web server speaks it.
#pragma once

#include <string>

namespace slotscope::products {

// A GET of SCRIPT_NAME, which is run from the file SCRIPT. `keep`: the connection stays open after the
// answer.
std::string fastcgi_request(const std::string& script, const std::string& script_name, bool keep = false);

// How many answers have come whole in BYTES.
std::size_t fastcgi_answers(const std::string& bytes);

} // namespace slotscope::products
