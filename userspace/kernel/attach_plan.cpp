// SPDX-License-Identifier: MIT
#include "kernel/attach_plan.h"

#include "kernel/kernel_btf.h"
#include "kernel/kernel_words.h"
#include "kernel/skeleton.h"
#include "kernel/trampoline.h"

#include <algorithm>
#include <cerrno>
#include <spdlog/spdlog.h>

namespace slotscope::kernel {
namespace {

constexpr TableSizes kSmallest{.connections = SS_WAYS, .backends = 2, .members = 1};

// Programs that serve several signals are proven once.
class Prover {
  public:
    // `plan`: what has been chosen so far.
    Prover(const Plan& plan, const Unattachable& unattachable, Proof proof)
        : plan_(plan)
        , proof_(proof)
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
        if (!variant.needs.empty() && !kernel_.has_function(variant.needs))
            return refuse(variant, "this kernel has no " + std::string(variant.needs));
        if (!variant.with.empty() && !is_chosen(variant.with))
            return refuse(variant, "it is of use only together with " + std::string(variant.with));
        const auto& refusal = is_taken_for_good(variant) && !proven_.contains(std::string(variant.program))
                                  ? kTaken
                                  : (*this)(variant.program);
        return refusal || variant.companion.empty() ? refusal : companion(variant.companion);
    }
    bool takes(std::string_view program) { return !program.empty() && !(*this)(program); }

  private:
    const std::optional<Refusal>& refuse(const HookVariant& variant, std::string reason)
    {
        return proven_
            .insert_or_assign(std::string(variant.program),
                              Refusal{Error{std::move(reason), ESRCH}, false, {}})
            .first->second;
    }
    bool is_chosen(std::string_view program) const
    {
        return std::any_of(plan_.begin(), plan_.end(), [program](const Choice& choice) {
            return choice.variant && choice.variant->program == program;
        });
    }
    // What the kernel names (of an iterator that was looked up as what it needs); and what is long to verify,
    // where another trampoline has been proven.
    bool is_taken_for_good(const HookVariant& variant) const
    {
        if (proof_ != Proof::trampolines)
            return false;
        if (!variant.tracepoint.empty())
            return kernel_.has_tracepoint(variant.tracepoint);
        if (variant.name.starts_with("iter/"))
            return !variant.needs.empty();
        return !variant.companion.empty() && is_chosen("tcp_connect__fentry");
    }
    // Taken for good where its other half is, unless it is known not to attach or each program is to be
    // proven.
    const std::optional<Refusal>& companion(std::string_view program)
    {
        return proof_ == Proof::each || proven_.contains(std::string(program)) ? (*this)(program) : kTaken;
    }

    static inline const std::optional<Refusal> kTaken;
    const Plan& plan_;
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

Unattachable unattachable_trampolines()
{
    Unattachable programs;
    // Of an unknown version: nothing is attached that would have to be taken away.
    if (prove_trampolines(KernelVersion{}).how != TrampolineProof::How::unattachable)
        return programs;
    for (const HookSignal& signal : hook_table())
        for (const HookVariant& variant : signal.variants)
            if (variant.name.starts_with("fentry") || variant.name.starts_with("fexit"))
                programs.emplace(variant.program);
    return programs;
}

Result<Plan> make_plan(const ForcedHooks& forced, const Unattachable& unattachable, Proof proof)
{
    for (const auto& [name, wanted] : forced)
        if (std::none_of(hook_table().begin(), hook_table().end(),
                         [&name = name](const HookSignal& signal) { return signal.name == name; }))
            return Error{"--hooks: there is no signal \"" + name + "\""};
    Plan plan;
    Prover prover(plan, unattachable, proof);
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
        if (!choice.variant->companion.empty())
            add(choice.variant->companion);
        if (choice.with_optional)
            add(choice.variant->optional);
    }
    return programs;
}

} // namespace slotscope::kernel
