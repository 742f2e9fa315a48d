// SPDX-License-Identifier: MIT
#include "cpu_group.h"

#include "harness/process.h"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace slotscope::scenarios {
namespace {

constexpr int kPeriod_us = 100'000;

bool put(const std::string& path, const std::string& text)
{
    std::ofstream file(path);
    file << text << std::flush;
    return file.good();
}

void must_put(const std::string& path, const std::string& text)
{
    if (!put(path, text))
        throw std::runtime_error("cannot write " + text + " to " + path);
}

} // namespace

std::unique_ptr<CpuGroup> CpuGroup::make(const std::string& name)
{
    const std::string unified = "/sys/fs/cgroup";
    for (const char* const top : {"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"})
        if (::access((std::string(top) + "/cpu.cfs_quota_us").c_str(), F_OK) == 0 &&
            ::mkdir((std::string(top) + "/" + name).c_str(), 0755) == 0)
            return std::unique_ptr<CpuGroup>(new CpuGroup(name, top, false));
    put(unified + "/cgroup.subtree_control", "+cpu");
    if (live::read_file(unified + "/cgroup.subtree_control").find("cpu") != std::string::npos &&
        ::mkdir((unified + "/" + name).c_str(), 0755) == 0)
        return std::unique_ptr<CpuGroup>(new CpuGroup(name, unified, true));
    return nullptr;
}

CpuGroup::CpuGroup(std::string name, std::string top, bool version_two)
    : name_(std::move(name))
    , top_(std::move(top))
    , version_two_(version_two)
{
}

CpuGroup::~CpuGroup()
{
    std::istringstream pids(live::read_file(path() + "/cgroup.procs"));
    for (std::string pid; std::getline(pids, pid);)
        put(top_ + "/cgroup.procs", pid);
    ::rmdir(path().c_str());
}

void CpuGroup::may_use(double cores) const
{
    const std::string quota = std::to_string(static_cast<int>(cores * kPeriod_us));
    if (version_two_)
        must_put(path() + "/cpu.max", quota + " " + std::to_string(kPeriod_us));
    else
        must_put(path() + "/cpu.cfs_quota_us", quota);
}

void CpuGroup::take(pid_t pid) const
{
    must_put(path() + "/cgroup.procs", std::to_string(pid));
    const std::string number = std::to_string(pid);
    std::istringstream children(live::read_file("/proc/" + number + "/task/" + number + "/children"));
    for (pid_t child = 0; children >> child;)
        take(child);
}

} // namespace slotscope::scenarios
