// SPDX-License-Identifier: MIT
#include "kernel/skeleton.h"

// Declared here once more for clang-tidy, which believes that a function of a system header frees nothing and
// then finds a leak in the generated code.
extern "C" void bpf_object__destroy_skeleton(bpf_object_skeleton* skeleton);

#include "slotscope.skel.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <slotscope/abi/connection.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace slotscope::kernel {
namespace {

constexpr const char* kKernelBtf = "/sys/kernel/btf/vmlinux";

int log_line(libbpf_print_level level, const char* format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    std::string line(static_cast<std::size_t>(std::max(0, std::vsnprintf(nullptr, 0, format, again))), '\0');
    va_end(again);
    std::vsnprintf(line.data(), line.size() + 1, format, arguments); // the verifier's words can be many
    std::string_view text(line);
    while (!text.empty() && text.back() == '\n')
        text.remove_suffix(1);
    // A refused variant is expected on many hosts; what could not be done is told by our own message.
    if (level == LIBBPF_WARN)
        spdlog::debug("libbpf: {}", text);
    else
        spdlog::trace("libbpf: {}", text);
    return 0;
}

// What every host has, and no operator asks about: the service manager's own, the message bus, desktops.
constexpr std::string_view kLeftOut[] = {"/run/systemd/", "/run/dbus/",      "/var/run/dbus/", "/run/udev/",
                                         "/run/user/",    "/tmp/.X11-unix/", "@/tmp/.X11-unix"};

// Each is two words and their masks.
template <typename Rodata>
void leave_out_plumbing(Rodata& rodata)
{
    constexpr std::size_t kWord = sizeof(rodata.ss_unix_left_out[0]);
    static_assert(std::size(kLeftOut) * 4 <= std::size(decltype(rodata.ss_unix_left_out){}));
    rodata.ss_own_pid = static_cast<std::uint32_t>(::getpid());
    for (std::size_t at = 0; at < std::size(kLeftOut); ++at) {
        auto* const words = reinterpret_cast<std::byte*>(rodata.ss_unix_left_out) + at * 4 * kWord;
        std::memcpy(words, kLeftOut[at].data(), kLeftOut[at].size());
        std::memset(words + 2 * kWord, 0xff, kLeftOut[at].size());
    }
}

Error load_error(int code)
{
    if (code == EPERM)
        return Error{"the kernel refuses to load BPF programs: run slotscoped as root, or with CAP_BPF, "
                     "CAP_PERFMON and "
                     "CAP_SYS_ADMIN; `slotscope doctor` tells what is missing",
                     code};
    if (::access(kKernelBtf, R_OK) != 0)
        return Error{std::string("this kernel has no type information (") + kKernelBtf +
                         " is missing): slotscope needs a kernel built with CONFIG_DEBUG_INFO_BTF=y",
                     ENOENT};
    return system_error("cannot load the BPF programs (`slotscope doctor` tells what this kernel lacks)",
                        code);
}

} // namespace

void SkeletonDeleter::operator()(slotscope_bpf* skeleton) const
{
    slotscope_bpf__destroy(skeleton);
}

bpf_object* object_of(const Skeleton& skeleton)
{
    return skeleton->obj;
}

bpf_program* program_of(const Skeleton& skeleton, std::string_view name)
{
    return bpf_object__find_program_by_name(skeleton->obj, std::string(name).c_str());
}

void route_libbpf_log()
{
    libbpf_set_print(log_line);
}

Result<Skeleton> load_skeleton(const TableSizes& sizes, const std::vector<std::string>& programs)
{
    Skeleton skeleton(slotscope_bpf__open());
    if (!skeleton)
        return system_error("cannot open the embedded BPF object", errno);

    const std::uint32_t buckets = sizes.connections / SS_WAYS;
    const std::uint32_t hot = ss_hot_buckets(buckets);
    skeleton->rodata->ss_hot_mask = hot - 1;
    skeleton->rodata->ss_bucket_mask = buckets - 1;
    const bool keeps_heads = sizes.request_heads != 0;
    skeleton->rodata->ss_request_head_bytes = keeps_heads ? sizes.request_head_bytes : 0;
    skeleton->rodata->ss_request_head_mask = keeps_heads ? sizes.request_heads - 1 : 0;
    bpf_map__set_max_entries(skeleton->maps.request_heads, keeps_heads ? sizes.request_heads : 1);
    leave_out_plumbing(*skeleton->rodata);
    skeleton->rodata->ss_unix_messages =
        std::find(programs.begin(), programs.end(), "unix_message__tp_btf") != programs.end();
    bpf_map__set_max_entries(skeleton->maps.unix_names, sizes.backends);
    bpf_map__set_max_entries(skeleton->maps.connections, hot + buckets);
    bpf_map__set_max_entries(skeleton->maps.dialogues, hot + buckets);
    bpf_map__set_max_entries(skeleton->maps.http2_connections, 1 + http2_connections(sizes));
    skeleton->rodata->ss_http2_records = http2_connections(sizes);
    bpf_map__set_max_entries(skeleton->maps.http2_blocks, keeps_heads ? 1 + http2_connections(sizes) : 1);
    bpf_map__set_max_entries(skeleton->maps.http2_names, keeps_heads ? http2_names(sizes) : 1);
    skeleton->rodata->ss_http2_names_mask = keeps_heads ? http2_names(sizes) - 1 : 0;
    const bool reads_processes =
        std::find(programs.begin(), programs.end(), "tcp_sending__fentry") != programs.end();
    bpf_map__set_max_entries(skeleton->maps.user_messages, reads_processes ? hot + buckets : 1);
    bpf_map__set_max_entries(skeleton->maps.backends, sizes.backends);
    bpf_map__set_max_entries(skeleton->maps.free_backends, sizes.backends);
    bpf_map__set_max_entries(skeleton->maps.backend_index, sizes.backends * 2);
    bpf_map__set_max_entries(skeleton->maps.members, sizes.members);

    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, skeleton->obj)
    {
        const std::string name = bpf_program__name(program);
        bpf_program__set_autoload(program,
                                  std::find(programs.begin(), programs.end(), name) != programs.end());
    }
    if (::access(kKernelBtf, R_OK) != 0)
        return load_error(ENOENT);
    if (const int error = slotscope_bpf__load(skeleton.get()); error != 0)
        return load_error(-error);
    return skeleton;
}

} // namespace slotscope::kernel
