// SPDX-License-Identifier: MIT
// Limits that were given and limits that were found, as one list.
#pragma once

#include "model/limit.h"

#include <cstddef>
#include <string>
#include <vector>

namespace slotscope::limits {

// GIVEN as they are, then FOUND. A given limit wins over a found one that has one of its addresses: the found
// one is set aside. Found ones for the same addresses are added up, since connections are told apart by their
// address only; those that overlap otherwise are set aside, the first one stays. Names of found ones become
// what a backend's name may be, and unique; those that were there BEFORE keep theirs.
std::vector<Limit> merge_limits(const std::vector<Limit>& given, std::vector<Limit> found,
                                const std::vector<Limit>& before = {});

// Sets aside those found ones for which MOST_KEYS addresses, both sides counted, have no room: the ones that
// come last. Given ones always count.
void set_aside_beyond(std::size_t most_keys, std::vector<Limit>& limits);

// What is different for people, a sentence each: "haproxy: app/app1 has 12 slots instead of 8
// (/etc/haproxy/haproxy.cfg:23)". Only found limits, and not where one that moves with the load stands.
std::vector<std::string> changes_between(const std::vector<Limit>& before, const std::vector<Limit>& after);

} // namespace slotscope::limits
