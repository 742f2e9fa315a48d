// SPDX-License-Identifier: MIT
#include "kernel/attach_plan.h"

#include "kernel/skeleton.h"

#include <algorithm>
#include <spdlog/spdlog.h>

namespace slotscope::kernel {
namespace {

constexpr TableSizes kSmallest{.connections = SS_WAYS, .backends = 2, .members = 1};

// Programs that serve several signals are proven once.
class Prover {
  public:
    explicit Prover(const Unattachable& unattachable)
    {
        for (const std::string& name : unattachable)
            proven_.emplace(name, Error{"it loads, but does not attach"});
    }

    const Result<void>& operator()(std::string_view program)
    {
        const std::string name(program);
        const auto known = proven_.find(name);
        if (known != proven_.end())
            return known->second;
        return proven_.emplace(name, prove(name)).first->second;
    }

  private:
    std::map<std::string, Result<void>> proven_;
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
        return Choice{&signal, nullptr, false};
    }
    for (const HookVariant& variant : signal.variants) {
        if (variant.name.find(wanted) == std::string_view::npos)
            continue;
        if (const auto& result = prover(variant.program); !result)
            return Error{"--hooks: " + std::string(variant.name) +
                         " does not attach here: " + result.error().message};
        return Choice{&signal, &variant, !variant.optional.empty() && prover(variant.optional).ok()};
    }
    return unknown_variant(signal, wanted);
}

Result<Choice> best_choice(const HookSignal& signal, Prover& prover)
{
    Error last{"no variant is known"};
    for (const HookVariant& variant : signal.variants) {
        const auto& result = prover(variant.program);
        if (result)
            return Choice{&signal, &variant, !variant.optional.empty() && prover(variant.optional).ok()};
        spdlog::debug("hook {}: {} is refused: {}", signal.name, variant.name, result.error().message);
        last = result.error();
    }
    if (signal.required)
        return last;
    return Choice{&signal, nullptr, false};
}

} // namespace

Result<void> prove(const std::string& program)
{
    auto skeleton = load_skeleton(kSmallest, {program});
    if (!skeleton)
        return skeleton.error();
    return {};
}

Result<Plan> make_plan(const ForcedHooks& forced, const Unattachable& unattachable)
{
    for (const auto& [name, wanted] : forced)
        if (std::none_of(hook_table().begin(), hook_table().end(),
                         [&name = name](const HookSignal& signal) { return signal.name == name; }))
            return Error{"--hooks: there is no signal \"" + name + "\""};
    Prover prover(unattachable);
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
        if (choice.variant)
            add(choice.variant->program);
        if (choice.with_optional)
            add(choice.variant->optional);
    }
    return programs;
}

} // namespace slotscope::kernel
