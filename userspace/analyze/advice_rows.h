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

// On which side of the connections the process is that the row configures.
enum class Side : std::uint8_t { any, client, server };

struct AdviceRow {
    const char* product; // "": any
    Side side;
    unsigned causes;
    const char* change; // {words} are put in, see advice_values.h
    const char* reason;
    // Of one that raises the limit: the setting that it writes, as LimitSetting has it. "": the slots are
    // what is written; kAnySetting: whichever it is, by its name.
    const char* setting = "";
};
constexpr const char* kAnySetting = "*";

// First what no setting does: to look at what is slow, since more slots only let more of it in, and to end
// processes that do not read their configuration any more. Then in the order of the fastest relief, product
// by product; the other general ones last.
std::span<const AdviceRow> advice_rows();

} // namespace slotscope::analyze
