// SPDX-License-Identifier: MIT
// Finds the products that run on the host, and reads their limits again whenever they may have changed.
#pragma once

#include "daemon/generations.h"
#include "daemon/load_time.h"
#include "daemon/product_socket.h"
#include "enrich/process_table.h"
#include "limits/products.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slotscope::daemon {

// What a look at the host has found.
struct Discovered {
    std::vector<Limit> limits;
    std::vector<NotUnderstood> not_understood;
    std::uint64_t hidden_processes = 0; // that this process may not look at

    bool operator==(const Discovered&) const = default;
};

// Not for several threads.
class LimitScanner {
  public:
    using ResolveName = Result<std::vector<Address>> (*)(const std::string& host);

    // RESOLVE_NAME: for products that have this process's files, where their hosts file does not know a name.
    explicit LimitScanner(std::string proc = "/proc", ResolveName resolve_name = nullptr);

    // NOW_NS: CLOCK_MONOTONIC. Files are read only where something has changed, and once a minute, since the
    // addresses of names change unseen.
    Discovered scan(std::uint64_t now_ns);

    // What the last scan found, with limits that move as they stand now: a small part of a scan's cost.
    // Absent where a scan would find something else: a file was changed, a product has started or lost
    // processes.
    std::optional<Discovered> glance(std::uint64_t now_ns);

  private:
    struct Group { // an instance with its product
        const limits::Product* product = nullptr;
        Instance instance;
    };
    struct Known {
        const limits::Product* product = nullptr; // null: nothing was read yet
        std::string signature;
        std::optional<Loaded> loaded;
        std::uint64_t first_seen_ns = 0;
        std::uint64_t next_look_ns = 0;
        std::uint64_t missing_since_ns = 0; // it was found and is not now, though it runs; 0: it is found
        std::map<std::string, limits::FileStamp> files;
        std::set<std::string> own_files; // among them, that the product writes itself
        limits::Findings findings;
        Instance instance;
        LoadTime load;
        ProductSocket socket;
        std::string children; // its pids, as the kernel tells them
        bool current = false; // found in this scan
    };
    struct Name {
        Result<std::vector<Address>> answer;
        std::uint64_t until_ns = 0;
    };

    std::vector<Group> group(std::vector<RunningProcess> processes) const;
    void join_replaced(std::map<std::uint32_t, Group>& groups) const;
    void mark_leavers(const limits::Product& product, Instance& instance) const;
    void look_at(Group group, std::uint64_t now_ns);
    void read(const Group& group, Known& known, std::uint64_t now_ns);
    void judge_age(const Group& group, const limits::WorkerCounts& counts, Known& known,
                   limits::Findings findings) const;
    static void keep_until_reload(const limits::Product& product, const std::string& changed_file,
                                  Known& known);
    Discovered discovered(std::uint64_t now_ns);
    limits::Findings as_it_runs(Known& known, std::uint64_t now_ns);
    bool files_changed(std::uint32_t pid, const Known& known) const;
    bool may_come_back(std::uint32_t pid, Known& known, std::uint64_t now_ns) const;
    std::string children_of(std::uint32_t pid) const;
    Fd root_of(const RunningProcess& process) const;
    limits::ReadFor read_for(const RunningProcess& process) const;
    bool shares_our_files(std::uint32_t pid) const;
    void bound_what_is_kept(const limits::Product& product, const Known& before,
                            limits::Findings& findings) const;
    Result<std::vector<Address>> resolve(std::string_view hosts, std::uint32_t pid, const std::string& host,
                                         std::uint64_t now_ns);

    std::string proc_;
    ResolveName resolve_;
    enrich::ProcessTable processes_;
    std::map<std::uint32_t, Known> known_; // by the main process's pid
    std::map<std::string, Name> names_;
    std::uint64_t lookups_ns_ = 0; // that this reading has spent on them
    Generations generations_;
    std::uint64_t hidden_processes_ = 0;
};

} // namespace slotscope::daemon
