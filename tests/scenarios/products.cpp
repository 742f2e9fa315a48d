// SPDX-License-Identifier: MIT
#include "products.h"

#include "harness/sock.h"
#include "harness/wait.h"
#include "model/unix_path.h"
#include "products/configuration.h"
#include "products/postgresql.h"

#include <charconv>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace slotscope::scenarios {
namespace {

using live::eventually;

constexpr uid_t kNobody = 65534;
constexpr std::chrono::seconds kQuickEnd{4};

live::ProgramOptions program_options(const live::Namespace& space, const Product::Options& options)
{
    if (::access(options.command.front().c_str(), X_OK) != 0)
        throw std::runtime_error(options.command.front() + " is not installed: scripts/setup does it");
    return {.command = options.command, .uid = options.uid, .netns = space.fd()};
}

// The path of a file NAME in the site's directory, with TEXT in which the site's words are filled in.
std::string written(const Site& site, const std::string& name, const std::string& text)
{
    const std::string path = site.dir + "/" + name;
    live::write_file(path, products::fill_in(text, {{"@FRONT@", to_string(site.front)},
                                                    {"@BACK@", to_string(site.back)},
                                                    {"@NAME@", site.name},
                                                    {"@DIR@", site.dir}}));
    return path;
}

void open_directory(const std::string& path, uid_t owner) // to servers that do not run as root
{
    live::must(::chmod(path.c_str(), 0755), "chmod " + path);
    live::must(::chown(path.c_str(), owner, owner), "chown " + path);
}

std::string host_of(const Address& address)
{
    const std::string text = to_string(address);
    return text.substr(0, text.rfind(':'));
}

// cert.pem and key.pem in the site's directory.
void make_certificate(const Site& site)
{
    const live::Outcome made =
        live::run({.command = {"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                               "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=shop.example",
                               "-keyout", site.dir + "/key.pem", "-out", site.dir + "/cert.pem"}});
    if (made.exit != 0)
        throw std::runtime_error("openssl: " + made.said());
}

bool lives_in(const std::filesystem::path& process, std::uint32_t netns)
{
    std::error_code error;
    const std::string link = std::filesystem::read_symlink(process / "ns/net", error);
    return !error && link == "net:[" + std::to_string(netns) + "]";
}

// As most configurations have it.
std::string path_or_address(const Address& address)
{
    const std::string text = to_string(address);
    return is_unix(address) ? text.substr(text.find(':') + 1) : text;
}

} // namespace

Product::Product(const live::Namespace& space, const Options& options)
    : program_(program_options(space, options))
    , quick_end_(options.quick_end)
{
    const auto takes_connections = [&] {
        if (is_unix(options.listens_on))
            return ::access(path_or_address(options.listens_on).c_str(), F_OK) == 0;
        const Fd probe = space.inside([] { return live::tcp_socket(live::Family::ip4); });
        return live::connect_to(probe, options.listens_on, live::Family::ip4) == 0;
    };
    eventually([&] { return !program_.running() || takes_connections(); });
    if (!program_.running())
        throw std::runtime_error(options.command.front() + " ended: " + program_.out() + program_.err());
}

Product::~Product()
{
    if (!program_.running())
        return;
    program_.signal(quick_end_);
    program_.wait(kQuickEnd);
}

void end_all_in(const live::Namespace& space)
{
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        pid_t pid = 0;
        const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (parsed.ec == std::errc() && pid != space.process() && pid != ::getpid() &&
            lives_in(entry.path(), space.inode()))
            ::kill(pid, SIGKILL);
    }
}

std::unique_ptr<Product> haproxy(const Site& site, int maxconn, const std::string& more)
{
    const std::string file =
        written(site, "haproxy.cfg",
                "global\n    maxconn 1000\n    nbthread 2\n"
                "defaults\n    mode http\n    timeout connect 30s\n    timeout client 60s\n"
                "    timeout server 60s\n    timeout queue 60s\n    retries 0\n"
                "frontend front\n    bind @FRONT@\n    default_backend @NAME@\n"
                "backend @NAME@\n    " +
                    more + "\n    server s1 @BACK@ maxconn " + std::to_string(maxconn) + "\n");
    return std::make_unique<Product>(
        site.space, Product::Options{.command = {"/usr/sbin/haproxy", "-W", "-db", "-f", file},
                                     .listens_on = site.front});
}

