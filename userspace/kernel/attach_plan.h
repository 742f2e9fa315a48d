// SPDX-License-Identifier: MIT
// Which variant of each hook is used. Picked by really loading and attaching, never by the kernel's version.
#pragma once

#include "base/result.h"
#include "kernel/hook_table.h"

#include <map>
#include <string>
#include <vector>

namespace slotscope::kernel {

// The variant that serves a signal; null: none.
struct Choice {
    const HookSignal* signal = nullptr;
    const HookVariant* variant = nullptr;
    bool with_optional = false; // its second program attaches, too
};

using Plan = std::vector<Choice>;

// Signal -> part of a variant's name, or "off". For tests: it takes the choice away from the plan.
using ForcedHooks = std::map<std::string, std::string>;

// Loads and attaches this program alone, with the smallest tables, and takes it away again.
Result<void> prove(const std::string& program);

// The best plan that this host allows. An unknown signal or variant in `forced`, a forced variant that does not
// attach, and a required signal without a variant are errors.
Result<Plan> make_plan(const ForcedHooks& forced);

// The programs of a plan, each once.
std::vector<std::string> programs_of(const Plan& plan);

} // namespace slotscope::kernel
