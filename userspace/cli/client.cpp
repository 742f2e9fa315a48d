// SPDX-License-Identifier: MIT
#include "cli/client.h"

#include "cli/connect.h"
#include "cli/json.h"
#include "cli/text/text.h"

#include <slotscope/api/contract.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace slotscope::cli {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Protocol = asio::local::stream_protocol;
using boost::system::error_code;

// One exchange with the agent. Asynchronous underneath, because only those operations have time-outs.
class Exchange {
  public:
    Exchange(std::string path, std::chrono::milliseconds timeout)
        : path_(std::move(path))
        , timeout_(timeout)
    {
    }

    Result<void> open()
    {
        Result<Fd> connected = connect_to(path_, timeout_);
        if (!connected)
            return connected.error();
        error_code failed;
        stream_.socket().assign(Protocol(), connected->get(), failed);
        if (failed)
            return unreachable(failed);
        connected->release(); // the stream owns it now
        return {};
    }

    // A failed write is not the end: an agent that refuses early answers and closes.
    void send(const std::string& target)
    {
        http::request<http::empty_body> request{http::verb::get, target, 11};
        request.set(http::field::host, "slotscope");
        request.set(http::field::user_agent, "slotscope/" SLOTSCOPE_VERSION);
        request.keep_alive(false);
        stream_.expires_after(timeout_);
        run([&](auto done) { http::async_write(stream_, request, std::move(done)); });
    }

    template <typename Parser>
    error_code read_header(Parser& parser)
    {
        return run([&](auto done) { http::async_read_header(stream_, buffer_, parser, std::move(done)); });
    }

    template <typename Parser>
    error_code read_rest(Parser& parser)
    {
        return run([&](auto done) { http::async_read(stream_, buffer_, parser, std::move(done)); });
    }

    template <typename Parser>
    error_code read_some(Parser& parser)
    {
        return run([&](auto done) { http::async_read_some(stream_, buffer_, parser, std::move(done)); });
    }

    void wait_for_ever() { stream_.expires_never(); }

    void stop_on_signal()
    {
        signals_.emplace(io_, SIGINT, SIGTERM);
        signals_->async_wait([this](error_code failed, int) {
            if (failed)
                return;
            interrupted_ = true;
            stream_.cancel();
        });
    }

    bool interrupted() const { return interrupted_; }

    Error unreachable(error_code failed) const
    {
        return Error{"slotscoped on " + printable(path_) + " " + reason(failed), api::kExitUnreachable};
    }

  private:
    std::string reason(error_code failed) const
    {
        if (failed == beast::error::timeout)
            return "did not answer within " + std::to_string(timeout_.count()) +
                   " ms: it is stuck, or this host is overloaded; its log may say more";
        if (failed == http::error::body_limit)
            return "sent more than 256 MiB: ask for less, with --count or for one backend";
        if (failed.category() == http::make_error_code(http::error::bad_version).category() &&
            failed != http::error::end_of_stream && failed != http::error::partial_message)
            return "sent what is not HTTP (" + failed.message() +
                   "): is it really slotscoped that listens there?";
        return "closed the connection before its answer was complete: it is stopping or has too many "
               "clients; try again";
    }

    template <typename Start>
    error_code run(Start start)
    {
        if (interrupted_)
            return asio::error::operation_aborted;
        std::optional<error_code> result;
        start([&result](error_code failed, std::size_t) { result = failed; });
        while (!result) {
            io_.restart();
            io_.run_one();
        }
        return *result;
    }

    std::string path_;
    std::chrono::milliseconds timeout_;
    asio::io_context io_{1};
    beast::basic_stream<Protocol> stream_{io_};
    beast::flat_buffer buffer_;
    std::optional<asio::signal_set> signals_;
    bool interrupted_ = false;
};

// What the agent says about its error.
Error agent_error(unsigned status, std::string_view body)
{
    const Result<Json> document = parse_object(body);
    if (document) {
        const auto error = document->find("error");
        if (error != document->end() && error->is_string())
            return Error{printable(error->get_ref<const std::string&>()), api::kExitError};
    }
    return Error{"slotscoped answered with HTTP status " + std::to_string(status), api::kExitError};
}

using StringParser = http::response_parser<http::string_body>;
using StreamParser = http::response_parser<http::buffer_body>;

