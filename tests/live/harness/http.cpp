// SPDX-License-Identifier: MIT
#include "harness/http.h"

#include "harness/check.h"

#include <charconv>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace slotscope::live {
namespace {

constexpr std::chrono::milliseconds kAnswerTime{10'000};

bool readable(const Fd& fd, std::chrono::milliseconds within)
{
    pollfd wait{fd.get(), POLLIN, 0};
    return ::poll(&wait, 1, static_cast<int>(within.count())) > 0;
}

std::string join_chunks(const std::string& body)
{
    std::string joined;
    std::size_t at = 0;
    for (;;) {
        const std::size_t line = body.find("\r\n", at);
        std::size_t size = 0;
        if (line == std::string::npos)
            return joined;
        const auto parsed = std::from_chars(body.data() + at, body.data() + line, size, 16);
        if (parsed.ec != std::errc() || size == 0)
            return joined;
        joined += body.substr(line + 2, size);
        at = line + 2 + size + 2;
    }
}

} // namespace

Fd connect_unix(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return Fd();
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        return Fd();
    return fd;
}

std::string read_all(const Fd& fd, std::chrono::milliseconds quiet)
{
    std::string bytes;
    char part[65536];
    while (readable(fd, quiet)) {
        const ssize_t count = ::recv(fd.get(), part, sizeof(part), 0);
        if (count <= 0)
            break;
        bytes.append(part, static_cast<std::size_t>(count));
    }
    return bytes;
}

HttpAnswer parse_answer(const std::string& bytes)
{
    HttpAnswer answer;
    const std::size_t end = bytes.find("\r\n\r\n");
    if (end == std::string::npos || bytes.compare(0, 7, "HTTP/1.") != 0)
        return answer;
    answer.head = bytes.substr(0, end);
    std::from_chars(bytes.data() + 9, bytes.data() + 12, answer.status);
    answer.body = bytes.substr(end + 4);
    if (answer.head.find("chunked") != std::string::npos)
        answer.body = join_chunks(answer.body);
    return answer;
}

HttpAnswer http_raw(const std::string& path, const std::string& request)
{
    const Fd fd = connect_unix(path);
    if (!fd)
        return {};
    std::size_t sent = 0;
    while (sent < request.size()) {
        const ssize_t count = ::send(fd.get(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
        if (count <= 0)
            break; // the agent may answer and close before it has read all of a bad request
        sent += static_cast<std::size_t>(count);
    }
    return parse_answer(read_all(fd, kAnswerTime));
}

HttpAnswer http_get(const std::string& path, const std::string& target)
{
    return http_raw(path, "GET " + target + " HTTP/1.1\r\nHost: slotscope\r\nConnection: close\r\n\r\n");
}

EventStream::EventStream(const std::string& path)
    : fd_(connect_unix(path))
{
    must(fd_.get(), "connect to the agent for its events");
    const std::string request = "GET /v1/events HTTP/1.1\r\nHost: slotscope\r\n\r\n";
    must(static_cast<int>(::send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL)), "ask for events");
    if (!next("subscribed", "", kAnswerTime))
        throw std::runtime_error("the stream of events does not begin with \"subscribed\"; it said: " +
                                 buffer_);
}

std::optional<nlohmann::json> EventStream::line(std::chrono::steady_clock::time_point end)
{
    for (;;) {
        // Whatever else a chunk's framing adds, an event is a line that starts with a brace.
        const std::size_t newline = buffer_.find('\n');
        if (newline != std::string::npos) {
            const std::string text = buffer_.substr(0, newline);
            buffer_.erase(0, newline + 1);
            if (!text.empty() && text.front() == '{')
                return nlohmann::json::parse(text, nullptr, false);
            continue;
        }
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        char part[4096];
        if (left.count() <= 0 || !readable(fd_, left))
            return std::nullopt;
        const ssize_t count = ::recv(fd_.get(), part, sizeof(part), 0);
        if (count <= 0)
            return std::nullopt;
        buffer_.append(part, static_cast<std::size_t>(count));
    }
}

std::optional<nlohmann::json> EventStream::next(const std::string& kind, const std::string& backend,
                                                std::chrono::milliseconds deadline)
{
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (auto event = line(end)) {
        if (!event->is_object())
            throw std::runtime_error("an event is not a JSON object");
        if ((kind.empty() || event->value("event", "") == kind) &&
            (backend.empty() || event->value("backend", "") == backend))
            return event;
    }
    return std::nullopt;
}

} // namespace slotscope::live
