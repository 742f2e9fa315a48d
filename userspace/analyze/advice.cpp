// SPDX-License-Identifier: MIT
// What would help, of advice_rows.h what fits. Nothing is ever changed by slotscope itself.
#include "analyze/advice_rows.h"
#include "analyze/advice_values.h"
#include "analyze/judge.h"

namespace slotscope::analyze {
namespace {

constexpr std::size_t kMostAdvice = 6;

bool raises(const AdviceRow& row)
{
    return std::string_view(row.change).find("{needed") != std::string_view::npos;
}

// What is written in a product's own words has to be the setting that its limit comes from.
bool is_setting(const AdviceRow& row, const Evidence& e)
{
    const std::string_view setting = row.setting;
    if (setting != kAnySetting)
        return setting == e.setting.name;
    return std::string_view(row.product).empty() || !e.setting.name.empty();
}

bool applies(const AdviceRow& row, const Evidence& e, Cause cause)
{
    if ((row.causes & bit(cause)) == 0)
        return false;
    if (raises(row) && (e.limit == 0 || !is_setting(row, e))) // no change of a limit where there is none
        return false;
    const Side side = e.direction == Direction::outbound ? Side::client : Side::server;
    if (row.side != Side::any && row.side != side)
        return false;
    return std::string_view(row.product).empty() || e.product == row.product;
}

} // namespace

std::vector<Advice> advice(const Evidence& evidence, const Verdict& verdict)
{
    const AdviceValues values = advice_values(evidence, verdict);
    std::vector<Advice> list;
    bool has_own = false;
    for (const AdviceRow& row : advice_rows()) {
        if (list.size() == kMostAdvice || !applies(row, evidence, verdict.cause))
            continue;
        const bool general = std::string_view(row.product).empty();
        if (general && has_own && raises(row))
            continue; // said in the product's own words
        Advice one{row.product, filled(row.change, values), filled(row.reason, values)};
        if (one.change.empty() || one.reason.empty())
            continue;
        has_own |= !general && raises(row);
        list.push_back(std::move(one));
    }
    return list;
}

} // namespace slotscope::analyze
