// SPDX-License-Identifier: MIT
#include "kernel/program_statistics.h"

#include "base/clock.h"

#include <bpf/bpf.h>

namespace slotscope::kernel {

std::vector<ProgramStatus> program_statistics(bpf_object* object)
{
    std::vector<ProgramStatus> programs;
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object)
    {
        const int fd = bpf_program__fd(program);
        bpf_prog_info info{};
        __u32 length = sizeof(info);
        if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &length) != 0)
            continue; // not part of the plan
        ProgramStatus status;
        status.name = bpf_program__name(program);
        status.runs = info.run_cnt;
        status.run_seconds = seconds_of(info.run_time_ns);
        status.recursion_misses = info.recursion_misses;
        programs.push_back(std::move(status));
    }
    return programs;
}

} // namespace slotscope::kernel
