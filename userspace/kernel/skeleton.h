// SPDX-License-Identifier: MIT
// The BPF object, owned. Internal to kernel/: nobody else sees libbpf.
#pragma once

#include "base/result.h"
#include "kernel/session.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct slotscope_bpf;

namespace slotscope::kernel {

struct SkeletonDeleter {
    void operator()(slotscope_bpf* skeleton) const;
};
using Skeleton = std::unique_ptr<slotscope_bpf, SkeletonDeleter>;

struct LinkDeleter {
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, LinkDeleter>;

// Opens the object, sets the sizes of its tables, and turns on exactly the named programs; then loads it.
Result<Skeleton> load_skeleton(const TableSizes& sizes, const std::vector<std::string>& programs);

bpf_object* object_of(const Skeleton& skeleton);
bpf_program* program_of(const Skeleton& skeleton, std::string_view name);

// libbpf's own lines go to our log at debug level from here on.
void route_libbpf_log();

} // namespace slotscope::kernel
