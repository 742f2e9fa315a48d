// SPDX-License-Identifier: MIT
// A client's connection as Boost has it; apart from http.h because it is slow to compile.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include <memory>

namespace slotscope::serve {

// Unix or TCP: one server implementation serves both.
using Stream =
    boost::beast::basic_stream<boost::asio::generic::stream_protocol, boost::asio::io_context::executor_type>;

struct TakenConnection {
    Stream stream;
    std::shared_ptr<void> place; // one of the server's clients for as long as it is kept
    bool chunked = true;         // false: an HTTP/1.0 client, the body ends with the connection
};

} // namespace slotscope::serve
