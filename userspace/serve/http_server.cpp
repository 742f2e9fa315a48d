// SPDX-License-Identifier: MIT
#include "serve/http_server.h"

#include "serve/http_session.h"
#include "serve/server_core.h"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <sys/socket.h>

namespace slotscope::serve {
namespace {

using boost::system::error_code;

// A place among the clients, given back when its last owner is gone.
std::shared_ptr<void> take_place(const std::shared_ptr<std::size_t>& count)
{
    ++*count;
    return {nullptr, [count](void*) { --*count; }};
}

int family_of(int socket)
{
    int family = AF_UNIX;
    socklen_t size = sizeof(family);
    ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size);
    return family;
}

// Of a client that left before it was accepted, or a signal: nothing of ours is wrong.
bool is_passing(int error)
{
    return error == EINTR || error == ECONNABORTED || error == EPROTO;
}

} // namespace

ServerCore::ServerCore(boost::asio::io_context& loop, Fd listening, std::string name, Handler handler,
                       HttpLimits limits)
    : loop_(loop)
    , listening_(loop, listening.release())
    , timer_(loop)
    , name_(std::move(name))
    , handler_(std::move(handler))
    , limits_(limits)
{
}

void ServerCore::start()
{
    wait();
}

void ServerCore::close()
{
    open_ = false;
    error_code ignored;
    listening_.close(ignored);
    timer_.cancel();
    const auto sessions = std::exchange(sessions_, {});
    for (HttpSession* session : sessions)
        session->close();
    handler_ = nullptr;
}

Reply ServerCore::ask(const Target& target)
{
    try {
        return handler_(target);
    } catch (const std::exception& failure) {
        spdlog::error("{}: no answer to {}: {}", name_, target.path, failure.what());
        return error_reply(kFailed, std::string("the agent could not answer: ") + failure.what());
    }
}

bool ServerCore::keep_reply(const Reply& reply)
{
    const std::string* const shared = reply.shared_body.get();
    const std::size_t size_bytes = shared_.contains(shared) ? 0 : reply.text().size();
    while (size_bytes > limits_.small_reply_bytes && reply_bytes_ + size_bytes > limits_.reply_bytes)
        if (!one_gives_way(true))
            return false;
    reply_bytes_ += size_bytes;
    if (shared != nullptr)
        ++shared_[shared];
    return true;
}

void ServerCore::release_reply(const Reply& reply)
{
    const auto shared = shared_.find(reply.shared_body.get());
    if (shared != shared_.end() && --shared->second > 0)
        return;
    reply_bytes_ -= reply.text().size();
    if (shared != shared_.end())
        shared_.erase(shared);
}

void ServerCore::wait()
{
    listening_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                          [self = shared_from_this()](error_code error) {
                              if (self->open_ && !error)
                                  self->accept_waiting();
                          });
}

void ServerCore::accept_waiting()
{
    constexpr int kMostAtOnce = 16; // so that a flood of clients does not keep the loop from its other work
    for (int i = 0; i < kMostAtOnce; ++i) {
        Fd client(::accept4(listening_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (client) {
            accept_fails_ = false;
            admit(std::move(client));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else if (!is_passing(errno)) {
            return pause(errno);
        }
    }
    wait();
}

// The one that has got no further for the longest time; false: there is none that may be closed.
bool ServerCore::one_gives_way(bool for_its_reply)
{
    if (!limits_.newcomers_first)
        return false;
    const auto now = std::chrono::steady_clock::now();
    HttpSession* longest = nullptr;
    for (HttpSession* session : sessions_)
        if (session->may_give_way(now) && (!for_its_reply || session->keeps_reply()) &&
            (longest == nullptr || session->step_began() < longest->step_began()))
            longest = session;
    if (longest == nullptr)
        return false;
    spdlog::debug("{}: a client gives way to one that came later", name_);
    longest->close();
    return true;
}

void ServerCore::admit(Fd client)
{
    const bool has_place = *clients_ < limits_.clients || one_gives_way(false);
    // One that is refused is told so, but those who are being told are bounded as well.
    if (!has_place && *refused_ >= limits_.clients)
        return;
    const boost::asio::generic::stream_protocol protocol(family_of(client.get()), 0);
    Stream stream(loop_, protocol, client.get());
    client.release();
    const auto session = std::make_shared<HttpSession>(
        TakenConnection{std::move(stream), take_place(has_place ? clients_ : refused_)}, shared_from_this());
    if (has_place)
        session->start();
    else
        session->refuse();
}

// Out of descriptors or memory the client stays in the queue, so waiting for it again would spin.
void ServerCore::pause(int error)
{
    if (!accept_fails_)
        spdlog::warn("{}: clients cannot be accepted ({}); trying again every second", name_,
                     error_code(error, boost::system::system_category()).message());
    accept_fails_ = true;
    timer_.expires_after(limits_.accept_pause);
    timer_.async_wait([self = shared_from_this()](error_code cancelled) {
        if (self->open_ && !cancelled)
            self->accept_waiting();
    });
}

HttpServer::HttpServer(boost::asio::io_context& loop, Fd listening, std::string name, Handler handler,
                       HttpLimits limits)
    : core_(std::make_shared<ServerCore>(loop, std::move(listening), std::move(name), std::move(handler),
                                         limits))
{
    core_->start();
}

HttpServer::~HttpServer()
{
    core_->close();
}

std::size_t HttpServer::clients() const
{
    return core_->clients();
}

} // namespace slotscope::serve
