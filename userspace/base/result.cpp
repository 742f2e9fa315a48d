// SPDX-License-Identifier: MIT
#include "base/result.h"

#include <system_error>

namespace slotscope {

Error system_error(std::string what, int code)
{
    return Error{std::move(what) + ": " + std::system_category().message(code), code};
}

} // namespace slotscope