std::unique_ptr<Product> haproxy_with_backends(const Site& site, const std::vector<HaproxyBackend>& backends)
{
    std::string text = "global\n    maxconn 1000\n    nbthread 2\n"
                       "defaults\n    mode http\n    timeout connect 30s\n    timeout client 60s\n"
                       "    timeout server 60s\n    timeout queue 60s\n    retries 0\n"
                       "frontend front\n    bind @FRONT@\n";
    for (const HaproxyBackend& each : backends)
        text += "    use_backend " + each.name + " if { path_beg /" + each.name + "/ }\n";
    for (const HaproxyBackend& each : backends)
        text += "backend " + each.name + "\n" + each.servers;
    return std::make_unique<Product>(site.space,
                                     Product::Options{.command = {"/usr/sbin/haproxy", "-W", "-db", "-f",
                                                                  written(site, "haproxy.cfg", text)},
                                                      .listens_on = site.front});
}

std::unique_ptr<Product> varnish(const Site& site, int max_connections, const std::string& vcl)
{
    const std::string file =
        written(site, "site.vcl",
                "vcl 4.1;\nbackend @NAME@ {\n    .host = \"" + host_of(site.back) + "\";\n    .port = \"" +
                    std::to_string(site.back.port) +
                    "\";\n    .max_connections = " + std::to_string(max_connections) + ";\n}\n" + vcl + "\n");
    return std::make_unique<Product>(
        site.space,
        Product::Options{.command = {"/usr/sbin/varnishd", "-F", "-j", "none", "-n", site.dir + "/varnish",
                                     "-f", file, "-a", to_string(site.front)},
                         .listens_on = site.front});
}

std::unique_ptr<Product> nginx(const Site& site, const std::string& location, int workers,
                               const std::string& upstream)
{
    const std::string file =
        written(site, "nginx.conf",
                "daemon off;\nworker_processes " + std::to_string(workers) +
                    ";\npid @DIR@/nginx.pid;\nerror_log @DIR@/error.log;\n"
                    "events { worker_connections 1000; }\nhttp {\n    access_log off;\n"
                    "    client_body_temp_path @DIR@/body;\n    proxy_temp_path @DIR@/proxy;\n"
                    "    fastcgi_temp_path @DIR@/fastcgi;\n    uwsgi_temp_path @DIR@/uwsgi;\n"
                    "    scgi_temp_path @DIR@/scgi;\n" +
                    upstream + "    server { listen @FRONT@ backlog=1000;\n" + location + "\n    }\n}\n");
    return std::make_unique<Product>(site.space, Product::Options{.command = {"/usr/sbin/nginx", "-c", file,
                                                                              "-e", site.dir + "/error.log"},
                                                                  .listens_on = site.front});
}

std::unique_ptr<Product> gunicorn(const Site& site, const Gunicorn& options)
{
    written(
        site, "app.py",
        options.application +
            "\n\ndef application(environ, start_response):\n"
            "    from urllib.parse import parse_qs\n"
            "    query = {name: values[0] for name, values in parse_qs(environ['QUERY_STRING']).items()}\n"
            "    environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))\n"
            "    body = answer(environ['PATH_INFO'], query).encode()\n"
            "    start_response('200 OK', [('Content-Length', str(len(body)))])\n"
            "    return [body]\n");
    std::vector<std::string> command = {"/usr/bin/gunicorn",
                                        "--chdir",
                                        site.dir,
                                        "--bind",
                                        to_string(site.front),
                                        "--timeout",
                                        "120",
                                        "--workers",
                                        std::to_string(options.workers),
                                        "--backlog",
                                        std::to_string(options.backlog)};
    if (options.threads > 1)
        command.insert(command.end(), {"--threads", std::to_string(options.threads)});
    if (options.tls) {
        make_certificate(site);
        command.insert(command.end(),
                       {"--certfile", site.dir + "/cert.pem", "--keyfile", site.dir + "/key.pem"});
    }
    command.emplace_back("app:application");
    return std::make_unique<Product>(
        site.space, Product::Options{.command = command, .listens_on = site.front, .quick_end = SIGINT});
}

