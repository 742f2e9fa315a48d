// SPDX-License-Identifier: MIT
#include "kernel/session.h"

#include "base/clock.h"
#include "kernel/attach_plan.h"
#include "kernel/mapped_array.h"
#include "kernel/program_statistics.h"
#include "kernel/skeleton.h"
#include "kernel/walk.h"
#include "slotscope.skel.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <spdlog/spdlog.h>

namespace slotscope::kernel {
namespace {

// Mapped to begin with, and with each growth.
constexpr std::uint32_t kFirstBackends = 256;

constexpr std::string_view kUnixWalk = "walk_unix"; // a hook of the table that is run, not waited for

// What programs remember of where an address leads is no longer true.
void void_hints(ss_control& control)
{
    __atomic_fetch_add(&control.index_generation, 1, __ATOMIC_SEQ_CST);
}

std::uint64_t tick_ns()
{
    timespec tick{};
    ::clock_getres(CLOCK_MONOTONIC_COARSE, &tick); // the coarse clock moves with each tick
    return static_cast<std::uint64_t>(tick.tv_nsec);
}

std::vector<HookStatus> describe(const Plan& plan)
{
    std::vector<HookStatus> hooks;
    for (const Choice& choice : plan) {
        HookStatus status;
        status.signal = choice.signal->name;
        status.variant = choice.variant ? choice.variant->name : "none";
        status.gap = choice.variant ? choice.variant->gap : choice.signal->none;
        hooks.push_back(std::move(status));
    }
    return hooks;
}

bool has_unix_ends(const Plan& plan)
{
    return std::any_of(plan.begin(), plan.end(), [](const Choice& choice) {
        return choice.signal->name == "unix_end" && choice.variant && choice.variant->gap.empty();
    });
}

} // namespace

struct Session::State {
    struct RingDeleter {
        void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
    };

    TableSizes sizes;
    Skeleton skeleton;
    MappedArray connections;
    MappedArray backends;
    MappedArray control;
    std::unique_ptr<ring_buffer, RingDeleter> ring;
    std::function<void(std::span<const std::byte>)> consumer;
    Link tcp_iterator;
    Link file_iterator;
    Link unix_iterator; // null: Unix sockets are not followed
    std::vector<HookStatus> hooks;
    std::vector<Link> links; // last: the programs are detached before what they use goes

