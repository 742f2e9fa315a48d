// SPDX-License-Identifier: MIT
#include "products/configuration.h"

namespace slotscope::products {

std::string fill_in(std::string text, const Words& words)
{
    for (const auto& [word, value] : words)
        for (std::size_t at = text.find(word); at != std::string::npos;
             at = text.find(word, at + value.size()))
            text.replace(at, word.size(), value);
    return text;
}

} // namespace slotscope::products
