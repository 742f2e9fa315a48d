// SPDX-License-Identifier: MIT
#include "discovery_table.h"

#include <fstream>
#include <iostream>

namespace slotscope::products {

void add_row(const std::string& product, const std::string& discovered, std::uint32_t refused_at)
{
    char line[200];
    std::snprintf(line, sizeof(line), "%-14s %12s %12u  %s\n", product.c_str(), discovered.c_str(),
                  refused_at, discovered == std::to_string(refused_at) ? "same" : "DIFFERENT");
    std::cout << "[ product  ] " << line << std::flush;
    std::ofstream(PRODUCT_ROWS, std::ios::app) << line; // one write: several processes add theirs
}

} // namespace slotscope::products