    static Result<std::unique_ptr<State>> make(const TableSizes& sizes, const Plan& plan,
                                               std::string& refused);
    static int on_record(void* context, void* data, std::size_t size);
    Result<void> map_tables();
    Result<void> fill_free_backends();
    Result<void> open_ring();
    Result<void> attach(const std::vector<std::string>& programs, std::string& refused);
};

int Session::State::on_record(void* context, void* data, std::size_t size)
{
    const auto* state = static_cast<const State*>(context);
    state->consumer({static_cast<const std::byte*>(data), size});
    return 0;
}

Result<void> Session::State::map_tables()
{
    const std::uint32_t buckets = bpf_map__max_entries(skeleton->maps.connections);
    auto mapped =
        MappedArray::map(bpf_map__fd(skeleton->maps.connections), sizeof(ss_bucket), buckets, buckets, false);
    if (!mapped)
        return mapped.error();
    connections = std::move(mapped).value();
    mapped = MappedArray::map(bpf_map__fd(skeleton->maps.backends), sizeof(ss_backend), kFirstBackends,
                              sizes.backends, true);
    if (!mapped)
        return mapped.error();
    backends = std::move(mapped).value();
    mapped = MappedArray::map(bpf_map__fd(skeleton->maps.control), sizeof(ss_control), 1, 1, true);
    if (!mapped)
        return mapped.error();
    control = std::move(mapped).value();
    control.as<ss_control>()[0].tick_ns = tick_ns();
    return {};
}

// Record 0 is `other` and is never free.
Result<void> Session::State::fill_free_backends()
{
    backends.as<ss_backend>()[SS_BACKEND_OTHER].created_ns = monotonic_ns();
    for (std::uint32_t index = sizes.backends - 1; index > SS_BACKEND_OTHER; --index)
        if (bpf_map_update_elem(bpf_map__fd(skeleton->maps.free_backends), nullptr, &index, 0) != 0)
            return system_error("cannot fill the list of free backends", errno);
    return {};
}

// Record 0 is none.

Result<void> Session::State::open_ring()
{
    ring.reset(ring_buffer__new(bpf_map__fd(skeleton->maps.events), &State::on_record, this, nullptr));
    if (!ring)
        return system_error("cannot open the ring buffer", errno);
    return {};
}

Result<void> Session::State::attach(const std::vector<std::string>& programs, std::string& refused)
{
    tcp_iterator.reset(bpf_program__attach_iter(skeleton->progs.walk_tcp, nullptr));
    if (!tcp_iterator)
        return system_error("cannot attach the iterator over TCP sockets", errno);
    file_iterator.reset(bpf_program__attach_iter(skeleton->progs.walk_files, nullptr));
    if (!file_iterator)
        return system_error("cannot attach the iterator over open files", errno);
    for (const std::string& name : programs) {
        Link link(bpf_program__attach(program_of(skeleton, name)));
        if (!link) {
            refused = name;
            return system_error("cannot attach " + name, errno);
        }
        (name == kUnixWalk ? unix_iterator : links.emplace_back()) = std::move(link);
    }
    return {};
}

Session::Session(std::unique_ptr<State> state)
    : state_(std::move(state))
{
}

Session::~Session() = default;

// Attaches a plan. `refused` is the program that loaded and did not attach, where it was that.
Result<std::unique_ptr<Session::State>> Session::State::make(const TableSizes& sizes, const Plan& plan,
                                                             std::string& refused)
{
    const std::vector<std::string> hooks = programs_of(plan);
    std::vector<std::string> programs = hooks;
    programs.insert(programs.end(), {"walk_tcp", "walk_files", "sweep", "sweep_unix", "read_clocks"});
    auto skeleton = load_skeleton(sizes, programs);
    if (!skeleton)
        return skeleton.error();

    auto state = std::make_unique<State>();
    state->sizes = sizes;
    state->skeleton = std::move(skeleton).value();
    state->hooks = describe(plan);
    if (auto result = state->map_tables(); !result)
        return result.error();
    if (auto result = state->fill_free_backends(); !result)
        return result.error();
    if (auto result = state->open_ring(); !result)
        return result.error();
    if (auto result = state->attach(hooks, refused); !result)
        return result.error();
    state->control.as<ss_control>()[0].unix_ends_seen = has_unix_ends(plan);
    return state;
}

Result<std::unique_ptr<Session>> Session::open(const SessionOptions& options)
{
    route_libbpf_log();
    Unattachable unattachable;
    Proof proof = Proof::trampolines;
    for (;;) {
        auto plan = make_plan(options.forced_hooks, unattachable, proof);
        if (!plan)
            return plan.error();
        std::string refused;
        auto state = State::make(options.sizes, *plan, refused);
        if (state)
            return std::unique_ptr<Session>(new Session(std::move(state).value()));
        if (refused.empty() && proof == Proof::trampolines)
            proof = Proof::each; // one that was not proven may be to blame
        else if (refused.empty() || !unattachable.insert(refused).second)
            return state.error();
        spdlog::debug("{}: the next best variant is tried", state.error().message);
    }
}

std::span<const ss_bucket> Session::connections() const
{
    return state_->connections.as<const ss_bucket>();
}

std::span<ss_backend> Session::backends() const
{
    const std::uint64_t highest = __atomic_load_n(&control().highest_backend, __ATOMIC_ACQUIRE);
    if (highest >= state_->backends.size())
        if (auto result = state_->backends.grow(highest + kFirstBackends); !result)
            spdlog::error("backends beyond the first {} are not shown: {}", state_->backends.size(),
                          result.error().message);
    return state_->backends.as<ss_backend>();
}

std::uint32_t Session::most_backends() const
{
    return state_->sizes.backends;
}

ss_control& Session::control() const
{
    return state_->control.as<ss_control>()[0];
}

int Session::events_fd() const
{
    return ring_buffer__epoll_fd(state_->ring.get());
}

Result<void> Session::consume_events(const std::function<void(std::span<const std::byte>)>& consumer)
{
    state_->consumer = consumer;
    const int count = ring_buffer__consume(state_->ring.get());
    state_->consumer = nullptr;
    if (count < 0)
        return system_error("cannot read the ring buffer", -count);
    return {};
}

Result<void> Session::set_member(const ss_member_key& key, const ss_member& member)
{
    if (bpf_map_update_elem(bpf_map__fd(state_->skeleton->maps.members), &key, &member, BPF_ANY) != 0)
        return system_error("cannot tell the kernel side of a limit", errno);
    return {};
}

Result<void> Session::remove_member(const ss_member_key& key)
{
    if (bpf_map_delete_elem(bpf_map__fd(state_->skeleton->maps.members), &key) != 0 && errno != ENOENT)
        return system_error("cannot take a limit back from the kernel side", errno);
    return {};
}

Result<std::vector<std::pair<ss_backend_key, std::uint32_t>>> Session::backend_index() const
{
    const int fd = bpf_map__fd(state_->skeleton->maps.backend_index);
    std::vector<std::pair<ss_backend_key, std::uint32_t>> entries;
    ss_backend_key key{};
    const ss_backend_key* previous = nullptr;
    ss_backend_key next{};
    while (bpf_map_get_next_key(fd, previous, &next) == 0) {
        std::uint32_t index = 0;
        if (bpf_map_lookup_elem(fd, &next, &index) == 0)
            entries.emplace_back(next, index);
        key = next;
        previous = &key;
        if (entries.size() > std::size_t{state_->sizes.backends} * 2)
            break; // a key that was deleted meanwhile starts the walk over; the map cannot hold more than
                   // this
    }
    return entries;
}

Result<void> Session::remove_backend_key(const ss_backend_key& key)
{
    if (bpf_map_delete_elem(bpf_map__fd(state_->skeleton->maps.backend_index), &key) != 0 && errno != ENOENT)
        return system_error("cannot remove the address of a backend", errno);
    void_hints(control());
    return {};
}

Result<void> Session::restore_backend_key(const ss_backend_key& key, std::uint32_t index)
{
    if (bpf_map_update_elem(bpf_map__fd(state_->skeleton->maps.backend_index), &key, &index, BPF_NOEXIST) !=
            0 &&
        errno != EEXIST)
        return system_error("cannot restore the address of a backend", errno);
    void_hints(control());
    return {};
}

Result<void> Session::give_back_backend(std::uint32_t index)
{
    if (bpf_map_update_elem(bpf_map__fd(state_->skeleton->maps.free_backends), nullptr, &index, 0) != 0)
        return system_error("cannot free the record of a backend", errno);
    return {};
}

std::optional<ss_request_head> Session::request_head(std::uint64_t cookie) const
{
    if (state_->sizes.request_heads == 0)
        return std::nullopt;
    const auto place = static_cast<std::uint32_t>(cookie) & (state_->sizes.request_heads - 1);
    ss_request_head head{};
    if (bpf_map_lookup_elem(bpf_map__fd(state_->skeleton->maps.request_heads), &place, &head) != 0)
        return std::nullopt;
    return head;
}

std::optional<ss_http2_named> Session::http2_name(std::uint32_t stream) const
{
    const std::uint32_t names = http2_names(state_->sizes);
    if (names == 0)
        return std::nullopt;
    const std::uint32_t place = stream & (names - 1);
    ss_http2_named name{};
    if (bpf_map_lookup_elem(bpf_map__fd(state_->skeleton->maps.http2_names), &place, &name) != 0)
        return std::nullopt;
    return name;
}

Result<WalkResult> Session::walk_sockets(std::span<const WalkTarget> targets)
{
    ss_control& ctl = control();
    const std::uint64_t before = __atomic_load_n(&ctl.walked, __ATOMIC_RELAXED);
    auto result = walk_namespaces(bpf_link__fd(state_->tcp_iterator.get()), targets);
    if (result)
        result->sockets = __atomic_load_n(&ctl.walked, __ATOMIC_RELAXED) - before;
    return result;
}

Result<void> Session::walk_files()
{
    return run_iterator(bpf_link__fd(state_->file_iterator.get()));
}

Result<bool> Session::remove_vanished(std::uint64_t cookie)
{
    LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &cookie, .ctx_size_in = sizeof(cookie));
    if (bpf_prog_test_run_opts(bpf_program__fd(state_->skeleton->progs.sweep), &run) != 0)
        return system_error("cannot remove a vanished connection", errno);
    return run.retval == 1;
}

