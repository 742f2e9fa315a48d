// SPDX-License-Identifier: MIT
// What a process belongs to, from its control group.
#pragma once

#include <string>
#include <string_view>

namespace slotscope::enrich {

// TEXT is the content of /proc/PID/cgroup: lines HIERARCHY:CONTROLLERS:PATH (cgroups(7)). In this order, of
// the unified hierarchy (0::), then systemd's own (name=systemd), then any other:
//   a container, by the first 12 digits of its id: "docker:0123456789ab", "containerd:", "crio:", "podman:",
//     "lxc:NAME", or "container:" where the path does not say who runs it (a container of Kubernetes without
//     systemd); it goes before a unit, which would be one of the container's own,
//   a pod whose container is not told: "pod:" and its uid,
//   a systemd service ("haproxy.service"), else a scope ("session-3.scope"), the innermost of them.
// Empty where it is none of these. At most 64 bytes.
std::string unit_of(std::string_view text);

} // namespace slotscope::enrich
