// SPDX-License-Identifier: MIT
#include "kernel/session.h"

#include "kernel/attach_plan.h"
#include "kernel/program_statistics.h"
#include "kernel/session_state.h"
#include "slotscope.skel.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <spdlog/spdlog.h>

namespace slotscope::kernel {
namespace {

// What programs remember of where an address leads is no longer true.
void void_hints(ss_control& control)
{
    __atomic_fetch_add(&control.index_generation, 1, __ATOMIC_SEQ_CST);
}

} // namespace

Session::Session(std::unique_ptr<State> state)
    : state_(std::move(state))
{
}

Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::open(const SessionOptions& options)
{
    route_libbpf_log();
    Unattachable unattachable = unattachable_trampolines();
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
    if (bpf_map_update_elem(bpf_map__fd(state_->skeleton->maps.members), &key, &member, BPF_ANY) == 0)
        return {};
    if (errno == E2BIG)
        return Error{"the limits have more addresses than there is room for (" +
                         std::to_string(state_->sizes.members) +
                         ", each side counted): give fewer of them, or each for one direction only",
                     E2BIG};
    return system_error("cannot tell the kernel side of a limit", errno);
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
