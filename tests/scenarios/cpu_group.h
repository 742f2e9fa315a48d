// SPDX-License-Identifier: MIT
// A control group with a limit of processor time, as that of a container.
#pragma once

#include <memory>
#include <string>
#include <sys/types.h>

namespace slotscope::scenarios {

class CpuGroup {
  public:
    // Where this host has the controller, of either version, and lets this process make one; else null.
    static std::unique_ptr<CpuGroup> make(const std::string& name);

    ~CpuGroup(); // its processes go to the group above
    CpuGroup(const CpuGroup&) = delete;
    CpuGroup& operator=(const CpuGroup&) = delete;

    void may_use(double cores) const;
    void take(pid_t pid) const; // with its children

    const std::string& name() const { return name_; }

  private:
    CpuGroup(std::string name, std::string top, bool version_two);
    std::string path() const { return top_ + "/" + name_; }

    std::string name_;
    std::string top_;
    bool version_two_ = false;
};

} // namespace slotscope::scenarios
