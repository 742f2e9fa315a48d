// SPDX-License-Identifier: MIT
// What the running kernel's type information names. Cheaper than loading a program that would be refused.
#pragma once

#include <string>
#include <string_view>

struct btf;

namespace slotscope::kernel {

class KernelBtf {
  public:
    KernelBtf(); // without type information: nothing is there
    ~KernelBtf();
    KernelBtf(const KernelBtf&) = delete;
    KernelBtf& operator=(const KernelBtf&) = delete;

    // A tracepoint that programs can attach to by its types ("tp_btf").
    bool has_tracepoint(std::string_view name) const;
    bool has_function(std::string_view name) const;

  private:
    btf* types_ = nullptr;
};

} // namespace slotscope::kernel
