// SPDX-License-Identifier: MIT
// Caches, servers that keep connections, and what several stages have of nginx.
#include "products.h"

#include "products/configuration.h"
#include "products/postgresql.h"

#include "harness/process.h"
#include "harness/sock.h"

#include <sys/stat.h>

namespace slotscope::scenarios {
namespace {

constexpr uid_t kNobody = 65534;

constexpr const char* kLuaReport = "function handle(r)\n"
                                   "    r.usleep(1000 * tonumber(r:parseargs().ms or '20'))\n"
                                   "    r.content_type = 'text/plain'\n"
                                   "    r:puts('ok')\n"
                                   "    return apache2.OK\n"
                                   "end\n";

} // namespace

std::unique_ptr<Product> nginx_with_a_pool(const Site& site, int max_conns, int workers,
                                           const std::string& more)
{
    return nginx(
        site,
        "location / { proxy_pass http://shop; proxy_http_version 1.1; proxy_set_header Connection ''; " +
            more + "}",
        workers,
        "upstream shop { zone shop 64k; server @BACK@ max_conns=" + std::to_string(max_conns) +
            "; keepalive 8; }\n");
}

std::string runs_scripts_in(const std::string& directory)
{
    return "location / { fastcgi_pass @BACK@; fastcgi_param REQUEST_METHOD $request_method;\n"
           "fastcgi_param SCRIPT_FILENAME " +
           directory + "$uri; fastcgi_param SCRIPT_NAME $uri; fastcgi_param QUERY_STRING $args; }";
}

std::unique_ptr<Product> redis(const Site& site)
{
    return std::make_unique<Product>(
        site.space, Product::Options{.command = {"/usr/bin/redis-server", "--bind", "127.0.0.1", "--port",
                                                 std::to_string(site.front.port), "--save", "", "--dir",
                                                 site.dir, "--enable-debug-command", "yes"},
                                     .listens_on = site.front,
                                     .quick_end = SIGKILL});
}

std::unique_ptr<Product> memcached(const Site& site, int connections)
{
    return std::make_unique<Product>(site.space,
                                     Product::Options{.command = {"/usr/bin/memcached", "-l", "127.0.0.1",
                                                                  "-p", std::to_string(site.front.port), "-c",
                                                                  std::to_string(connections), "-t", "2"},
                                                      .listens_on = site.front,
                                                      .uid = kNobody});
}

std::unique_ptr<Product> apache_prefork(const Site& site, int workers)
{
    live::must(::chmod(site.dir.c_str(), 0755), "chmod " + site.dir);
    live::write_file(site.dir + "/page.txt", "page\n");
    live::write_file(site.dir + "/report.lua", kLuaReport);
    const std::string file = site.dir + "/apache.conf"; // (told to end, it tells its whole process group)
    const std::string most = std::to_string(workers);
    live::write_file(
        file, products::fill_in(
                  "ServerRoot @DIR@\nDefaultRuntimeDir @DIR@\nPidFile @DIR@/pid\nErrorLog @DIR@/log\n"
                  "LoadModule mpm_prefork_module /usr/lib/apache2/modules/mod_mpm_prefork.so\n"
                  "LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\n"
                  "LoadModule lua_module /usr/lib/apache2/modules/mod_lua.so\n"
                  "LuaMapHandler ^/report @DIR@/report.lua handle\n"
                  "ServerName test\nUser nobody\nGroup nogroup\nListen @FRONT@\nDocumentRoot @DIR@\n"
                  "KeepAlive On\nKeepAliveTimeout 120\nMaxKeepAliveRequests 0\n"
                  "StartServers @MOST@\nMinSpareServers 1\nMaxSpareServers @MOST@\nServerLimit @MOST@\n"
                  "MaxRequestWorkers @MOST@\n",
                  {{"@DIR@", site.dir}, {"@FRONT@", to_string(site.front)}, {"@MOST@", most}}));
    return std::make_unique<Product>(
        site.space, Product::Options{.command = {"/usr/sbin/apache2", "-D", "FOREGROUND", "-f", file},
                                     .listens_on = site.front,
                                     .quick_end = SIGKILL});
}

std::unique_ptr<live::Program> asks_pooled(const live::Namespace& space, const Site& site,
                                           const Address& front, int per_second, int at_a_time)
{
    live::write_file(site.dir + "/queries.sql", "SELECT pg_sleep(ms / 1000.0) FROM speed;\n");
    return std::make_unique<live::Program>(live::ProgramOptions{
        .command = {std::string(products::kPostgresPrograms) + "pgbench", "-n", "-M", "simple", "-c",
                    std::to_string(at_a_time), "-R", std::to_string(per_second), "-T", "120", "-f",
                    site.dir + "/queries.sql", "-h", "127.0.0.1", "-p", std::to_string(front.port), "-U",
                    "app", "postgres"},
        .netns = space.fd()});
}

} // namespace slotscope::scenarios
