// SPDX-License-Identifier: MIT
// Members of a director, a server that several share, and proxies that others have not: what they do with
// members that fail, and what their own limits are filled by.
#include "products/configuration.h"
#include "scenario.h"

#include <csignal>

namespace slotscope::scenarios {
namespace {

const Stream kItems{"/item/{n}?ms=20", 20};

// The director has no probe and goes on sending it every second fetch.
TEST_F(Scenario, VarnishWhoseDirectorHasADeadMember)
{
    const Address second = address();
    application_at(second);
    application_at(back_);
    runs(varnish(site("varnish", front_, back_), 12,
                 "import directors;\nbackend second {\n    .host = \"127.0.0.1\";\n    .port = \"" +
                     std::to_string(second.port) +
                     "\";\n    .max_connections = 12;\n}\n"
                     "sub vcl_init {\n    new pair = directors.round_robin();\n"
                     "    pair.add_backend(@NAME@);\n    pair.add_backend(second);\n}\n"
                     "sub vcl_recv { return (pass); }\n"
                     "sub vcl_backend_fetch { set bereq.backend = pair.backend(); }"));
    watch(slots_);
    clients_of(front_);
    baseline({kItems});
    ASSERT_EQ(::kill(application(), SIGKILL), 0);
    gives({.backend = Side{second}, .cause = "connect_trouble"});
}

// All are well connected; what they answer is an error, which is told at once, and asked for again at once.
TEST_F(Twin, VarnishThatRetriesWhatFailsAtOnce)
{
    application_at(back_);
    runs(varnish(site("varnish", front_, back_), 12,
                 "sub vcl_recv { return (pass); }\n"
                 "sub vcl_backend_response {\n"
                 "    if (beresp.status >= 500 && bereq.retries < 3) { return (retry); }\n}"));
    watch(slots_);
    clients_of(front_);
    baseline({kItems});
    load().becomes({{"/item/{n}?ms=5&status=503", 20}});
    gives_nothing(8);
    EXPECT_GT(load().refused(), 50U);
}

// It tries one member after the other; every second request meets the dead one first. Its clients notice
// nothing.
TEST_F(Scenario, NginxThatTriesTheNextMember)
{
    const Address second = address();
    application_at(second);
    application_at(back_);
    runs(nginx(site("nginx", front_, back_), "location / { proxy_pass http://shop; }", 1,
               "upstream shop { server @BACK@ max_fails=0; server " + to_string(second) +
                   " max_fails=0; }\n"));
    watch(std::nullopt);
    clients_of(front_);
    baseline({kItems});
    ASSERT_EQ(::kill(application(), SIGKILL), 0);
    gives({.backend = Side{second}, .cause = "connect_trouble"});
}

// Two backends of a proxy that are one server; they have four slots each.
TEST_F(Scenario, HaproxyWithTwoBackendsThatShareAServer)
{
    application_at(back_);
    const std::string server = "    server s1 " + to_string(back_) + " maxconn 4\n";
    runs(haproxy_with_backends(site("haproxy", front_), {{"shop", server}, {"tickets", server}}));
    watch(slots_);
    clients_of(front_);
    baseline({{"/shop/item/{n}?ms=20", 10}, {"/tickets/item/{n}?ms=20", 10}});
    load().becomes({{"/shop/item/{n}?ms=1500", 10}, {"/tickets/item/{n}?ms=1500", 10}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "/item/{id}"});
}

// A connection has several calls at a time; HAProxy counts these.
TEST_F(Scenario, HaproxyOverHttp2ToASlowServer)
{
    const Site server = site("node", back_);
    live::write_file(server.dir + "/server.js",
                     "const server = require('http2').createServer();\n"
                     "server.on('stream', (stream, headers) => {\n"
                     "  const ms = new URL(headers[':path'], 'http://a').searchParams.get('ms');\n"
                     "  setTimeout(() => { stream.respond({':status': 200}); stream.end('ok'); }, ms);\n"
                     "});\n"
                     "server.listen(" +
                         std::to_string(back_.port) + ", '127.0.0.1');\n");
    runs(std::make_unique<Product>(space_,
                                   Product::Options{.command = {"/usr/bin/node", server.dir + "/server.js"},
                                                    .listens_on = back_,
                                                    .quick_end = SIGKILL}));
    runs(haproxy(site("haproxy", front_, back_), 5, "default-server proto h2"));
    watch(slots_);
    clients_of(front_);
    baseline({kItems});
    load().becomes({{"/item/{n}?ms=1500", 10}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend"});
}

TEST_F(Scenario, CaddyWithASlowUrl)
{
    application_at(back_);
    const Site proxy = site("caddy", front_, back_);
    live::write_file(proxy.dir + "/Caddyfile",
                     "{\n\tadmin off\n\tstorage file_system " + proxy.dir +
                         "\n}\nhttp://:" + std::to_string(front_.port) +
                         " {\n\tbind 127.0.0.1\n\treverse_proxy " + to_string(back_) +
                         " {\n\t\tunhealthy_request_count 6\n\t\tfail_duration 30s\n\t}\n}\n");
    runs(std::make_unique<Product>(
        space_, Product::Options{.command = {"/usr/bin/env", "XDG_CONFIG_HOME=" + proxy.dir, "/usr/bin/caddy",
                                             "run", "--config", proxy.dir + "/Caddyfile"},
                                 .listens_on = front_}));
    watch(slots_);
    clients_of(front_);
    baseline({kItems, {"/report/{n}?ms=30", 4}});
    load().becomes({kItems, {"/report/{n}?ms=3000", 4}});
    fills(slots_);
    gives({.backend = slots_, .cause = "slow_backend", .call = "GET /report/{id}"});
}

// nginx's own connections are used up, two for each request that it passes on.
TEST_F(Scenario, NginxWhoseOwnConnectionsAreUsedUp)
{
    application_at(back_);
    const Site proxy = site("nginx", front_, back_);
    live::write_file(
        proxy.dir + "/nginx.conf",
        products::fill_in(
            "daemon off;\nworker_processes 1;\npid @DIR@/pid;\nerror_log @DIR@/error.log;\n"
            "events { worker_connections 32; }\nhttp {\n    access_log off;\n"
            "    client_body_temp_path @DIR@/body;\n    proxy_temp_path @DIR@/proxy;\n"
            "    fastcgi_temp_path @DIR@/fastcgi;\n    uwsgi_temp_path @DIR@/uwsgi;\n"
            "    scgi_temp_path @DIR@/scgi;\n"
            "    server { listen @FRONT@; location / { proxy_pass http://@BACK@; } }\n}\n",
            {{"@DIR@", proxy.dir}, {"@FRONT@", to_string(front_)}, {"@BACK@", to_string(back_)}}));
    runs(std::make_unique<Product>(
        space_, Product::Options{.command = {"/usr/sbin/nginx", "-c", proxy.dir + "/nginx.conf", "-e",
                                             proxy.dir + "/error.log"},
                                 .listens_on = front_}));
    const Side requests{front_, Direction::inbound};
    watch(requests);
    clients_of(front_);
    baseline({{"/item/{n}?ms=20", 15}, {"/report/{n}?ms=30", 5}});
    load().becomes({{"/item/{n}?ms=20", 15}, {"/report/{n}?ms=4000", 5}});
    fills(requests);
    gives({.backend = requests, .cause = "slow_dependency", .call = "GET /report/{id}", .dependency = back_});
}

} // namespace
} // namespace slotscope::scenarios
