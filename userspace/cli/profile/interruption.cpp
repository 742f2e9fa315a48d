// SPDX-License-Identifier: MIT
#include "cli/profile/interruption.h"

#include <poll.h>
#include <sys/signalfd.h>

namespace slotscope::cli::profile {

Interruption::Interruption()
{
    sigset_t wanted;
    ::sigemptyset(&wanted);
    ::sigaddset(&wanted, SIGINT);
    ::sigaddset(&wanted, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &wanted, &before_);
    signals_ = Fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
}

Interruption::~Interruption()
{
    while (within(std::chrono::milliseconds(0))) // timeout(1) sends two, some people more
        ;
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool Interruption::within(std::chrono::milliseconds time)
{
    pollfd signals{signals_.get(), POLLIN, 0};
    if (::poll(&signals, 1, static_cast<int>(time.count())) != 1)
        return false;
    signalfd_siginfo which{};
    return ::read(signals_.get(), &which, sizeof(which)) == sizeof(which);
}

} // namespace slotscope::cli::profile
