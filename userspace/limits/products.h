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

// All serve where the product does not show which worker has which configuration.
WorkersByAge workers_by_age(const Product& product, const Instance& instance, const WorkerCounts& counts);

// The process of the instance that began with the files that it has now: a worker, or the main one; absent
// where that cannot be seen from outside.
std::optional<RunningProcess> loaded_with(const Product& product, const Instance& instance,
                                          const WorkerCounts& counts);

} // namespace slotscope::limits
