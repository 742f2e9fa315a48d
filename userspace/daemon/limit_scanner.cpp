// SPDX-License-Identifier: MIT
#include "daemon/limit_scanner.h"

#include "enrich/credentials.h"
#include "limits/files.h"
#include "limits/nginx/nginx.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <unistd.h>

namespace slotscope::daemon {
namespace {

constexpr std::uint64_t kLookAgainNs = 60'000'000'000;
constexpr std::uint64_t kLookAgainYoungNs = 5'000'000'000;
constexpr std::uint64_t kLookAgainLeavingNs = 500'000'000;
constexpr std::uint64_t kYoungNs = 15'000'000'000; // it may not listen yet, on all of its addresses
constexpr std::int64_t kClockSlackNs = 15'000'000; // the start of a process is known to 10 ms
constexpr std::size_t kMostChildrenLookedAt = 64;  // for their sockets: workers share them

std::int64_t since_epoch_ns()
{
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

std::string link_target(const std::string& path)
{
    std::array<char, 4096> target{};
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
    return std::string(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
}

// The directory is its user's alone.
bool hides_its_sockets(const std::string& proc, std::uint32_t pid)
{
    const std::string path = proc + "/" + std::to_string(pid) + "/fd";
    return !Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) && errno == EACCES;
}

// What has to be the same for the limits to be the same, besides the files.
std::string signature_of(const limits::Product& product, const Instance& instance)
{
    std::string signature =
        std::to_string(instance.main.started_ticks) + " " + std::to_string(instance.main.stack_start);
    for (const std::string& word : instance.main.argv)
        signature.append(1, '\0').append(word);
    if (limits::shows_workers(product))
        for (const RunningProcess& worker : instance.children)
            signature +=
                "\n" + std::to_string(worker.pid) + (limits::nginx::is_serving_worker(worker) ? "s" : "");
    return signature;
}

// A product that starts writes into directories (its pid, its log) before it has workers. A file that is new
// in one tells by itself that it is.
bool is_directory(const std::map<std::string, limits::FileStamp>& files, const std::string& path)
{
    const std::string below = path.ends_with('/') ? path : path + "/";
    const auto within = files.upper_bound(below);
    return within != files.end() && within->first.starts_with(below);
}

struct Change {
    std::string file;
    std::int64_t at_ns = 0;
};

// The newest of the files that were read, but for the product's own; none where all are older than SINCE_NS,
// and directories than RUNNING_NS.
Change changed_after(const std::map<std::string, limits::FileStamp>& files,
                     const std::set<std::string>& own_files, std::int64_t since_ns, std::int64_t running_ns)
{
    Change newest;
    for (const auto& [path, stamp] : files) {
        const std::int64_t from_ns = is_directory(files, path) ? std::max(since_ns, running_ns) : since_ns;
        if (stamp.changed_ns > from_ns + kClockSlackNs && stamp.changed_ns > newest.at_ns &&
            !own_files.contains(path))
            newest = {path, stamp.changed_ns};
    }
    return newest;
}

} // namespace

LimitScanner::LimitScanner(std::string proc, ResolveName resolve_name)
    : proc_(std::move(proc))
    , resolve_(resolve_name)
    , processes_([](const RunningProcess& process) { return limits::product_of(process) != nullptr; }, proc_)
{
}

Discovered LimitScanner::scan(std::uint64_t now_ns)
{
    hidden_processes_ = 0;
    for (auto& [pid, known] : known_)
        known.current = false;
    std::set<std::uint32_t> pids;
    for (Group& each : group(processes_.scan(&hidden_processes_))) {
        pids.insert(each.instance.main.pid);
        for (const RunningProcess& child : each.instance.children)
            pids.insert(child.pid);
        look_at(std::move(each), now_ns);
    }
    for (auto each = known_.begin(); each != known_.end();) {
        auto& [pid, known] = *each;
        const bool stays = known.current || (!pids.contains(pid) && may_come_back(pid, known, now_ns));
        if (stays)
            pids.insert(pid);
        each = stays ? std::next(each) : known_.erase(each);
    }
    generations_.keep(pids);
    return discovered(now_ns);
}

void LimitScanner::look_at(Group group, std::uint64_t now_ns)
{
    Instance& instance = group.instance;
    Known& known = known_[instance.main.pid];
    known.current = true;
    const std::string signature = signature_of(*group.product, instance);
    if (known.first_seen_ns == 0)
        known.first_seen_ns = now_ns;
    const bool young = now_ns < known.first_seen_ns + kYoungNs;
    const bool same = signature == known.signature && !files_changed(instance.main.pid, known);
    if (same && now_ns < known.next_look_ns)
        return;
    std::vector<std::uint32_t> pids = {instance.main.pid};
    for (const RunningProcess& child : instance.children)
        if (pids.size() <= kMostChildrenLookedAt)
            pids.push_back(child.pid);
    instance.listening = enrich::listening_sockets(proc_, pids);
    if (instance.listening.empty() && may_come_back(instance.main.pid, known, now_ns))
        return;
    known.missing_since_ns = 0;
    if (instance.listening.empty()) { // not up yet, or one that only checks or signals: it has no slots
        const std::uint64_t first_seen_ns = known.first_seen_ns;
        known = Known();
        known.first_seen_ns = first_seen_ns;
        known.children = children_of(instance.main.pid);
        known.signature = signature;
        known.next_look_ns = young ? 0 : now_ns + kLookAgainYoungNs;
        known.current = true;
        if (hides_its_sockets(proc_, instance.main.pid))
            known.findings.not_understood.push_back(
                {std::string(group.product->name), "process " + std::to_string(instance.main.pid), "",
                 "which sockets it has may not be looked at (CAP_DAC_READ_SEARCH)"});
        return;
    }
    known.children = children_of(instance.main.pid);
    // Workers that are told to go may not have begun to when the new ones come.
    const bool may_leave = group.product->leavers_stop_listening && signature != known.signature;
    known.next_look_ns = now_ns + (may_leave ? kLookAgainLeavingNs
                                   : young   ? kLookAgainYoungNs
                                             : kLookAgainNs);
    known.signature = signature;
    mark_leavers(*group.product, instance);
    read(group, known, now_ns);
}

bool LimitScanner::files_changed(std::uint32_t pid, const Known& known) const
{
    if (known.files.empty() || known.instance.main.pid != pid)
        return false;
    Fd root = root_of(known.instance.main);
    if (!root)
        return false;
    const limits::Files files(std::move(root), known.instance.working_directory);
    return std::any_of(known.files.begin(), known.files.end(),
                       [&](const auto& each) { return files.stamp(each.first) != each.second; });
}

void LimitScanner::read(const Group& group, Known& known, std::uint64_t now_ns)
{
    Instance instance = group.instance;
    const std::uint32_t pid = instance.main.pid;
    instance.working_directory = enrich::working_directory_of(proc_, pid);
    instance.most_open_files = enrich::most_open_files_of(proc_, pid);
    if (group.product->needs_environment)
        instance.environment = enrich::environment_of(proc_, pid);
    limits::Findings findings;
    if (Fd root = root_of(instance.main)) {
        limits::Files files(std::move(root), instance.working_directory, {}, read_for(instance.main));
        lookups_ns_ = 0;
        std::optional<std::string> hosts; // read once, however many names there are
        const limits::Resolve by_name = [&](const std::string& host) {
            if (!hosts) {
                auto content = files.read("/etc/hosts");
                hosts = content ? std::move(content).value() : "";
            }
            return resolve(*hosts, pid, host, now_ns);
        };
        limits::Reading reading{instance, files, by_name};
        findings = limits::read_limits(*group.product, reading);
        bound_what_is_kept(*group.product, known, findings);
        known.files = files.seen();
        known.own_files = files.made_by_product();
    } else {
        findings.not_understood.push_back({std::string(group.product->name), "process " + std::to_string(pid),
                                           "", "its root directory cannot be opened (CAP_SYS_PTRACE)"});
    }
    judge_age(group, {findings.workers, known.findings.workers}, known, std::move(findings));
    known.product = group.product;
    known.instance = std::move(instance);
}

// What was read before holds until the product reads it again.
void LimitScanner::keep_until_reload(const limits::Product& product, const std::string& changed_file,
                                     Known& known)
{
    const std::string name(product.name);
    const NotUnderstood pending = {
        name, changed_file, "",
        "changed since " + name + " has read it: not in force before " +
            (product.takes == limits::Takes::at_start ? "it is restarted" : "it is reloaded")};
    auto& list = known.findings.not_understood;
    if (std::find(list.begin(), list.end(), pending) == list.end())
        list.push_back(pending);
}

// Of a product that takes its files at a reload only, what is written now may be what comes next.
void LimitScanner::judge_age(const Group& group, const limits::WorkerCounts& counts, Known& known,
                             limits::Findings findings) const
{
    const RunningProcess& main = group.instance.main;
    const auto loaded = known.load.of(*group.product, group.instance, counts, since_epoch_ns());
    const auto with = limits::loaded_with(*group.product, group.instance, counts);
    Change changed = changed_after(known.files, known.own_files, loaded ? loaded->from_ns : main.started_ns,
                                   with ? with->started_ns : 0);
    // Its first workers are no reload, whether one of them was seen before or its main process alone.
    const auto from_start = [&](const std::optional<Loaded>& each) {
        return each && each->from_ns == main.started_ns;
    };
    const bool same = known.loaded == loaded || (from_start(known.loaded) && from_start(loaded));
    bool keeps = loaded && same && changed.at_ns > loaded->until_ns + kClockSlackNs;
    bool since_is_known = loaded && loaded->from_ns == loaded->until_ns;
    if (findings.not_loaded) { // it tells itself
        keeps = !findings.not_loaded->empty() && known.findings.not_loaded == "";
        since_is_known = true;
        changed.file = *findings.not_loaded;
    }
    known.loaded = loaded;
    if (changed.file.empty()) {
        known.findings = std::move(findings);
        return;
    }
    // One that was changed before the workers began may be what they have.
    if (keeps)
        return keep_until_reload(*group.product, changed.file, known);
    for (Limit& limit : findings.limits) {
        limit.origin.certainty = Certainty::unsure;
        limit.origin.doubt = changed.file + " was changed after the process had started" +
                             (since_is_known ? "" : "; whether it was reloaded since cannot be seen");
        if (findings.not_loaded)
            limit.origin.doubt = "it does not run with " + changed.file + " as it is now";
    }
    known.findings = std::move(findings);
}

// What cannot be told is nobody in particular, who may read what all may.
limits::ReadFor LimitScanner::read_for(const RunningProcess& process) const
{
    auto found = enrich::credentials_of(proc_, process.pid, process.started_ticks);
    if (!found)
        return {UINT32_MAX, UINT32_MAX, {}};
    return {found->uid, found->gid, std::move(found->groups)};
}

bool LimitScanner::shares_our_files(std::uint32_t pid) const
{
    const std::string own = link_target(proc_ + "/self/ns/mnt");
    return !own.empty() && own == link_target(proc_ + "/" + std::to_string(pid) + "/ns/mnt");
}

// A process that has shut itself in after its start (HAProxy's chroot) was configured from outside.
Fd LimitScanner::root_of(const RunningProcess& process) const
{
    std::string path = proc_ + "/" + std::to_string(process.pid) + "/root";
    if (shares_our_files(process.pid)) {
        const std::string root = link_target(path);
        if (root != "/" && !process.executable.starts_with(root + "/"))
            path = "/";
    }
    return Fd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

} // namespace slotscope::daemon
