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

// Since when the instance has the files that it has now, CLOCK_REALTIME; absent where that cannot be seen
// from outside.
std::optional<std::int64_t> loaded_at_ns(const Product& product, const Instance& instance);

} // namespace slotscope::limits
