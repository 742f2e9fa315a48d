// SPDX-License-Identifier: MIT
// Configurations of products, written as text with words to be filled in.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace slotscope::products {

using Words = std::vector<std::pair<std::string, std::string>>; // "@FRONT@" -> "127.0.0.1:8080"

// TEXT with each word replaced wherever it stands.
std::string fill_in(std::string text, const Words& words);

// Proxies whose whole work is in one process, with eight slots to @BACK@: connections are used again, four of
// nginx's at most, and kept. HAProxy answers at @DIR@/stats.sock, nginx at /status.
extern const char* const kHaproxy;
extern const char* const kNginx;

} // namespace slotscope::products
