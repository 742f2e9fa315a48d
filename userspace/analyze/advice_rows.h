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

// Where to look at what is slow first: no setting makes it quick, and more slots let more of it in. Then in
// the order of the fastest relief, product by product; the other general ones last.
std::span<const AdviceRow> advice_rows();

} // namespace slotscope::analyze
