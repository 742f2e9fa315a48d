// SPDX-License-Identifier: MIT
// What the kernel and libbpf say while a program is loaded. Internal to kernel/.
#pragma once

#include <bpf/libbpf.h>
#include <string>
#include <string_view>

namespace slotscope::kernel {

// Listens to libbpf for as long as it lives, and passes everything on to who listened before. One at a time.
class KernelWords {
  public:
    KernelWords();
    ~KernelWords();
    KernelWords(const KernelWords&) = delete;
    KernelWords& operator=(const KernelWords&) = delete;

    bool verifier_spoke() const { return verifier_spoke_; }
    const std::string& last() const { return last_; }

  private:
    static int hear(libbpf_print_level level, const char* format, va_list arguments);
    void take(std::string_view text);

    static KernelWords* listening;
    libbpf_print_fn_t before_ = nullptr;
    bool verifier_spoke_ = false;
    std::string last_;
};

// Of a verifier's log, the line that tells why: the last one that is neither a statistic nor a frame.
std::string verdict_of_verifier(std::string_view log);

} // namespace slotscope::kernel
