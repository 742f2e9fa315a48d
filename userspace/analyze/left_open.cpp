// SPDX-License-Identifier: MIT
#include "analyze/left_open.h"

namespace slotscope::analyze {

bool LeftOpen::note(std::uint32_t index, const Standing& standing)
{
    if (standing.left_open < kSome) {
        before_.erase(index);
        return false;
    }
    if (standing.direction == Direction::inbound || standing.left_open >= kMany)
        return true;
    Fewest& fewest = before_.try_emplace(index, Fewest{standing.left_open, standing.open}).first->second;
    if (standing.left_open < fewest.left_open)
        fewest = {standing.left_open, standing.open};
    return standing.left_open >= fewest.left_open + kSome && standing.open >= fewest.open + kSome;
}

} // namespace slotscope::analyze
