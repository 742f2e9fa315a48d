// SPDX-License-Identifier: MIT
// What the API needs from the agent. Implemented in daemon/, faked in tests.
#pragma once

#include "base/result.h"
#include "model/episode.h"
#include "model/episode_query.h"
#include "model/holder.h"
#include "model/limit.h"
#include "model/recording.h"
#include "model/slot_shares.h"
#include "model/snapshot.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace slotscope::serve {

class Provider {
  public:
    virtual ~Provider() = default;

    // The newest snapshot; never null.
    virtual std::shared_ptr<const Snapshot> snapshot() const = 0;

    // The slots that are held now (or at the last limit hit). An unknown backend is an Error whose message
    // names those that are known.
    virtual Result<HolderPage> holders(const HolderQuery& query) = 0;

    // Who held the slots over the last minutes, and what for. Likewise.
    virtual Result<CallsPage> calls(const CallsQuery&) { return CallsPage{}; }

    // Likewise since somebody first asked; asking keeps it up for a while. The query's seconds mean nothing.
    virtual Result<RecordingPage> recording(const CallsQuery&) { return RecordingPage{}; }

    // Every limit, in the order of configuration: Backend::counters.group - 1 is the index into it.
    virtual std::vector<LimitView> limits() const = 0;

    // What discovery has looked at and could not make a limit of.
    virtual std::vector<NotUnderstood> not_understood() const { return {}; }

    // What happened to backends: newest first. Those that last are among them.
    virtual std::vector<Episode> episodes(const EpisodeQuery& /*query*/) const { return {}; }
    virtual std::optional<Episode> episode(std::uint64_t /*id*/) const { return std::nullopt; }
};

} // namespace slotscope::serve
