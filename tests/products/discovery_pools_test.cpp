// SPDX-License-Identifier: MIT
// PgBouncer's pools, found without configuration: the number that is found is the one at which its clients
// wait for a connection to PostgreSQL.
#include "discovery_fixture.h"

#include "harness/server.h"
#include "harness/wait.h"
#include "products/postgresql.h"

#include <csignal>
#include <sys/stat.h>
#include <unistd.h>

namespace slotscope::products {
namespace {

class DiscoveredPools : public DiscoveryTest {
  protected:
    void TearDown() override
    {
        DiscoveryTest::TearDown();
        if (!server_)
            return;
        server_->signal(SIGINT); // whoever is connected still
        server_->wait(std::chrono::seconds(20));
    }

    void run_postgresql()
    {
        ASSERT_EQ(::chmod(dir_.path().c_str(), 0755), 0);
        ASSERT_EQ(::chown(dir_.path().c_str(), live::kNobody, live::kNobody), 0);
        const std::string data = dir_.file("data");
        make_cluster(data, live::kNobody, "CREATE ROLE app LOGIN\nCREATE ROLE report LOGIN");
        server_ = live::start_server(
            {.command = {std::string(kPostgresPrograms) + "postgres", "-D", data, "-c",
                         "listen_addresses=127.0.0.1", "-c", "port=" + std::to_string(database_.port), "-c",
                         "unix_socket_directories=" + dir_.path(), "-c", "max_connections=30"},
             .uid = live::kNobody},
            space_, database_);
        ASSERT_TRUE(live::eventually([&] {
            return server_->err().find("ready to accept connections") != std::string::npos;
        })) << server_->err();
    }

    void run_pgbouncer(const std::string& settings, const std::string& databases)
    {
        live::write_file(dir_.file("users"), "; of the application\n\"app\" \"x\"\n");
        live::write_file(dir_.file("databases.ini"), databases);
        start({"/usr/sbin/pgbouncer",
               configuration("pgbouncer.ini", "[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " +
                                                  std::to_string(front_.port) +
                                                  "\nunix_socket_dir =\nauth_type = trust\n"
                                                  "auth_file = @DIR@/users\npool_mode = transaction\n" +
                                                  settings + "[databases]\n%include @DIR@/databases.ini\n")},
              live::kNobody);
    }

    // How many clients are in a transaction when the next one has to wait for its.
    std::uint32_t in_transaction_until_one_waits()
    {
        return served_until_refused([](const Fd& client) {
            live::send_text(client, startup_message("app"));
            if (until_ready(client, std::chrono::seconds(10)).empty())
                return false;
            live::send_text(client, query_message("BEGIN"));
            return until_ready(client, std::chrono::seconds(5)).ends_with("\5T");
        });
    }

    Address database_ = live::address("127.0.0.1", live::next_port());
    std::unique_ptr<live::Program> server_;
};

// The only user that auth_file lets in has the only pool.
TEST_F(DiscoveredPools, LetClientsWaitAtTheSizeOfTheOnlyUsersPool)
{
    run_postgresql();
    run_pgbouncer("default_pool_size = 6\nmax_client_conn = 100\n",
                  "postgres = host=127.0.0.1 port=" + std::to_string(database_.port) + "\n");
    const nlohmann::json limit = found_at(database_, "outbound");
    EXPECT_TRUE(agree("pgbouncer pool", limit, in_transaction_until_one_waits()));
    EXPECT_EQ(limit.at("source"), dir_.file("databases.ini") + ":1");
    EXPECT_EQ(limit.at("origin").at("certainty"), "certain");
    EXPECT_EQ(live::kernel_open(space_, database_, Direction::outbound), 6U);
    EXPECT_TRUE(reached(database_, Direction::outbound));
    EXPECT_EQ(found_at(database_, "inbound").at("slots"), 27); // PostgreSQL's own, less the reserved ones
}

// What the database may have holds before the pool does.
TEST_F(DiscoveredPools, LetClientsWaitAtTheLimitOfTheirDatabase)
{
    run_postgresql();
    run_pgbouncer("max_db_connections = 4\n", "postgres = host=127.0.0.1 user=report port=" +
                                                  std::to_string(database_.port) + " pool_size=9\n");
    const nlohmann::json limit = found_at(database_, "outbound");
    EXPECT_TRUE(agree("pgbouncer db", limit, in_transaction_until_one_waits()));
    EXPECT_EQ(limit.at("origin").at("certainty"), "certain");
    EXPECT_TRUE(reached(database_, Direction::outbound));
}

} // namespace
} // namespace slotscope::products
