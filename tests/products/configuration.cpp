// SPDX-License-Identifier: MIT
#include "products/configuration.h"

namespace slotscope::products {

const char* const kHaproxy = R"(
global
    stats socket @DIR@/stats.sock
    maxconn 200
    nbthread 1
defaults
    mode http
    http-reuse always
    timeout connect 10s
    timeout client 60s
    timeout server 60s
frontend front
    bind @FRONT@
    default_backend app
backend app
    server app1 @BACK@ pool-purge-delay 1h pool-max-conn -1 maxconn 8
)";

const char* const kNginx = R"(
daemon off;
master_process off;
pid @DIR@/nginx.pid;
error_log @DIR@/error.log;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path @DIR@/body;
    proxy_temp_path @DIR@/proxy;
    fastcgi_temp_path @DIR@/fastcgi;
    uwsgi_temp_path @DIR@/uwsgi;
    scgi_temp_path @DIR@/scgi;
    upstream app {
        zone app 64k;
        server @BACK@ max_conns=8;
        keepalive 4;
        keepalive_timeout 1h;
    }
    server {
        listen @FRONT@;
        location / {
            proxy_pass http://app;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
        location /status { stub_status; }
    }
}
)";

std::string fill_in(std::string text, const Words& words)
{
    for (const auto& [word, value] : words)
        for (std::size_t at = text.find(word); at != std::string::npos;
             at = text.find(word, at + value.size()))
            text.replace(at, word.size(), value);
    return text;
}

} // namespace slotscope::products
