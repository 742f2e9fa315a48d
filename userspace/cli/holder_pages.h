// SPDX-License-Identifier: MIT
// All pages of /v1/holders as one answer.
#pragma once

#include "cli/client.h"
#include "cli/command.h"
#include "cli/json.h"

#include <cstdint>

namespace slotscope::cli {

// The oldest `most` holders that the arguments ask for (backend, direction, captured), fetched page by page;
// one document, with "returned" and "total" put right. Holders that end between two pages move the others:
// one of these may then be missing, none is there twice.
Result<Json> fetch_holders(const Client& client, const Arguments& arguments, std::uint64_t most);

} // namespace slotscope::cli
