// SPDX-License-Identifier: MIT
// What reads the limits of one product, and what it works with.
#pragma once

#include "limits/files.h"
#include "limits/run_time.h"
#include "model/limit.h"
#include "model/running_process.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slotscope::limits {

// The addresses of a host name, as the product would get them; port 0 in each.
using Resolve = std::function<Result<std::vector<Address>>(const std::string& host)>;

// Everything that a reader may look at.
struct Reading {
    const Instance& instance;
    Files& files;
    const Resolve& resolve;
};

struct Findings {
    std::vector<Limit>
        limits; // names are the product's own; origin.pid and netns are filled in by read_limits
    std::vector<NotUnderstood> not_understood;
    bool incomplete = false; // a file could not be read: what it says may change everything
    RunTime run_time;
    std::uint32_t workers = 0; // processes that it runs by its files; 0: not told
    // The file that it does not run with, by what it keeps of those that it has; empty: it runs with all of
    // them. Absent: nothing tells.
    std::optional<std::string> not_loaded;
    std::size_t size_bytes = 0; // of all that, about
};

// How many workers a product has, 0 where that is not known.
struct WorkerCounts {
    std::uint32_t started = 0; // by a reload, by the files as they are
    std::uint32_t most = 0;    // that run while it is not reloaded
};

// Workers of a running product by the configuration that they have.
struct WorkersByAge {
    std::vector<RunningProcess> older;   // than the one that the newest workers have: on their way out
    std::vector<RunningProcess> serving; // those take what arrives
};

// When a product takes what its files say.
enum class Takes {
    at_start,         // of its main process
    with_newest,      // at a reload, which starts new workers: the newest one tells when
    with_all_workers, // at a reload, which replaces them: one that dies is started anew with what holds, so
                      // the oldest one tells when
    at_reload,        // which cannot be seen from outside
    when_run_anew,    // at a reload, for which its main process executes itself again
};

struct Product {
    std::string_view name;
    bool (*is_one)(const RunningProcess&); // is this process one of the product's
    Takes takes;
    bool needs_environment;
    void (*read)(Reading&, Findings&);
    void (*ask)(const Ask&, Findings&) = nullptr; // null: it cannot be asked
    // Null: workers of several configurations never run together, or do not show which is whose.
    WorkersByAge (*by_age)(const Instance&, const WorkerCounts&) = nullptr;
    bool leavers_stop_listening = false; // workers of an older configuration do, while they finish
};

// Everything that is found in an instance of PRODUCT. Never an Error: what cannot be read is in
// not_understood. Takes 64 MiB of memory at most, and what comes of it 8: where a configuration asks for
// more, nothing of it is taken.
Findings read_limits(const Product& product, Reading& reading);

// FINDINGS put right by what the running INSTANCE says of itself; as they are where it cannot be asked.
Findings ask_running(const Product& product, const Instance& instance, const Ask& ask, Findings findings);

// Adds to what was not understood; TEXT is shortened.
void not_understood(Findings& findings, const Place& place, std::string_view text, std::string why);

// The content; absent where PATH cannot be read: that is added to the findings, which are incomplete then.
std::optional<std::string> read_file(Reading& reading, Findings& findings, const std::string& path);

// The same for a file that need not be there.
std::optional<std::string> read_file_if_there(Reading& reading, Findings& findings, const std::string& path);

// PATTERN's file names, in order. What cannot be followed is added to the findings.
std::vector<std::string> included_files(Reading& reading, Findings& findings, const Place& place,
                                        const std::string& pattern);

// A limit with its source, sure and of connections.
Limit limit_at(const Place& place, std::string name, std::uint32_t slots, std::string rule);

// HOST is an IP address (IPv6 with or without brackets), or a name that RESOLVE knows. At most 64 addresses.
Result<std::vector<Endpoint>> endpoints_of(std::string_view host, std::uint16_t port, const Resolve& resolve);

// The instance's listening sockets that have PORT, or are a Unix socket that ends in NAME; PORT 0: all of
// TCP.
std::vector<Endpoint> listeners_with_port(const Instance& instance, std::uint16_t port);

// Of a product that has no more slots than its process may open files, but so many that it keeps for itself.
void fit_open_files(const Instance& instance, std::uint32_t reserved, Limit& limit);

} // namespace slotscope::limits
