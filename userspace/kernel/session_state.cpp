// SPDX-License-Identifier: MIT
// From a plan to programs that are attached.
#include "kernel/session_state.h"

#include "base/clock.h"
#include "slotscope.skel.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace slotscope::kernel {
namespace {

constexpr std::string_view kUnixWalk = "walk_unix"; // a hook of the table that is run, not waited for

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

std::uint64_t tick_ns()
{
    timespec tick{};
    ::clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
    return static_cast<std::uint64_t>(tick.tv_nsec);
}

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

} // namespace slotscope::kernel
