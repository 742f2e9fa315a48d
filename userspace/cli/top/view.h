// SPDX-License-Identifier: MIT
// Draws the model: a pure function from state and size to a frame.
#pragma once

#include "cli/top/frame.h"
#include "cli/top/model.h"

#include <cstddef>

namespace slotscope::cli::top {

struct Size {
    std::size_t columns = 80;
    std::size_t lines = 24;
};

struct Look {
    bool utf8 = true; // else bars and history are ASCII
};

constexpr Size kSmallest = {40, 10};

// How many rows of backends there is room for.
std::size_t page_of(Size size, const Model& model);

// As many lines as the screen has, none wider.
Frame draw(const Model& model, Size size, Look look);

} // namespace slotscope::cli::top
