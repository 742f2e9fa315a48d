// SPDX-License-Identifier: MIT
// Limits of application servers, found without configuration. The application of each asks a backend that
// holds the request: so many as it holds are served at the same time.
#include "discovery_fixture.h"

#include "harness/wait.h"

#include <csignal>
#include <filesystem>
#include <poll.h>

namespace slotscope::products {
namespace {

class DiscoveredApplication : public DiscoveryTest {
  protected:
    void write_python() const
    {
        live::write_file(dir_.file("held.py"),
                         "import socket\n"
                         "def application(environ, start_response):\n"
                         "    with socket.create_connection(('127.0.0.1', " +
                             std::to_string(back_.port) +
                             ")) as held:\n"
                             "        held.sendall(b'GET /held HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\n"
                             "        held.recv(1000)\n"
                             "    start_response('200 OK', [('Content-Length', '3')])\n"
                             "    return [b'ok\\n']\n");
    }
};

TEST_F(DiscoveredApplication, Gunicorn)
{
    write_python();
    configuration("conf.py", "import os\nbind = '@FRONT@'\npythonpath = '@DIR@'\ngraceful_timeout = 1\n"
                             "extra = int(os.environ.get('NOT_SET', '1'))\nworkers = 2 * extra + 1\n");
    start({"/usr/bin/gunicorn", "-c", dir_.file("conf.py"), "held"});
    const nlohmann::json limit = found_at(front_, "inbound");
    EXPECT_TRUE(agree("gunicorn", limit, held_of(6)));
    EXPECT_EQ(limit.at("source"), dir_.file("conf.py") + ":6");
    EXPECT_EQ(limit.at("origin").at("certainty"), "certain");
    EXPECT_TRUE(reached(front_, Direction::inbound));
}

TEST_F(DiscoveredApplication, GunicornWithThreads)
{
    write_python();
    start({"/usr/bin/gunicorn", "--pythonpath", dir_.path(), "-b", to_string(front_), "-w2", "--threads=3",
           "--graceful-timeout", "1", "held"});
    const nlohmann::json limit = found_at(front_, "inbound");
    EXPECT_TRUE(agree("gunicorn 2x3", limit, held_of(40))); // enough for both workers to get more than 3
    EXPECT_EQ(limit.at("kind"), "calls");
    EXPECT_TRUE(reached(front_, Direction::inbound));
}

TEST_F(DiscoveredApplication, AChangedLimitOfGunicornHoldsFromTheReloadOn)
{
    const auto write = [&](const std::string& workers) {
        configuration("conf.py", "bind = '@FRONT@'\npythonpath = '@DIR@'\nworkers = " + workers +
                                     "\ngraceful_timeout = 1\n");
    };
    write_python();
    write("2");
    start({"/usr/bin/gunicorn", "-c", dir_.file("conf.py"), "held"});
    ASSERT_TRUE(becomes(front_, "inbound", 2));
    settle(2);
    live::EventStream events(finder().socket());
    write("4");
    EXPECT_TRUE(live::eventually([&] {
        return finder().get("/v1/limits").at("not_understood").dump().find("before it is reloaded") !=
               std::string::npos;
    }));
    EXPECT_TRUE(becomes(front_, "inbound", 2));
    const auto reloaded = std::chrono::steady_clock::now();
    product_->signal(SIGHUP);
    EXPECT_TRUE(becomes(front_, "inbound", 4));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - reloaded;
    std::cout << "[ product  ] gunicorn: a reload is seen after " << took.count() << " s" << std::endl;
    EXPECT_TRUE(is_told(events, " has 4 slots instead of 2"));
}

// The older workers finish what they have beside the new ones.
TEST_F(DiscoveredApplication, OlderWorkersOfGunicornAreAGenerationOfTheirOwn)
{
    const auto write = [&](const std::string& workers) {
        configuration("conf.py", "bind = '@FRONT@'\npythonpath = '@DIR@'\nworkers = " + workers +
                                     "\ngraceful_timeout = 60\n");
    };
    write_python();
    write("2");
    start({"/usr/bin/gunicorn", "-c", dir_.file("conf.py"), "held"});
    ASSERT_TRUE(becomes(front_, "inbound", 2));
    settle(2);
    EXPECT_EQ(held_of(2), 2U);
    write("3");
    product_->signal(SIGHUP);
    EXPECT_TRUE(becomes(front_, "inbound", 3));
    const auto generations = [&] { return found_at(front_, "inbound").at("origin").at("generations"); };
    EXPECT_TRUE(live::eventually([&] {
        const nlohmann::json all = generations();
        return all.size() == 2 && all[0].at("slots") == 2 && all[0].at("in_use") == 2 &&
               all[1].at("slots") == 3 && all[1].at("pids").size() == 3;
    })) << found_at(front_, "inbound").dump(2);
    EXPECT_TRUE(live::eventually([&] {
        backend_.release();
        return generations().empty();
    })) << found_at(front_, "inbound").dump(2);
}

TEST_F(DiscoveredApplication, Uwsgi)
{
    write_python();
    configuration("more.ini", "[uwsgi]\nthreads = 2\n");
    start({"/usr/bin/uwsgi-core", "--ini",
           configuration("app.ini",
                         "[uwsgi]\nplugins = python3\nhttp-socket = @FRONT@\nmaster = true\n"
                         "die-on-term = true\nbase = 2\nprocesses = %(base)\n"
                         "chdir = @DIR@\nmodule = held\nini = %dmore.ini\nworker-reload-mercy = 1\n")});
    const nlohmann::json limit = found_at(front_, "inbound");
    EXPECT_TRUE(agree("uwsgi", limit, held_of(8)));
    EXPECT_EQ(limit.at("source"), dir_.file("app.ini") + ":7");
    EXPECT_TRUE(reached(front_, Direction::inbound));
}

TEST_F(DiscoveredApplication, Puma)
{
    live::write_file(dir_.file("config.ru"),
                     "require 'socket'\n"
                     "run lambda { |env|\n"
                     "  held = TCPSocket.new('127.0.0.1', " +
                         std::to_string(back_.port) +
                         ")\n"
                         "  held.write(\"GET /held HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n\")\n"
                         "  held.readpartial(1000)\n"
                         "  [200, { 'content-type' => 'text/plain' }, [\"ok\\n\"]]\n"
                         "}\n");
    std::filesystem::create_directory(dir_.file("config"));
    configuration("config/puma.rb", "most = ENV.fetch(\"NOT_SET\") { 2 }\nthreads 1, most\nworkers 2\n"
                                    "bind \"tcp://@FRONT@\"\nworker_shutdown_timeout 1\n"
                                    "force_shutdown_after 1\n");
    ASSERT_EQ(::access("/usr/bin/puma", X_OK), 0) << "puma is not installed: scripts/setup does it";
    start({"/bin/sh", "-c", "cd " + dir_.path() + " && exec /usr/bin/puma"});
    const nlohmann::json limit = found_at(front_, "inbound");
    EXPECT_TRUE(agree("puma", limit, held_of(30))); // enough for both workers to get more than 2
    EXPECT_EQ(limit.at("source"), dir_.file("config/puma.rb") + ":2");
    EXPECT_TRUE(reached(front_, Direction::inbound));
}

// A large file that nobody reads holds its thread.
TEST_F(DiscoveredApplication, Tomcat)
{
    for (const char* part : {"conf", "app", "logs", "temp", "work"})
        std::filesystem::create_directory(dir_.file(part));
    live::write_file(dir_.file("app/large"), "");
    std::filesystem::resize_file(dir_.file("app/large"), 64 << 20);
    live::write_file(dir_.file("conf/web.xml"),
                     "<web-app><servlet><servlet-name>default</servlet-name>"
                     "<servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class></servlet>"
                     "<servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern>"
                     "</servlet-mapping></web-app>");
    live::write_file(
        dir_.file("conf/catalina.properties"),
        "common.loader=\"${catalina.home}/lib\",\"${catalina.home}/lib/*.jar\"\nmost.threads = 4\n");
    configuration("conf/server.xml",
                  "<?xml version='1.0'?>\n<Server port=\"-1\">\n<Service name=\"Catalina\">\n"
                  "<!-- <Connector maxThreads=\"1\" port=\"1\"/> -->\n"
                  "<Executor name=\"pool\" maxThreads=\"${most.threads}\" minSpareThreads=\"1\"/>\n"
                  "<Connector executor=\"pool\" address=\"127.0.0.1\" port=\"" +
                      std::to_string(front_.port) +
                      "\" useSendfile=\"false\" bindOnInit=\"false\"/>\n"
                      "<Engine name=\"Catalina\" defaultHost=\"localhost\"><Host name=\"localhost\">"
                      "<Context path=\"\" docBase=\"@DIR@/app\"><JarScanner "
                      "scanClassPath=\"false\"/></Context></Host></Engine>\n</Service>\n</Server>\n");
    const std::string home = "/usr/share/tomcat10";
    start({"/usr/bin/java", "-Xmx128m", "-XX:+UseSerialGC", "-Dcatalina.base=" + dir_.path(),
           "-Dcatalina.home=" + home, "-Dmost.threads=7", "-cp",
           home + "/bin/bootstrap.jar:" + home + "/bin/tomcat-juli.jar",
           "org.apache.catalina.startup.Bootstrap", "start"});
    const nlohmann::json limit = found_at(front_, "inbound");
    EXPECT_TRUE(agree("tomcat", limit, served_until_refused([](const Fd& fd) {
                          live::send_text(fd, "GET /large HTTP/1.1\r\nHost: test\r\n\r\n");
                          pollfd waits{fd.get(), POLLIN, 0};
                          return ::poll(&waits, 1, 1500) == 1;
                      })));
    EXPECT_EQ(limit.at("source"), dir_.file("conf/server.xml") + ":5");
    EXPECT_TRUE(reached(front_, Direction::inbound));
}

} // namespace
} // namespace slotscope::products
