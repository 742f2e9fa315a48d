// SPDX-License-Identifier: MIT
#include "load.h"

#include "harness/sock.h"

#include <algorithm>
#include <fcntl.h>
#include <poll.h>

namespace slotscope::scenarios {
namespace {

constexpr std::size_t kMostClients = 1000;
constexpr int kTickMilliseconds = 2;
constexpr int kSmallBuffer = 4096; // bytes that a client takes which does not read

double now_seconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string request_for(std::string target, std::uint64_t number)
{
    if (const std::size_t at = target.find("{n}"); at != std::string::npos)
        target.replace(at, 3, std::to_string(1000 + number));
    return "GET " + target + " HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n";
}

} // namespace

struct Load::Client {
    Fd fd;
    std::shared_ptr<Running> running;
    std::string to_send; // empty: sent
    std::string head;    // of the answer, its first bytes
    double began_seconds = 0;
};

Load::Load(const live::Namespace& space, const Address& front)
    : front_(front)
    , thread_([this, netns = space.fd()] { run(netns); })
{
}

Load::~Load()
{
    stop_ = true;
    thread_.join();
}

void Load::becomes(std::vector<Stream> streams)
{
    const std::lock_guard lock(mutex_);
    streams_.clear();
    for (Stream& stream : streams)
        streams_.push_back(std::make_shared<Running>(Running{std::move(stream), now_seconds()}));
}

void Load::burst(const std::string& target, int count)
{
    const std::lock_guard lock(mutex_);
    streams_.push_back(std::make_shared<Running>(Running{{.target = target}, now_seconds(), count}));
}

void Load::run(int netns)
{
    const live::Inside here(netns);
    while (!stop_) {
        begin_due(now_seconds());
        wait_and_serve();
    }
    clients_.clear();
}

void Load::begin_due(double now_seconds)
{
    const std::lock_guard lock(mutex_);
    for (const auto& running : streams_) {
        const Stream& stream = running->stream;
        while (running->under_way < stream.together)
            begin(running);
        for (; running->at_once > 0; --running->at_once)
            begin(running);
        if (stream.per_second <= 0)
            continue;
        for (; running->next_seconds <= now_seconds; begin(running))
            running->next_seconds += std::exponential_distribution<>(stream.per_second)(random_);
    }
}

void Load::begin(const std::shared_ptr<Running>& running)
{
    ++running->under_way;
    if (clients_.size() >= kMostClients) {
        ++refused_;
        return;
    }
    Client client{live::tcp_socket(live::Family::ip4), running, request_for(running->stream.target, begun_++),
                  "", now_seconds()};
    live::set_blocking(client.fd, false);
    if (!running->stream.reads)
        live::set_option(client.fd, SOL_SOCKET, SO_RCVBUF, kSmallBuffer);
    const int error = live::connect_to(client.fd, front_, live::Family::ip4);
    if (error != 0 && error != EINPROGRESS) {
        over(client, false);
        return;
    }
    clients_.push_back(std::move(client));
    under_way_ = clients_.size();
}

void Load::retry(const std::vector<std::shared_ptr<Running>>& those)
{
    const std::lock_guard lock(mutex_);
    for (const auto& each : those)
        if (std::find(streams_.begin(), streams_.end(), each) != streams_.end())
            begin(each);
}

void Load::wait_and_serve()
{
    const double now = now_seconds();
    std::vector<std::shared_ptr<Running>> given_up;
    std::erase_if(clients_, [&](const Client& client) {
        const double patience = client.running->stream.patience_seconds;
        if (patience <= 0 || now < client.began_seconds + patience)
            return false;
        over(client, false);
        given_up.push_back(client.running);
        return true;
    });
    retry(given_up);
    std::vector<pollfd> waits;
    waits.reserve(clients_.size());
    for (const Client& client : clients_) {
        const short wanted = client.running->stream.reads || client.head.empty() ? POLLIN : 0;
        waits.push_back({client.fd.get(), client.to_send.empty() ? wanted : static_cast<short>(POLLOUT), 0});
    }
    ::poll(waits.data(), waits.size(), kTickMilliseconds);
    std::size_t kept = 0;
    for (std::size_t index = 0; index < waits.size(); ++index) {
        if (waits[index].revents != 0 && !serve(clients_[index]))
            continue;
        if (kept != index)
            clients_[kept] = std::move(clients_[index]);
        ++kept;
    }
    clients_.resize(kept);
    under_way_ = kept;
}

bool Load::serve(Client& client)
{
    if (!client.to_send.empty()) {
        const ssize_t sent =
            ::send(client.fd.get(), client.to_send.data(), client.to_send.size(), MSG_NOSIGNAL);
        if (sent > 0)
            client.to_send.erase(0, static_cast<std::size_t>(sent));
        else if (errno != EAGAIN)
            return over(client, false), false;
        return true;
    }
    char part[65536];
    const std::size_t most = client.running->stream.reads ? sizeof(part) : 64;
    const ssize_t count = ::recv(client.fd.get(), part, most, 0);
    if (count < 0 && errno == EAGAIN)
        return true;
    if (count <= 0)
        return over(client, client.head.find(" 200 ") != std::string::npos), false;
    if (client.head.size() < 16)
        client.head.append(part, std::min<std::size_t>(16, static_cast<std::size_t>(count)));
    return true;
}

void Load::over(const Client& client, bool answered)
{
    --client.running->under_way;
    ++(answered ? answered_ : refused_);
}

} // namespace slotscope::scenarios
