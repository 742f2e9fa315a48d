// SPDX-License-Identifier: MIT
#include "empty_programs.h"

#include "empty.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <unistd.h>

namespace slotscope::bench {
namespace {

constexpr const char* kPrefix = "empty_";
constexpr const char* kNames[] = {"tcp_state", "tcp_destroy", "tcp_receive",
                                  "tcp_send",  "tcp_connect", "tcp_accept"};

int say_nothing(libbpf_print_level /*level*/, const char* /*format*/, va_list /*arguments*/)
{
    return 0; // a place that this kernel does not offer is nothing to tell
}

} // namespace

void EmptyPrograms::Close::operator()(bpf_object* object) const
{
    bpf_object__close(object);
}

void EmptyPrograms::Close::operator()(bpf_link* link) const
{
    bpf_link__destroy(link);
}

EmptyPrograms::EmptyPrograms()
{
    libbpf_set_print(say_nothing);
    for (const char* name : kNames)
        attach(name);
    if (attached_.empty())
        throw std::runtime_error("no program that does nothing could be attached; is this root?");
}

EmptyPrograms::~EmptyPrograms() = default;

void EmptyPrograms::attach(const std::string& name)
{
    std::size_t size = 0;
    const void* bytes = empty_bpf__elf_bytes(&size);
    Attached attached{name, std::unique_ptr<bpf_object, Close>(bpf_object__open_mem(bytes, size, nullptr)),
                      nullptr, -1};
    if (!attached.object)
        throw std::runtime_error("cannot open the embedded BPF object");
    bpf_program* program = bpf_object__find_program_by_name(attached.object.get(), (kPrefix + name).c_str());
    bpf_program__set_autoload(program, true);
    if (bpf_object__load(attached.object.get()) != 0)
        return;
    attached.link.reset(bpf_program__attach(program));
    attached.program = bpf_program__fd(program);
    if (attached.link)
        attached_.push_back(std::move(attached));
}

std::map<std::string, ProgramRuns> EmptyPrograms::runs() const
{
    std::map<std::string, ProgramRuns> runs;
    for (const Attached& attached : attached_) {
        bpf_prog_info info{};
        __u32 size = sizeof(info);
        if (bpf_obj_get_info_by_fd(attached.program, &info, &size) == 0)
            runs[attached.name] = {info.run_cnt, static_cast<double>(info.run_time_ns) / 1e9};
    }
    return runs;
}

RunStatistics::RunStatistics()
    : fd_(bpf_enable_stats(BPF_STATS_RUN_TIME))
{
    if (fd_ < 0)
        throw std::runtime_error(std::string("cannot turn on the kernel's run statistics: ") +
                                 std::strerror(errno));
}

RunStatistics::~RunStatistics()
{
    ::close(fd_);
}

} // namespace slotscope::bench
