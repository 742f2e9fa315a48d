// SPDX-License-Identifier: MIT
// Which variant of each hook is used. Picked by really loading and attaching, never by the kernel's version.
#pragma once

#include "base/result.h"
#include "kernel/hook_table.h"
#include "kernel/refusal.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slotscope::kernel {

struct RefusedVariant {
    const HookVariant* variant = nullptr;
    Refusal refusal;
};

// The variant that serves a signal; null: none.
struct Choice {
    const HookSignal* signal = nullptr;
    const HookVariant* variant = nullptr;
    bool with_optional = false;          // its second program attaches, too
    std::vector<RefusedVariant> refused; // those before it in the table
};

using Plan = std::vector<Choice>;

// Signal -> part of a variant's name, or "off". For tests: it takes the choice away from the plan.
using ForcedHooks = std::map<std::string, std::string>;

// Loads these programs, with the smallest tables, and takes them away again; says why where that is refused.
// They are not attached: taking a trampoline away again can deadlock kernels of about 5.7 to 6.8 (without
// commit 1612160b9127), so it is done only when it must.
std::optional<Refusal> try_to_load(const std::vector<std::string>& programs);

// Of the programs that the agent does not start without.
std::optional<Refusal> try_required_programs();

// Programs that load and do not attach here (arm64 before 6.4 or so): learned by trying.
using Unattachable = std::set<std::string>;

// The trampolines of the hook table on such a kernel, as far as it can be told without attaching one that
// would attach; else none. Saves loading everything again for each of them.
Unattachable unattachable_trampolines();

// How much is proven before the plan is loaded as a whole.
enum class Proof {
    each,        // every program by itself
    trampolines, // a program on a tracepoint that the kernel names is taken for good, and so are those with a
                 // companion once another trampoline was loaded: most of the time of a start goes into
                 // verifying programs, which the whole does again. Should it be refused, make the plan by
                 // `each`
};

// The best plan that this host allows. An unknown signal or variant in `forced`, a forced variant that is
// refused, and a required signal without a variant are errors.
Result<Plan> make_plan(const ForcedHooks& forced, const Unattachable& unattachable = {},
                       Proof proof = Proof::each);

// The programs of a plan, each once.
std::vector<std::string> programs_of(const Plan& plan);

} // namespace slotscope::kernel
