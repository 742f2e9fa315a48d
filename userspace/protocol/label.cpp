// SPDX-License-Identifier: MIT
#include "protocol/label.h"

#include "protocol/fastcgi/fastcgi.h"
#include "protocol/http/http.h"
#include "protocol/http2/http2.h"
#include "protocol/memcached/memcached.h"
#include "protocol/mysql/mysql.h"
#include "protocol/postgresql/postgresql.h"
#include "protocol/redis/redis.h"
#include "protocol/text.h"
#include "protocol/tls/tls.h"

namespace slotscope::protocol {
namespace {

struct Labeller {
    Protocol protocol;
    std::string (*label)(std::string_view head);
};

constexpr Labeller kLabellers[] = {
    {Protocol::http1, http::label},
    {Protocol::fastcgi, fastcgi::label},
    {Protocol::postgresql, postgresql::label},
    {Protocol::mysql, mysql::label},
    {Protocol::redis, redis::label},
    {Protocol::memcached, memcached::label},
    {Protocol::http2, http2::label},
};

} // namespace

std::string label_of(Protocol protocol, std::string_view head)
{
    for (const Labeller& labeller : kLabellers)
        if (labeller.protocol == protocol)
            return shortened(labeller.label(head), kLongestLabel);
    return {};
}

std::string label_of_first(std::string_view head)
{
    return shortened(tls::label(head), kLongestLabel);
}

} // namespace slotscope::protocol
