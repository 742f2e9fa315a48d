// SPDX-License-Identifier: MIT
// The API's paths and what answers each.
#pragma once

#include "serve/http.h"
#include "serve/provider.h"

namespace slotscope::serve {

class EventHub;

// Both must outlive the handler.
Handler api_handler(Provider& provider, EventHub& events);

} // namespace slotscope::serve
