// SPDX-License-Identifier: MIT
// The products whose limits can be read.
#pragma once

#include "limits/reader.h"

#include <span>

namespace slotscope::limits {

std::span<const Product> products();

// The one that PROCESS belongs to; null for none.
const Product* product_of(const RunningProcess& process);

// Do its workers tell when it has taken its files?
bool shows_workers(const Product& product);

// Workers by generation, the oldest first: those that were started together, by one reload. One generation
// where the product does not show which worker is of which.
std::vector<Generation> generations_of(const Product& product, const Instance& instance);

// The process of the instance that began with the files that it has now: a worker, or the main one; null
// where that cannot be seen from outside.
const RunningProcess* loaded_with(const Product& product, const Instance& instance);

} // namespace slotscope::limits