Result<std::string> finish(Exchange& exchange, StringParser& parser)
{
    // Boost 1.74 allocates what is announced before it compares that with the limit.
    if (const auto announced = parser.content_length(); announced && *announced > kLargestAnswer)
        return exchange.unreachable(http::error::body_limit);
    const error_code failed = exchange.read_rest(parser);
    if (failed)
        return exchange.unreachable(failed);
    if (parser.get().result() != http::status::ok)
        return agent_error(parser.get().result_int(), parser.get().body());
    return std::move(parser.get().body());
}

// Cuts a stream into lines.
class Lines {
  public:
    // False where a line is longer than any event, or where `on_line` wants no more (then stopped() is true).
    bool add(std::string_view bytes, const std::function<bool(std::string_view)>& on_line)
    {
        pending_ += bytes;
        std::size_t begin = 0;
        for (std::size_t end = 0; (end = pending_.find('\n', begin)) != std::string::npos; begin = end + 1) {
            stopped_ = end > begin && !on_line(std::string_view(pending_).substr(begin, end - begin));
            if (stopped_)
                return false;
        }
        pending_.erase(0, begin);
        return pending_.size() <= kLongestEvent;
    }

    bool stopped() const { return stopped_; }

  private:
    std::string pending_;
    bool stopped_ = false;
};

Result<void> follow_body(Exchange& exchange, StreamParser& parser,
                         const std::function<bool(std::string_view)>& on_line)
{
    Lines lines;
    std::array<char, 16384> block{};
    while (!parser.is_done()) {
        parser.get().body().data = block.data();
        parser.get().body().size = block.size();
        const error_code failed = exchange.read_some(parser);
        if (exchange.interrupted())
            return {};
        if (failed && failed != http::error::need_buffer)
            return exchange.unreachable(failed);
        const std::size_t size = block.size() - parser.get().body().size;
        if (lines.add({block.data(), size}, on_line))
            continue;
        if (lines.stopped())
            return {};
        return Error{"slotscoped sent an event of more than 1 MiB: this cannot be right",
                     api::kExitUnreachable};
    }
    return Error{"slotscoped has ended the stream: it is stopping, or this reader was too slow",
                 api::kExitUnreachable};
}

bool unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~").find(c) != std::string_view::npos;
}

} // namespace

Result<std::string> Client::get(const std::string& target) const
{
    Exchange exchange(socket_path_, timeout_);
    if (const Result<void> opened = exchange.open(); !opened)
        return opened.error();
    exchange.send(target);
    StringParser parser;
    parser.body_limit(kLargestAnswer);
    if (const error_code failed = exchange.read_header(parser))
        return exchange.unreachable(failed);
    return finish(exchange, parser);
}

Result<void> Client::follow(const std::string& target,
                            const std::function<bool(std::string_view)>& on_line) const
{
    Exchange exchange(socket_path_, timeout_);
    exchange.stop_on_signal();
    if (const Result<void> opened = exchange.open(); !opened)
        return opened.error();
    exchange.send(target);
    StreamParser parser;
    // Not boost::none: Boost 1.74 takes any Content-Length for more than none.
    parser.body_limit(std::numeric_limits<std::uint64_t>::max());
    const error_code failed = exchange.read_header(parser);
    if (exchange.interrupted())
        return {};
    if (failed)
        return exchange.unreachable(failed);
    if (parser.get().result() != http::status::ok) {
        StringParser error(std::move(parser));
        error.body_limit(kLargestAnswer);
        const Result<std::string> body = finish(exchange, error);
        return body ? Error{"slotscoped refuses to stream events", api::kExitError} : body.error();
    }
    exchange.wait_for_ever();
    return follow_body(exchange, parser, on_line);
}

// Percent-encoding as in RFC 3986, section 2.1.
std::string target_of(std::string_view path,
                      std::initializer_list<std::pair<std::string_view, std::string>> parameters)
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string target(path);
    char separator = '?';
    for (const auto& [name, value] : parameters) {
        if (value.empty())
            continue;
        target += std::exchange(separator, '&');
        target += std::string(name) + "=";
        for (const char c : value) {
            const auto byte = static_cast<unsigned char>(c);
            if (unreserved(c))
                target += c;
            else
                target += {'%', kDigits[byte >> 4U], kDigits[byte & 0xfU]};
        }
    }
    return target;
}

} // namespace slotscope::cli
