// SPDX-License-Identifier: MIT
#include "cli/top/fetcher.h"

#include "cli/answer.h"

#include <slotscope/api/contract.h>

#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>

namespace slotscope::cli::top {

namespace {

constexpr std::size_t kMostHolders = 200;                      // more than any screen has lines
constexpr std::size_t kMostNews = 64;                          // while nobody takes them: the oldest go
constexpr std::string_view kNoWhy = "there is no \"/v1/why\""; // so an agent says that does not know the path

// "08:15:30" of "2026-01-31T08:15:30.250Z".
std::string time_of(const Json& answer)
{
    constexpr std::size_t kBegin = 11;
    constexpr std::size_t kSize = 8;
    const auto at = answer.find("at");
    if (at == answer.end() || !at->is_string() || at->get_ref<const std::string&>().size() < kBegin + kSize)
        return {};
    return at->get_ref<const std::string&>().substr(kBegin, kSize);
}

} // namespace

Fetcher::Fetcher(std::string socket, std::chrono::milliseconds period)
    : socket_(std::move(socket))
    , period_(period)
    , news_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
    , thread_([this] { run(); })
{
}

Fetcher::~Fetcher()
{
    {
        const std::lock_guard lock(mutex_);
        ends_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void Fetcher::wish(const Wish& wish)
{
    {
        const std::lock_guard lock(mutex_);
        if (wish_ == wish)
            return;
        wish_ = wish;
        wish_is_new_ = true;
    }
    changed_.notify_all();
}

void Fetcher::deliver(Model& model)
{
    eventfd_t count = 0;
    ::eventfd_read(news_.get(), &count); // none is no error: another look may have taken them
    std::vector<News> news;
    {
        const std::lock_guard lock(mutex_);
        news.swap(waiting_);
    }
    for (const News& each : news)
        each(model);
}

void Fetcher::tell(News news)
{
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= kMostNews)
            waiting_.erase(waiting_.begin());
        waiting_.push_back(std::move(news));
    }
    ::eventfd_write(news_.get(), 1); // it cannot fail before 2^64 of them
}

// Backends once in a period; the selected one's holders with them, and at once when another is selected.
void Fetcher::run()
{
    const Client client(socket_, kPatience);
    auto next = std::chrono::steady_clock::now();
    std::unique_lock lock(mutex_);
    while (!ends_) {
        const Wish wish = wish_;
        wish_is_new_ = false;
        lock.unlock();
        const bool due = std::chrono::steady_clock::now() >= next;
        if (due) {
            next = std::chrono::steady_clock::now() + period_;
            fetch_backends(client);
        }
        if (!wish.backend.empty()) {
            fetch_selected(client, wish);
            fetch_verdict(client, wish);
        }
        lock.lock();
        changed_.wait_until(lock, next, [this] { return ends_ || wish_is_new_; });
    }
}

void Fetcher::fetch_backends(const Client& client)
{
    const Result<Json> answer = ask(client, std::string(api::kBackendsPath), api::kBackendsSchema);
    Result<Backends> backends = answer ? read_backends(*answer) : answer.error();
    if (!backends) {
        no_verdicts_ = false; // another agent may answer next
        tell([error = backends.error()](Model& model) { model.lost(error); });
        return;
    }
    tell(
        [backends = std::move(*backends), at = time_of(*answer)](Model& model) { model.take(backends, at); });
}

// An error here shows with the backends, too, or means that the backend has just gone.
void Fetcher::fetch_selected(const Client& client, const Wish& wish)
{
    const std::string target = target_of(
        api::kHoldersPath,
        {{"backend", wish.backend}, {"direction", wish.direction}, {"count", std::to_string(kMostHolders)}});
    const Result<Json> answer = ask(client, target, api::kHoldersSchema);
    if (!answer)
        return;
    Result<Holders> holders = read_holders(*answer);
    if (holders)
        tell([wish, holders = std::move(*holders)](Model& model) { model.take(wish, holders); });
    else
        tell([error = holders.error()](Model& model) { model.lost(error); });
}

void Fetcher::fetch_verdict(const Client& client, const Wish& wish)
{
    if (no_verdicts_)
        return;
    const Result<Json> answer =
        ask(client, target_of(api::kWhyPath, {{"backend", wish.backend}}), api::kWhySchema);
    if (!answer) {
        no_verdicts_ = answer.error().message.starts_with(kNoWhy);
        return;
    }
    const Result<std::string> verdict = read_verdict(*answer);
    if (verdict)
        tell([wish, verdict = *verdict](Model& model) { model.take(wish, verdict); });
}

} // namespace slotscope::cli::top
