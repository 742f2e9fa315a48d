// SPDX-License-Identifier: MIT
#include "serve/http_session.h"

#include "serve/server_core.h"

#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <spdlog/spdlog.h>

#include <array>

namespace slotscope::serve {
namespace {

namespace http = boost::beast::http;

constexpr unsigned kWrongMethod = 405;
constexpr unsigned kBodyRefused = 413;
constexpr unsigned kHeaderTooLarge = 431;
constexpr unsigned kBusy = 503;
constexpr unsigned kHttp11 = 11;

std::string header_of(const Reply& reply, bool keep_alive, bool chunked)
{
    std::string header = "HTTP/1.1 " + std::to_string(reply.status) + " " +
                         std::string(http::obsolete_reason(http::int_to_status(reply.status))) + "\r\n";
    header += "Server: slotscoped/" SLOTSCOPE_VERSION "\r\n";
    header += "Content-Type: " + reply.content_type + "\r\n";
    header += "Cache-Control: no-store\r\n";
    if (reply.status == kWrongMethod)
        header += "Allow: GET, HEAD\r\n";
    if (chunked)
        header += "Transfer-Encoding: chunked\r\n";
    else if (!reply.take_over)
        header += "Content-Length: " + std::to_string(reply.text().size()) + "\r\n";
    return header + (keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
}

} // namespace

HttpSession::HttpSession(TakenConnection connection, std::shared_ptr<ServerCore> server)
    : stream_(std::move(connection.stream))
    , place_(std::move(connection.place))
    , server_(std::move(server))
    , buffer_(2 * server_->limits().header_bytes)
{
    server_->remember(*this);
}

HttpSession::~HttpSession()
{
    release_reply();
    server_->forget(*this);
}

void HttpSession::start()
{
    spdlog::debug("{}: a client came, {} now", server_->name(), server_->clients());
    read_request();
}

void HttpSession::refuse()
{
    refused_ = true;
    spdlog::debug("{}: a client is refused, there are {}", server_->name(), server_->clients());
    send(error_reply(kBusy,
                     "too many clients (" + std::to_string(server_->limits().clients) + "); try again later"),
         false);
}

void HttpSession::close()
{
    open_ = false;
    stream_.close();
    place_.reset();
    release_reply();
}

// Its memory goes when nothing of it is being sent any more.
void HttpSession::release_reply()
{
    if (std::exchange(keeps_reply_, false))
        server_->release_reply(reply_);
}

bool HttpSession::may_give_way(Time now) const
{
    return open_ && !refused_ && (!replying_ || now - step_began_ >= server_->limits().slow_reply);
}

void HttpSession::next_request()
{
    replying_ = false;
    step_began_ = std::chrono::steady_clock::now();
    if (buffer_.size() == 0)
        wait_for_request();
    else
        read_request();
}

void HttpSession::wait_for_request()
{
    constexpr std::size_t kSome = 1024;
    stream_.expires_after(server_->limits().idle_timeout);
    stream_.async_read_some(buffer_.prepare(kSome),
                            [self = shared_from_this()](Error error, std::size_t size) {
                                if (!self->open_)
                                    return;
                                if (error)
                                    return self->close();
                                self->buffer_.commit(size);
                                self->read_request();
                            });
}

void HttpSession::read_request()
{
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(server_->limits().header_bytes));
    stream_.expires_after(server_->limits().read_timeout);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](Error error, std::size_t) {
                                if (self->open_)
                                    self->read_done(error);
                            });
}

void HttpSession::read_done(Error error)
{
    if (!error)
        return answer();
    const bool is_http = error.category() == make_error_code(http::error::end_of_stream).category();
    if (!is_http || error == http::error::end_of_stream || error == http::error::partial_message)
        return close(); // left, or said nothing for too long
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return send(error_reply(kHeaderTooLarge, "the request's header is larger than " +
                                                     std::to_string(server_->limits().header_bytes) +
                                                     " bytes"),
                    false);
    if (error == http::error::body_limit)
        return send(error_reply(kBodyRefused, "requests have no body here"), false);
    send(error_reply(kBadRequest, "this is not a request of HTTP/1.1: " + error.message()), false);
}

void HttpSession::answer()
{
    const auto& request = parser_->get();
    const bool has_body = parser_->chunked() || parser_->content_length().value_or(0) > 0;
    if (has_body)
        return send(error_reply(kBodyRefused, "requests have no body here"), false);
    send(reply_to_request(), request.keep_alive(), request.method() == http::verb::head);
}

Reply HttpSession::reply_to_request()
{
    const auto& request = parser_->get();
    if (request.method() != http::verb::get && request.method() != http::verb::head)
        return error_reply(kWrongMethod, std::string(request.method_string()) +
                                             " is not possible here: everything is read, with GET");
    const auto target = parse_target({request.target().data(), request.target().size()});
    if (!target)
        return error_reply(kBadRequest, target.error().message);
    return server_->ask(*target);
}

void HttpSession::send(Reply reply, bool keep_alive, bool head_only)
{
    if (!server_->keep_reply(reply)) {
        reply = error_reply(kBusy,
                            "too many large answers wait for clients that do not read them; try again later");
        server_->keep_reply(reply); // small, so never refused
    }
    keeps_reply_ = true;
    const bool streams = static_cast<bool>(reply.take_over);
    const bool chunked = streams && parser_->get().version() >= kHttp11;
    keep_alive_ = keep_alive && !streams;
    header_ = header_of(reply, keep_alive_, chunked);
    reply_ = std::move(reply);
    if (streams && head_only)
        reply_.take_over = nullptr;
    write(!head_only);
}

void HttpSession::write(bool with_body)
{
    const std::array<boost::asio::const_buffer, 2> parts = {
        boost::asio::buffer(header_),
        boost::asio::buffer(reply_.text().data(), with_body ? reply_.text().size() : 0)};
    replying_ = true;
    step_began_ = std::chrono::steady_clock::now();
    stream_.expires_after(server_->limits().write_timeout);
    boost::asio::async_write(stream_, parts, [self = shared_from_this()](Error error, std::size_t) {
        if (self->open_)
            self->sent(error);
    });
}

void HttpSession::sent(Error error)
{
    release_reply();
    reply_.body = std::string(); // an idle client holds no memory
    reply_.shared_body.reset();
    if (error)
        return close();
    if (reply_.take_over)
        hand_over();
    else if (keep_alive_)
        next_request();
    else
        drain();
}

void HttpSession::hand_over()
{
    open_ = false;
    const bool chunked = parser_->get().version() >= kHttp11;
    reply_.take_over(TakenConnection{std::move(stream_), std::move(place_), chunked});
}

// Closing with unread bytes would reset the connection, and the client might never see the answer: let it
// close first, for a while.
void HttpSession::drain()
{
    Error ignored;
    stream_.socket().shutdown(boost::asio::socket_base::shutdown_send, ignored);
    buffer_.clear();
    stream_.expires_after(server_->limits().drain_timeout);
    drain_more();
}

void HttpSession::drain_more()
{
    constexpr std::size_t kMostDrained = 256UL * 1024;
    constexpr std::size_t kSome = 4096;
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kSome),
                            [self = shared_from_this()](Error error, std::size_t size) {
                                if (!self->open_)
                                    return;
                                self->drained_bytes_ += size;
                                if (error || self->drained_bytes_ > kMostDrained)
                                    return self->close();
                                self->drain_more();
                            });
}

} // namespace slotscope::serve