std::unique_ptr<Product> php_fpm(const Site& site, int max_children)
{
    open_directory(site.dir, kNobody);
    const std::string file =
        written(site, "fpm.conf",
                "[global]\nerror_log = @DIR@/fpm.log\n[@NAME@]\nlisten = " + path_or_address(site.front) +
                    "\nlisten.mode = 0666\nlisten.backlog = 511\nphp_value[session.save_path] = @DIR@\n"
                    "user = nobody\ngroup = nogroup\npm = static\npm.max_children = " +
                    std::to_string(max_children) + "\n");
    return std::make_unique<Product>(
        site.space,
        Product::Options{.command = {"/usr/sbin/php-fpm8.2", "-F", "-y", file}, .listens_on = site.front});
}

std::unique_ptr<Product> mariadb(const Site& site, int max_connections, const std::string& sql)
{
    open_directory(site.dir, kNobody);
    const std::string data = site.dir + "/data";
    const live::Outcome made =
        live::run({.command = {"/usr/bin/mariadb-install-db", "--no-defaults", "--datadir=" + data,
                               "--auth-root-authentication-method=normal", "--skip-test-db"},
                   .uid = kNobody},
                  std::chrono::seconds(60));
    if (made.exit != 0)
        throw std::runtime_error("mariadb-install-db: " + made.said());
    written(site, "init.sql",
            "CREATE USER IF NOT EXISTS app@'%';\nGRANT ALL ON *.* TO app@'%';\nCREATE DATABASE IF NOT EXISTS "
            "shop;\n" +
                sql);
    const std::string file = written(
        site, "my.cnf",
        "[mysqld]\nbind-address = " + host_of(site.front) + "\nport = " + std::to_string(site.front.port) +
            "\ndatadir = " + data + "\nsocket = @DIR@/s.sock\npid-file = @DIR@/pid\n" +
            "init-file = @DIR@/init.sql\nskip-name-resolve\nmax_connections = " +
            std::to_string(max_connections) + "\n");
    return std::make_unique<Product>(
        site.space, Product::Options{.command = {"/usr/sbin/mariadbd", "--defaults-file=" + file},
                                     .listens_on = site.front,
                                     .uid = kNobody,
                                     .quick_end = SIGKILL});
}

std::unique_ptr<Product> pgbouncer(const Site& site, int pool_size)
{
    open_directory(site.dir, kNobody);
    written(site, "users", "\"app\" \"x\"\n");
    const std::string file = written(
        site, "pgbouncer.ini",
        "[databases]\npostgres = host=" + host_of(site.back) + " port=" + std::to_string(site.back.port) +
            "\n[pgbouncer]\nlisten_addr = " + host_of(site.front) +
            "\nlisten_port = " + std::to_string(site.front.port) +
            "\nunix_socket_dir =\nauth_type = trust\nauth_file = @DIR@/users\npool_mode = transaction\n"
            "max_client_conn = 200\ndefault_pool_size = " +
            std::to_string(pool_size) + "\n");
    return std::make_unique<Product>(
        site.space,
        Product::Options{.command = {"/usr/sbin/pgbouncer", file}, .listens_on = site.front, .uid = kNobody});
}

std::unique_ptr<Product> postgresql(const Site& site, int max_connections, const std::string& sql)
{
    open_directory(site.dir, kNobody);
    const std::string data = site.dir + "/data";
    products::make_cluster(data, kNobody, sql);
    return std::make_unique<Product>(
        site.space,
        Product::Options{.command = {std::string(products::kPostgresPrograms) + "postgres", "-D", data, "-c",
                                     "listen_addresses=" + host_of(site.front), "-c",
                                     "port=" + std::to_string(site.front.port), "-c",
                                     "unix_socket_directories=" + site.dir, "-c",
                                     "max_connections=" + std::to_string(max_connections), "-c", "fsync=off"},
                         .listens_on = site.front,
                         .uid = kNobody,
                         .quick_end = SIGQUIT});
}

} // namespace slotscope::scenarios
