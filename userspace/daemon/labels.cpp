// SPDX-License-Identifier: MIT
#include "daemon/labels.h"

#include "decode/http2_name.h"
#include "decode/request_head.h"
#include "protocol/http2/http2.h"
#include "protocol/label.h"

namespace slotscope::daemon {
namespace {

constexpr std::size_t kMostKnown = 65'536; // about 10 MiB; then all are read anew

// Two folders that do not know each other describe it.
static_assert(protocol::http2::kKept == sizeof(ss_http2_name));
static_assert(4 + protocol::http2::kMethodRoom == offsetof(ss_http2_name, path));

} // namespace

std::string Labels::read_stream(const Connection& connection, std::uint64_t now_ns)
{
    const auto record = session_.http2_name(connection.call.stream);
    const auto name = record ? decode::decode_http2_name(*record, connection.call.stream) : std::nullopt;
    if (!name || name->began_ns != connection.call.began_ns)
        return {};
    return templates_.learn(protocol::label_of(Protocol::http2, name->bytes), now_ns);
}

std::string Labels::read(const Connection& connection, std::uint64_t now_ns)
{
    if (connection.call.protocol == Protocol::http2)
        return read_stream(connection, now_ns);
    const auto record = session_.request_head(connection.cookie);
    const auto head = record ? decode::decode_request_head(*record, connection.cookie) : std::nullopt;
    if (!head)
        return {};
    if (connection.call.protocol == Protocol::timing)
        return protocol::label_of_first(head->bytes); // says nothing of a single call, and stays
    if (head->began_ns != connection.call.began_ns)
        return {};
    return templates_.learn(protocol::label_of(connection.call.protocol, head->bytes), now_ns);
}

std::string Labels::of(const decode::EndedCall& call, std::uint64_t now_ns)
{
    if (call.head.empty())
        return {};
    if (call.protocol == Protocol::timing)
        return protocol::label_of_first(call.head);
    return templates_.learn(protocol::label_of(call.protocol, call.head), now_ns);
}

std::string Labels::of(const Connection& connection, std::uint64_t now_ns)
{
    if (connection.call.began_ns == 0 || connection.call.older)
        return {};
    const auto known = known_.find(connection.cookie);
    if (known != known_.end() && known->second.began_ns == connection.call.began_ns)
        return known->second.label;
    std::string label = read(connection, now_ns);
    if (connection.call.state == CallState::request ||
        (connection.call.protocol == Protocol::http2 && label.empty()))
        return label; // more of it may come
    if (known_.size() >= kMostKnown)
        known_.clear();
    known_[connection.cookie] = {connection.call.began_ns, label};
    return label;
}

} // namespace slotscope::daemon
