// SPDX-License-Identifier: MIT
#include "serve/event_stream.h"

#include <boost/asio/buffer.hpp>
#include <spdlog/spdlog.h>

namespace slotscope::serve {

using boost::system::error_code;

EventStream::EventStream(TakenConnection connection, std::size_t backlog_bytes,
                         std::chrono::milliseconds stall_timeout)
    : stream_(std::move(connection.stream))
    , place_(std::move(connection.place))
    , chunked_(connection.chunked)
    , backlog_(backlog_bytes, connection.chunked)
    , stall_timeout_(stall_timeout)
{
}

void EventStream::start()
{
    watch();
    write();
}

void EventStream::send(std::string_view line)
{
    if (!open_)
        return;
    backlog_.add(line);
    if (!writing_)
        write();
}

void EventStream::close()
{
    if (!open_)
        return;
    open_ = false;
    if (chunked_ && !writing_) {
        constexpr std::string_view kLastChunk = "0\r\n\r\n";
        error_code ignored;
        stream_.socket().non_blocking(true, ignored);
        stream_.socket().send(boost::asio::buffer(kLastChunk), 0, ignored);
    }
    stream_.close();
    place_.reset();
}

// A subscriber has nothing more to say: whatever arrives, be it the end, is the end.
void EventStream::watch()
{
    stream_.expires_never();
    stream_.async_read_some(boost::asio::buffer(ignored_),
                            [self = shared_from_this()](error_code, std::size_t) {
                                if (!self->open_)
                                    return;
                                spdlog::debug("api: a subscriber of events left");
                                self->close();
                            });
}

void EventStream::write()
{
    const std::string_view bytes = backlog_.next();
    if (bytes.empty() || !open_)
        return;
    writing_ = true;
    // The read of watch() is pending, so this is the time limit of the write alone, and of each part of it:
    // a slow reader that makes progress is kept.
    stream_.expires_after(stall_timeout_);
    stream_.async_write_some(
        boost::asio::buffer(bytes), [self = shared_from_this()](error_code error, std::size_t sent) {
            self->writing_ = false;
            if (!self->open_)
                return;
            if (error) {
                spdlog::debug("api: a subscriber of events is closed: {}", error.message());
                self->close();
                return;
            }
            self->backlog_.sent(sent);
            self->write();
        });
}

} // namespace slotscope::serve
