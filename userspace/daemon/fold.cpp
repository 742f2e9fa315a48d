// SPDX-License-Identifier: MIT
#include "daemon/fold.h"

#include "base/clock.h"
#include "decode/backend.h"

#include <algorithm>
#include <cstring>
#include <spdlog/spdlog.h>

namespace slotscope::daemon {

bool Folder::finish(std::uint32_t index, const Leaving& leaving)
{
    ss_backend& record = session_.backends()[index];
    const bool quiet = __atomic_load_n(&record.opened, __ATOMIC_ACQUIRE) == leaving.opened &&
                       __atomic_load_n(&record.in_use, __ATOMIC_ACQUIRE) == 0 &&
                       __atomic_load_n(&record.listeners, __ATOMIC_ACQUIRE) == 0;
    if (!quiet) {
        for (const ss_backend_key& key : leaving.keys)
            if (auto result = session_.restore_backend_key(key, index); !result)
                spdlog::warn("{}", result.error().message);
        return false;
    }
    for (const ss_backend_key& key : leaving.keys)
        session_.forget_unix_path(key);
    add_ended(folded_, decode::decode_backend(record, index, monotonic_ns(), decode::Histograms::read));
    std::memset(&record, 0, sizeof(record));
    if (auto result = session_.give_back_backend(index); !result) {
        spdlog::warn("{}", result.error().message);
        return false;
    }
    return true;
}

std::vector<std::uint32_t> Folder::tick(std::span<const std::uint32_t> idle)
{
    std::vector<std::uint32_t> folded;
    for (const auto& [index, leaving] : leaving_)
        if (finish(index, leaving))
            folded.push_back(index);
    leaving_.clear();
    if (idle.empty())
        return folded;

    for (const std::uint32_t index : idle)
        if (index != SS_BACKEND_OTHER && std::find(folded.begin(), folded.end(), index) == folded.end())
            leaving_[index].opened = __atomic_load_n(&session_.backends()[index].opened, __ATOMIC_ACQUIRE);
    const auto keys = session_.backend_index();
    if (!keys) {
        spdlog::warn("{}", keys.error().message);
        leaving_.clear();
        return folded;
    }
    for (const auto& [key, index] : *keys) {
        const auto found = leaving_.find(index);
        if (found == leaving_.end())
            continue;
        if (auto result = session_.remove_backend_key(key); !result)
            spdlog::warn("{}", result.error().message);
        found->second.keys.push_back(key);
    }
    return folded;
}

} // namespace slotscope::daemon