Result<WalkResult> Session::walk_unix_sockets(std::span<const WalkTarget> targets)
{
    ss_control& ctl = control();
    const std::uint64_t before = __atomic_load_n(&ctl.unix_walked, __ATOMIC_RELAXED);
    auto result = walk_namespaces(bpf_link__fd(state_->unix_iterator.get()), targets);
    if (result)
        result->sockets = __atomic_load_n(&ctl.unix_walked, __ATOMIC_RELAXED) - before;
    return result;
}

Result<bool> Session::remove_vanished_unix(std::uint64_t cookie)
{
    LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &cookie, .ctx_size_in = sizeof(cookie));
    if (bpf_prog_test_run_opts(bpf_program__fd(state_->skeleton->progs.sweep_unix), &run) != 0)
        return system_error("cannot remove a vanished Unix connection", errno);
    return run.retval == 1;
}

bool Session::follows_unix() const
{
    return state_->unix_iterator != nullptr;
}

bool Session::sees_unix_ends() const
{
    return control().unix_ends_seen != 0;
}

std::optional<std::string> Session::unix_path(const std::array<std::uint8_t, 16>& ip) const
{
    ss_unix_name name{};
    if (bpf_map_lookup_elem(bpf_map__fd(state_->skeleton->maps.unix_names), ip.data(), &name) != 0)
        return std::nullopt;
    std::string text(SS_UNIX_PATH_BYTES, '\0');
    std::memcpy(text.data(), name.path.words, text.size());
    text.resize(text.find_last_not_of('\0') + 1);
    std::replace(text.begin(), text.end(), '\0', '@'); // in an abstract name, as /proc/net/unix shows it
    return text;
}

void Session::forget_unix_path(const ss_backend_key& key)
{
    bpf_map_delete_elem(bpf_map__fd(state_->skeleton->maps.unix_names), key.ip); // there may be none
}

Result<Session::Clocks> Session::clocks() const
{
    ss_clocks clocks{};
    // A program of this type gets its context back in place; the kernel refuses a separate one.
    LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &clocks, .ctx_size_in = sizeof(clocks));
    if (bpf_prog_test_run_opts(bpf_program__fd(state_->skeleton->progs.read_clocks), &run) != 0)
        return system_error("cannot read the kernel's clocks", errno);
    return Clocks{clocks.now_ns, clocks.now_ticks, tick_ns()};
}

const std::vector<HookStatus>& Session::hooks() const
{
    return state_->hooks;
}

std::vector<ProgramStatus> Session::programs() const
{
    return program_statistics(object_of(state_->skeleton));
}

std::uint64_t Session::kernel_memory_bytes() const
{
    return state_->connections.most_bytes() + state_->backends.most_bytes() +
           std::uint64_t{state_->sizes.request_heads} * sizeof(ss_request_head) +
           std::uint64_t{http2_names(state_->sizes)} * sizeof(ss_http2_named);
}

} // namespace slotscope::kernel
