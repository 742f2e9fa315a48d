// SPDX-License-Identifier: MIT
#include "serve/metrics_server.h"

#include "serve/connection.h"
#include "serve/tcp_listener.h"

namespace slotscope::serve {
namespace {

using Metrics = std::function<std::string()>;

Reply plain(std::string body)
{
    Reply reply;
    reply.content_type = "text/plain; charset=utf-8";
    reply.body = std::move(body);
    return reply;
}

Reply metrics_page(const Metrics& metrics)
{
    Reply reply = plain(metrics());
    reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return reply;
}

Reply hint(const Metrics&)
{
    return plain("slotscoped: metrics for Prometheus are at /metrics\n");
}

Reply health(const Metrics&)
{
    return plain("ok\n");
}

struct Route {
    std::string_view path;
    Reply (*answer)(const Metrics&);
};

constexpr Route kRoutes[] = {
    {"/", hint},
    {"/healthz", health},
    {"/metrics", metrics_page},
};

Handler metrics_handler(Metrics metrics)
{
    return [metrics = std::move(metrics)](const Target& target) {
        for (const Route& route : kRoutes)
            if (route.path == target.path)
                return route.answer(metrics);
        return error_reply(kNotFound,
                           "there is no \"" + target.path + "\" here; there are " + paths_of(kRoutes));
    };
}

} // namespace

Result<std::unique_ptr<MetricsServer>> MetricsServer::listen(boost::asio::io_context& loop,
                                                             const std::string& address, Metrics metrics,
                                                             HttpLimits limits)
{
    auto listening = listen_tcp(address);
    if (!listening)
        return listening.error();
    return std::make_unique<MetricsServer>(loop, std::move(listening).value(), std::move(metrics), limits);
}

MetricsServer::MetricsServer(boost::asio::io_context& loop, Fd listening, Metrics metrics, HttpLimits limits)
    : http_(loop, std::move(listening), "metrics", metrics_handler(std::move(metrics)), limits)
{
}

} // namespace slotscope::serve
