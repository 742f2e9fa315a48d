// SPDX-License-Identifier: MIT
// The last line of defence for the counters: they are compared with the records of the connections
// themselves.
#pragma once

#include "kernel/session.h"

#include <cstdint>
#include <vector>

namespace slotscope::daemon {

class Recounter {
  public:
    explicit Recounter(kernel::Session& session)
        : session_(session)
    {
    }

    // A walk over all sockets begins: of what `other` counts there are no records, only sockets to be met.
    void walk_begins();

    // Corrects the backends whose open connections, slots in use or calls in flight were off by the same
    // amount now and at the last call, while nothing began or ended on them during the look; returns how
    // many. `other` likewise, where nothing has begun or ended on it since the walk began, and the walk has
    // come everywhere.
    std::uint64_t recount(std::uint64_t now_ns, bool walked_everywhere);

  private:
    struct Difference {
        std::int64_t open = 0;
        std::int64_t in_use = 0;
        std::int64_t calls = 0;     // in flight
        std::int64_t untracked = 0; // `other` only: connections without a record
        bool operator==(const Difference&) const = default;
    };
    struct Counted {
        std::uint64_t opened = 0;
        std::uint64_t ended = 0;
        std::uint64_t in_use = 0;
        std::uint64_t calls = 0;         // in flight
        std::uint64_t calls_changed = 0; // differs after any call that began or ended
        bool operator==(const Counted&) const = default;
    };
    static Counted counted(const ss_backend& record);
    // `difference` comes as what the records say and leaves as what the counters lack. True: it was the same
    // at the last call, and is put right.
    bool corrects(std::size_t index, const Counted& before, Difference& difference, std::uint64_t now_ns);
    bool corrects_other(Difference& difference, std::uint64_t now_ns);
    void correct(ss_backend& record, const Difference& difference, std::uint64_t now_ns);
    std::vector<Difference> count_records(std::size_t backends) const;

    kernel::Session& session_;
    std::vector<Difference> last_;
    Counted other_before_; // when the walk began
    std::uint64_t untracked_before_ = 0;
};

} // namespace slotscope::daemon
