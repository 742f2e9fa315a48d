// SPDX-License-Identifier: MIT
// The products that incidents happen to, with configurations as short as the incident allows.
#pragma once

#include "harness/netns.h"
#include "model/address.h"

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace slotscope::scenarios {

// A product that runs in a namespace. Ends with its own signal for a quick end, its children too.
class Product {
  public:
    struct Options {
        std::vector<std::string> command;
        Address listens_on;
        uid_t uid = 0;
        int quick_end = SIGTERM;
    };

    // Returns once it takes connections; throws with what it said instead.
    Product(const live::Namespace& space, const Options& options);
    ~Product();
    Product(const Product&) = delete;
    Product& operator=(const Product&) = delete;

    live::Program& program() { return program_; }

  private:
    live::Program program_;
    int quick_end_;
};

// Ends every process in the namespace but its own: workers whose parent was killed.
void end_all_in(const live::Namespace& space);

// Where products run and what they are called there. NAME is that of the backend, front is where the product
// listens, back what it goes to, dir a directory of its own.
struct Site {
    const live::Namespace& space;
    std::string dir;
    std::string name;
    Address front;
    Address back;
};

std::unique_ptr<Product> haproxy(const Site& site, int maxconn, const std::string& more = "");
std::unique_ptr<Product> varnish(const Site& site, int max_connections,
                                 const std::string& vcl = "sub vcl_recv { return (pass); }");
std::unique_ptr<Product> nginx(const Site& site, const std::string& location, int workers = 1,
                               const std::string& upstream = "");
// In front of the server at site.back, with connections kept and so many requests at a time for all workers,
// as it has a zone. MORE goes into the location.
std::unique_ptr<Product> nginx_with_a_pool(const Site& site, int max_conns, int workers = 1,
                                           const std::string& more = "");
// A location that has the scripts in a directory run by the FastCGI server at site.back.
std::string runs_scripts_in(const std::string& directory);
// HAProxy with these backends, whose frontend sends what begins with /NAME/ to backend NAME.
struct HaproxyBackend {
    std::string name;
    std::string servers; // lines
};
std::unique_ptr<Product> haproxy_with_backends(const Site& site, const std::vector<HaproxyBackend>& backends);

struct Gunicorn {
    int workers = 1;
    int threads = 1;
    int backlog = 64;
    std::string application; // Python: def answer(path, query) -> text
    bool tls = false;
};
std::unique_ptr<Product> gunicorn(const Site& site, const Gunicorn& options);

// Scripts lie in site.dir, and so do sessions. site.front may be a Unix socket.
std::unique_ptr<Product> php_fpm(const Site& site, int max_children);

// Lets user "app" in without a password; has run SQL, a statement a line, before it takes connections.
std::unique_ptr<Product> mariadb(const Site& site, int max_connections, const std::string& sql);

// Sleeps on "DEBUG SLEEP".
std::unique_ptr<Product> redis(const Site& site);

std::unique_ptr<Product> memcached(const Site& site, int connections);

// Processes that serve a connection each, and keep it open; the document is /page.txt, and /report takes
// ?ms=20.
std::unique_ptr<Product> apache_prefork(const Site& site, int workers);

// In front of the PostgreSQL at site.back, so many connections to it.
std::unique_ptr<Product> pgbouncer(const Site& site, int pool_size);

// pgbench that asks through `front` for as long as the table `speed` says, so many times a second on average,
// so many at a time at most.
std::unique_ptr<live::Program> asks_pooled(const live::Namespace& space, const Site& site,
                                           const Address& front, int per_second, int at_a_time);

// Has run SQL, a statement a line, before it starts.
std::unique_ptr<Product> postgresql(const Site& site, int max_connections, const std::string& sql);

} // namespace slotscope::scenarios
