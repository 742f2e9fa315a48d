// SPDX-License-Identifier: MIT
// What would help, of advice_rows.h what fits. Nothing is ever changed by slotscope itself.
#include "analyze/advice_rows.h"
#include "analyze/advice_values.h"
#include "analyze/judge.h"

#include <algorithm>

namespace slotscope::analyze {
namespace {

constexpr std::size_t kMostAdvice = 6;

// No change of a limit is proposed where there is none.
bool applies(const AdviceRow& row, const Evidence& e, Cause cause)
{
    if ((row.causes & bit(cause)) == 0)
        return false;
    // Nor where clients that are slow to ask hold the slots: they hold as many more.
    const bool no_limit = e.limit == 0 || (cause == Cause::unknown && e.uploads());
    if (no_limit && std::string_view(row.change).find("{needed") != std::string_view::npos)
        return false;
    return std::string_view(row.product).empty() || e.product == row.product;
}

} // namespace

std::vector<Advice> advice(const Evidence& evidence, const Verdict& verdict)
{
    const AdviceValues values = advice_values(evidence, verdict);
    const auto rows = advice_rows();
    std::vector<Advice> list;
    const bool has_own = std::any_of(rows.begin(), rows.end(), [&](const AdviceRow& row) {
        return !std::string_view(row.product).empty() && applies(row, evidence, verdict.cause) &&
               std::string_view(row.change).find("{needed") != std::string_view::npos;
    });
    for (const AdviceRow& row : rows) {
        if (list.size() == kMostAdvice || !applies(row, evidence, verdict.cause))
            continue;
        const bool general = std::string_view(row.product).empty();
        if (general && has_own && std::string_view(row.change).find("{needed}") != std::string_view::npos)
            continue; // said in the product's own words
        Advice one{row.product, filled(row.change, values), filled(row.reason, values)};
        if (!one.change.empty() && !one.reason.empty())
            list.push_back(std::move(one));
    }
    return list;
}

} // namespace slotscope::analyze
