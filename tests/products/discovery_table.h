// SPDX-License-Identifier: MIT
// The table product x (discovered, refused at), of all tests of one run.
#pragma once

#include <cstdint>
#include <string>

namespace slotscope::products {

// Prints the row, and keeps it for the table where tests run one by one: they share a file.
void add_row(const std::string& product, const std::string& discovered, std::uint32_t refused_at);

} // namespace slotscope::products
