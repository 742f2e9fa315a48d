// SPDX-License-Identifier: MIT
#include "harness/uring.h"

#include "harness/check.h"

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace slotscope::live {
namespace {

constexpr unsigned kEntries = 8;

int enter(int fd, unsigned submit, unsigned wait, unsigned flags)
{
    return static_cast<int>(::syscall(SYS_io_uring_enter, fd, submit, wait, flags, nullptr, 0));
}

} // namespace

struct Uring::Rings {
    // Memory that is shared with the kernel.
    class Shared {
      public:
        Shared(int fd, std::size_t bytes, std::uint64_t offset)
            : bytes_(bytes)
            , at_(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
                         static_cast<off_t>(offset)))
        {
            must(at_ == MAP_FAILED ? -1 : 0, "mmap of a ring");
        }
        ~Shared() { ::munmap(at_, bytes_); }
        Shared(const Shared&) = delete;
        Shared& operator=(const Shared&) = delete;

        template <typename T = unsigned>
        T* at(unsigned offset) const
        {
            return reinterpret_cast<T*>(static_cast<char*>(at_) + offset);
        }

      private:
        std::size_t bytes_;
        void* at_;
    };

    Rings(int fd, const io_uring_params& params)
        : submissions(fd, params.sq_off.array + params.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING)
        , completions(fd, params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe), IORING_OFF_CQ_RING)
        , operations(fd, params.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES)
        , offsets(params)
    {
    }

    Shared submissions;
    Shared completions;
    Shared operations;
    io_uring_params offsets;
};

Uring::Uring(Runs how)
    : how_(how)
{
    io_uring_params params{};
    params.flags = how == Runs::in_a_polling_thread ? IORING_SETUP_SQPOLL : 0;
    fd_ = Fd(static_cast<int>(::syscall(SYS_io_uring_setup, kEntries, &params)));
    if (fd_)
        rings_ = std::make_unique<Rings>(fd_.get(), params);
}

Uring::~Uring() = default;

io_uring_sqe* Uring::prepare(unsigned char operation, const Fd& fd, const void* bytes, unsigned size)
{
    const auto& at = rings_->offsets.sq_off;
    const unsigned place = *rings_->submissions.at(at.tail) & *rings_->submissions.at(at.ring_mask);
    rings_->submissions.at(at.array)[place] = place;
    auto* next = rings_->operations.at<io_uring_sqe>(0) + place;
    *next = {};
    next->opcode = operation;
    next->fd = fd.get();
    next->addr = reinterpret_cast<std::uint64_t>(bytes);
    next->len = size;
    next->flags = how_ == Runs::in_a_worker ? IOSQE_ASYNC : 0;
    return next;
}

int Uring::run()
{
    const bool polled = how_ == Runs::in_a_polling_thread;
    unsigned* tail = rings_->submissions.at(rings_->offsets.sq_off.tail);
    __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
    must(enter(fd_.get(), polled ? 0 : 1, 0, polled ? IORING_ENTER_SQ_WAKEUP : 0), "io_uring_enter");
    unsigned flags = 0;
    const int result = wait(flags);
    if (flags & IORING_CQE_F_MORE) // the kernel does not need the memory any more
        wait(flags);
    return result;
}

int Uring::wait(unsigned& flags)
{
    const auto& at = rings_->offsets.cq_off;
    unsigned* head = rings_->completions.at(at.head);
    while (__atomic_load_n(rings_->completions.at(at.tail), __ATOMIC_ACQUIRE) == *head)
        must(enter(fd_.get(), 0, 1, IORING_ENTER_GETEVENTS), "io_uring_enter");
    const io_uring_cqe done =
        rings_->completions.at<io_uring_cqe>(at.cqes)[*head & *rings_->completions.at(at.ring_mask)];
    __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
    flags = done.flags;
    return done.res;
}

int Uring::connect(const Fd& fd, const void* address, unsigned size)
{
    prepare(IORING_OP_CONNECT, fd, address, 0)->off = size;
    return run();
}

int Uring::accept(const Fd& listener)
{
    prepare(IORING_OP_ACCEPT, listener, nullptr, 0)->accept_flags = SOCK_CLOEXEC;
    return run();
}

int Uring::send(const Fd& fd, const void* bytes, unsigned size)
{
    prepare(IORING_OP_SEND, fd, bytes, size);
    return run();
}

int Uring::receive(const Fd& fd, void* bytes, unsigned size)
{
    prepare(IORING_OP_RECV, fd, bytes, size);
    return run();
}

int Uring::send_registered(const Fd& fd, void* bytes, unsigned size)
{
    const iovec memory{bytes, size};
    must(static_cast<int>(::syscall(SYS_io_uring_register, fd_.get(), IORING_REGISTER_BUFFERS, &memory, 1)),
         "register memory");
    prepare(IORING_OP_SEND_ZC, fd, bytes, size)->ioprio = IORING_RECVSEND_FIXED_BUF;
    return run();
}

} // namespace slotscope::live
