// SPDX-License-Identifier: MIT
#include "serve/metrics_server.h"

#include "serve/connection.h"
#include "serve/tcp_listener.h"

#include <algorithm>

namespace slotscope::serve {
namespace {

Reply plain(std::string body)
{
    Reply reply;
    reply.content_type = "text/plain; charset=utf-8";
    reply.body = std::move(body);
    return reply;
}

Reply metrics_page(MetricsPage& page)
{
    Reply reply;
    reply.shared_body = page.text();
    reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return reply;
}

Reply hint(MetricsPage&)
{
    return plain("slotscoped: metrics for Prometheus are at /metrics\n");
}

Reply health(MetricsPage&)
{
    return plain("ok\n");
}

struct Route {
    std::string_view path;
    Reply (*answer)(MetricsPage&);
};

constexpr Route kRoutes[] = {
    {"/", hint},
    {"/healthz", health},
    {"/metrics", metrics_page},
};

Handler metrics_handler(std::function<std::string()> metrics)
{
    return [page = MetricsPage(std::move(metrics))](const Target& target) mutable {
        for (const Route& route : kRoutes)
            if (route.path == target.path)
                return route.answer(page);
        return error_reply(kNotFound,
                           "there is no \"" + target.path + "\" here; there are " + paths_of(kRoutes));
    };
}

HttpLimits for_anybody(HttpLimits limits)
{
    limits.newcomers_first = true;
    // Of 4,096 backends a page has 22 MB: room for those that slow ones take, and for the newest.
    limits.reply_bytes = std::max(limits.reply_bytes, std::size_t{80} * 1024 * 1024);
    return limits;
}

} // namespace

std::shared_ptr<const std::string> MetricsPage::text()
{
    constexpr int kTimesItsOwn = 9; // that it is kept for: with the making of it a tenth of the time
    const auto asked = Clock::now();
    if (asked < kept_until_)
        return text_;
    text_ = std::make_shared<const std::string>(make_());
    const auto made = Clock::now();
    kept_until_ = made + kTimesItsOwn * (made - asked);
    return text_;
}

Result<std::unique_ptr<MetricsServer>> MetricsServer::listen(boost::asio::io_context& loop,
                                                             const std::string& address,
                                                             std::function<std::string()> metrics,
                                                             HttpLimits limits)
{
    auto listening = listen_tcp(address);
    if (!listening)
        return listening.error();
    return std::make_unique<MetricsServer>(loop, std::move(listening).value(), std::move(metrics), limits);
}

MetricsServer::MetricsServer(boost::asio::io_context& loop, Fd listening,
                             std::function<std::string()> metrics, HttpLimits limits)
    : http_(loop, std::move(listening), "metrics", metrics_handler(std::move(metrics)), for_anybody(limits))
{
}

} // namespace slotscope::serve
