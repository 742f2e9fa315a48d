// SPDX-License-Identifier: MIT
// Walks over the sockets that there are, and what has vanished from them.
#include "kernel/session_state.h"

#include "kernel/walk.h"
#include "slotscope.skel.h"

#include <cerrno>

namespace slotscope::kernel {

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

} // namespace slotscope::kernel
