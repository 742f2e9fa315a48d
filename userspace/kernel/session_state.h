// SPDX-License-Identifier: MIT
// What a session holds: the programs, the tables that are mapped, and what is attached.
#pragma once

#include "kernel/attach_plan.h"
#include "kernel/mapped_array.h"
#include "kernel/session.h"
#include "kernel/skeleton.h"

#include <bpf/libbpf.h>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace slotscope::kernel {

// Mapped to begin with, and with each growth.
constexpr std::uint32_t kFirstBackends = 256;

// Of the coarse clock, which moves with each tick of the kernel.
std::uint64_t tick_ns();

struct Session::State {
    struct RingDeleter {
        void operator()(ring_buffer* buffer) const { ring_buffer__free(buffer); }
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

} // namespace slotscope::kernel
