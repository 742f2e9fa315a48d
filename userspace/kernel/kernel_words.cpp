// SPDX-License-Identifier: MIT
#include "kernel/kernel_words.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace slotscope::kernel {
namespace {

constexpr std::string_view kLogBegins = "-- BEGIN PROG LOAD LOG --";
constexpr std::string_view kLogEnds = "-- END PROG LOAD LOG --";
constexpr std::size_t kLongest = 300;

// Most are followed by lines that only repeat the failure.
constexpr std::string_view kTells = "failed to find";

} // namespace

KernelWords* KernelWords::listening = nullptr;

KernelWords::KernelWords()
{
    listening = this;
    before_ = libbpf_set_print(hear);
}

KernelWords::~KernelWords()
{
    libbpf_set_print(before_);
    listening = nullptr;
}

int KernelWords::hear(libbpf_print_level level, const char* format, va_list arguments)
{
    if (!listening)
        return 0;
    va_list again;
    va_copy(again, arguments);
    std::string text(static_cast<std::size_t>(std::max(0, std::vsnprintf(nullptr, 0, format, again))), '\0');
    va_end(again);
    va_copy(again, arguments);
    std::vsnprintf(text.data(), text.size() + 1, format, again);
    va_end(again);
    if (level == LIBBPF_WARN)
        listening->take(text);
    return listening->before_ ? listening->before_(level, format, arguments) : 0;
}

void KernelWords::take(std::string_view text)
{
    if (text.find(kLogBegins) != std::string_view::npos) {
        verifier_spoke_ = true;
        last_ = verdict_of_verifier(text);
    } else if (const auto at = text.find(kTells); at != std::string_view::npos && !verifier_spoke_) {
        last_ = text.substr(at, text.find('\n', at) - at);
    }
}

std::string verdict_of_verifier(std::string_view log)
{
    std::string verdict;
    const auto begin = log.find(kLogBegins);
    log = begin == std::string_view::npos ? log : log.substr(begin + kLogBegins.size());
    log = log.substr(0, log.find(kLogEnds));
    while (!log.empty()) {
        const std::string_view line = log.substr(0, log.find('\n'));
        log.remove_prefix(std::min(line.size() + 1, log.size()));
        if (!line.empty() && !line.starts_with("processed ") && !line.starts_with("verification time ") &&
            !line.starts_with("stack depth "))
            verdict = line.substr(0, kLongest);
    }
    return verdict;
}

} // namespace slotscope::kernel
