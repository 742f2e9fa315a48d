// SPDX-License-Identifier: MIT
// What helps: product, causes, the change in the product's own syntax, why.
#pragma once

#include "model/episode.h"

#include <span>

namespace slotscope::analyze {

// A set of causes as bits.
constexpr unsigned bit(Cause cause)
{
    return 1U << static_cast<unsigned>(cause);
}

struct AdviceRow {
    const char* product; // "": any
    unsigned causes;
    const char* change; // {words} are put in, see advice_values.h
    const char* reason;
};

// First what no setting does: to look at what is slow, since more slots only let more of it in, and to end
// processes that do not read their configuration any more. Then in the order of the fastest relief, product
// by product; the other general ones last.
std::span<const AdviceRow> advice_rows();

} // namespace slotscope::analyze
