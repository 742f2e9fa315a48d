// SPDX-License-Identifier: MIT
#include "serve/api_server.h"

#include "serve/handlers.h"

#include <filesystem>

namespace slotscope::serve {
namespace {

bool is_in_default_directory(const std::string& path)
{
    const std::filesystem::path usual(api::kDefaultSocket);
    return std::filesystem::path(path).parent_path() == usual.parent_path();
}

} // namespace

Result<std::unique_ptr<ApiServer>> ApiServer::listen(boost::asio::io_context& loop, const std::string& path,
                                                     Provider& provider, HttpLimits limits,
                                                     EventLimits event_limits)
{
    auto listener = listen_unix(path, is_in_default_directory(path));
    if (!listener)
        return listener.error();
    return std::unique_ptr<ApiServer>(
        new ApiServer(loop, std::move(listener).value(), provider, limits, event_limits));
}

ApiServer::ApiServer(boost::asio::io_context& loop, UnixListener listener, Provider& provider,
                     HttpLimits limits, EventLimits event_limits)
    : listener_(std::move(listener))
    , events_(event_limits)
    , http_(loop, listener_.take_socket(), "api", api_handler(provider, events_), limits)
{
}

} // namespace slotscope::serve
