// SPDX-License-Identifier: MIT
// Answers about episodes: /v1/why, /v1/episodes, /v1/episode.
#pragma once

#include "serve/http.h"
#include "serve/provider.h"
#include "serve/query.h"

namespace slotscope::serve {

// The verdicts of the episodes that last; where none does, that of the newest one that is over. With
// backend=: of that backend; with id=: of that episode. Of several with one cause behind them only the one
// that it lies in, unless it was asked for.
Reply why(Provider& provider, const Target& target);
Reply episodes(Provider& provider, const Target& target);
Reply episode(Provider& provider, const Target& target);

} // namespace slotscope::serve
