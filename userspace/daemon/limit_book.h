// SPDX-License-Identifier: MIT
// The limits of the configuration, put into force in the kernel.
#pragma once

#include "base/result.h"
#include "kernel/session.h"
#include "model/limit.h"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace slotscope::daemon {

class LimitBook {
  public:
    explicit LimitBook(kernel::Session& session)
        : session_(session)
    {
    }

    // Puts `limits` in the place of those before. `local`: the host's own addresses, by which a limit of one
    // of them also holds for a listener on the wildcard. Says whether connections have to be moved between
    // backends: then walk with control().regroup set.
    struct Applied {
        bool regroup = false;
        std::uint64_t changed = 0; // limits that are new, gone, or have another number of slots
    };
    Result<Applied> apply(const std::vector<Limit>& limits, const std::vector<Address>& local);

    // Puts right what a changed limit leaves behind in counters that only see it crossed: whether each
    // backend is at its limit now. At once right after apply; with every tick only what was different at the
    // tick before.
    enum class Reconcile { at_once, what_lasts };
    void reconcile(std::uint64_t now_ns, Reconcile when);

    const std::vector<LimitView>& limits() const { return views_; }

    // Position + 1 of the limit in limits() for a record's `group`; 0 for none.
    std::uint32_t position(std::uint32_t group) const;

  private:
    struct Entry {
        Limit limit;
        std::uint32_t number = 0; // the kernel's: stays while what it stands for stays
        bool joint = false;
        bool in_force = false;
        std::size_t position = 0;
    };
    using MemberKey = std::tuple<std::array<std::uint8_t, 16>, std::uint16_t, std::uint8_t>;

    std::vector<Entry> number(const std::vector<Limit>& limits);
    std::map<MemberKey, ss_member> members_of(const std::vector<Entry>& entries,
                                              const std::vector<Address>& local) const;
    static std::uint64_t changes_between(const std::vector<Entry>& before, const std::vector<Entry>& after);
    Result<void> store(const std::map<MemberKey, ss_member>& members);
    void leave_other_namespaces();
    Result<bool> reassign(const std::map<MemberKey, ss_member>& members, const std::vector<Entry>& entries);

    kernel::Session& session_;
    std::vector<Entry> entries_;
    std::vector<LimitView> views_;
    std::map<std::uint32_t, std::uint32_t> positions_;
    std::map<MemberKey, ss_member> stored_;
    std::uint32_t next_number_ = 1;
    std::vector<std::int64_t> differences_; // by record, at the last tick
};

// The addresses of this host's interfaces, as its own network namespace has them.
std::vector<Address> local_addresses();

} // namespace slotscope::daemon
