// SPDX-License-Identifier: MIT
#include "kernel/attach_plan.h"

#include "kernel/kernel_btf.h"
#include "kernel/kernel_words.h"
#include "kernel/skeleton.h"

#include <algorithm>
#include <cerrno>
#include <spdlog/spdlog.h>

namespace slotscope::kernel {
namespace {

constexpr TableSizes kSmallest{.connections = SS_WAYS, .backends = 2, .members = 1};

// Programs that serve several signals are proven once.
class Prover {
  public:
    Prover(const Unattachable& unattachable, Proof proof)
        : proof_(proof)
    {
        for (const std::string& name : unattachable)
            proven_.emplace(name, Refusal{Error{"it loads, but does not attach"}, false, {}});
    }

    // Why it is refused; nothing: it is not.
    const std::optional<Refusal>& operator()(std::string_view program)
    {
        const std::string name(program);
        const auto known = proven_.find(name);
        if (known != proven_.end())
            return known->second;
        return proven_.emplace(name, try_to_load({name})).first->second;
    }
    const std::optional<Refusal>& operator()(const HookVariant& variant)
    {
        const std::string name(variant.program);
        if (!variant.needs.empty() && !kernel_.has_function(variant.needs))
            return proven_
                .insert_or_assign(
                    name,
                    Refusal{Error{"this kernel has no " + std::string(variant.needs), ESRCH}, false, {}})
                .first->second;
        const bool named = proof_ == Proof::trampolines && !variant.tracepoint.empty() &&
                           kernel_.has_tracepoint(variant.tracepoint);
        return named && !proven_.contains(name) ? kTaken : (*this)(variant.program);
    }
    bool takes(std::string_view program) { return !program.empty() && !(*this)(program); }

  private:
    static inline const std::optional<Refusal> kTaken;
    Proof proof_;
    KernelBtf kernel_;
    std::map<std::string, std::optional<Refusal>> proven_;
};

Error unknown_variant(const HookSignal& signal, const std::string& wanted)
{
    std::string known = "off";
    for (const HookVariant& variant : signal.variants)
        known += ", " + std::string(variant.name);
    return Error{"--hooks: signal \"" + std::string(signal.name) + "\" has no variant \"" + wanted +
                 "\"; there are: " + known};
}

Result<Choice> forced_choice(const HookSignal& signal, const std::string& wanted, Prover& prover)
{
    if (wanted == "off") {
        if (signal.required)
            return Error{"--hooks: signal \"" + std::string(signal.name) + "\" cannot be turned off"};
        return Choice{&signal, nullptr, false, {}};
    }
    for (const HookVariant& variant : signal.variants) {
        if (variant.name.find(wanted) == std::string_view::npos)
            continue;
        if (const auto& refusal = prover(variant))
            return Error{"--hooks: " + std::string(variant.name) +
                         " does not attach here: " + refusal->error.message};
        return Choice{&signal, &variant, prover.takes(variant.optional), {}};
    }
    return unknown_variant(signal, wanted);
}

Result<Choice> best_choice(const HookSignal& signal, Prover& prover)
{
    // Without an alternative there is nothing to choose: loading the whole tells, without verifying the
    // longest program twice.
    if (signal.required && signal.variants.size() == 1)
        return Choice{&signal, &signal.variants.front(), prover.takes(signal.variants.front().optional), {}};
    Choice choice{&signal, nullptr, false, {}};
    for (const HookVariant& variant : signal.variants) {
        const auto& refusal = prover(variant);
        if (!refusal) {
            choice.variant = &variant;
            choice.with_optional = prover.takes(variant.optional);
            return choice;
        }
        spdlog::debug("hook {}: {} is refused: {}", signal.name, variant.name, refusal->error.message);
        choice.refused.push_back({&variant, *refusal});
    }
    if (signal.required)
        return choice.refused.empty() ? Error{"no variant is known"} : choice.refused.back().refusal.error;
    return choice;
}

} // namespace

std::optional<Refusal> try_to_load(const std::vector<std::string>& programs)
{
    const KernelWords words;
    auto skeleton = load_skeleton(kSmallest, programs);
    if (skeleton)
        return {};
    return Refusal{skeleton.error(), words.verifier_spoke(), words.last()};
}

std::optional<Refusal> try_required_programs()
{
    std::vector<std::string> programs = {"walk_tcp", "walk_files", "sweep", "read_clocks"};
    for (const HookSignal& signal : hook_table())
        if (signal.required)
            programs.emplace_back(signal.variants.front().program);
    return try_to_load(programs);
}

Result<Plan> make_plan(const ForcedHooks& forced, const Unattachable& unattachable, Proof proof)
{
    for (const auto& [name, wanted] : forced)
        if (std::none_of(hook_table().begin(), hook_table().end(),
                         [&name = name](const HookSignal& signal) { return signal.name == name; }))
            return Error{"--hooks: there is no signal \"" + name + "\""};
    Prover prover(unattachable, proof);
    Plan plan;
    for (const HookSignal& signal : hook_table()) {
        const auto wanted = forced.find(std::string(signal.name));
        auto choice = wanted != forced.end() ? forced_choice(signal, wanted->second, prover)
                                             : best_choice(signal, prover);
        if (!choice)
            return choice.error();
        plan.push_back(*choice);
    }
    return plan;
}

std::vector<std::string> programs_of(const Plan& plan)
{
    std::vector<std::string> programs;
    const auto add = [&programs](std::string_view name) {
        if (std::find(programs.begin(), programs.end(), name) == programs.end())
            programs.emplace_back(name);
    };
    for (const Choice& choice : plan) {
        if (!choice.variant)
            continue;
        add(choice.variant->program);
        if (choice.with_optional)
            add(choice.variant->optional);
    }
    return programs;
}

} // namespace slotscope::kernel
