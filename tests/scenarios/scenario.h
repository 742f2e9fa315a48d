// SPDX-License-Identifier: MIT
// An incident on a stage of its own: products in a namespace, clients, an agent that is told nothing but what
// stands in the products' configurations, and the verdict that has to come.
#pragma once

#include "app.h"
#include "load.h"
#include "products.h"
#include "verdict.h"

#include "harness/view.h"

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slotscope::scenarios {

class ScenarioTest : public testing::Test {
    std::set<std::uint16_t> ports_;

  protected:
    void TearDown() override;

    // An address that nothing else has.
    Address address(const std::string& ip = "127.0.0.1");
    Address unix_socket(const std::string& name); // in dir_
    // Where a product of that name runs; the name gets a number, so that no other scenario has it.
    Site site(const std::string& name, const Address& front, const Address& back = {});
    void runs(std::unique_ptr<Product> product) { products_.push_back(std::move(product)); }
    void application_at(const Address& address) { application_at(space_, address); }
    void application_at(const live::Namespace& space, const Address& address)
    {
        apps_.push_back(std::make_unique<App>(space, address));
    }

    // The most frequent stage: clients, a proxy at front_ with so many slots, the application at back_.
    void haproxy_with(int maxconn, const std::string& more = "");
    void varnish_with(int max_connections);
    // The same with Varnish between HAProxy, whose slots are returned, and the application.
    Side varnish_behind_haproxy(int maxconn, const std::string& vcl);

    // nginx at front_, php-fpm with so many workers at `socket`, else back_, PostgreSQL, whose address is
    // returned, or that of PgBouncer before it with so many connections.
    // GET /report.php?tenant=7&db=20&php=0 spends 20 ms in the database and none in PHP.
    // GET /cart.php?tenant=7&ms=20 works for 20 ms with the tenant's session.
    Address php_with(int max_children, const std::optional<Address>& socket = {}, int pool_size = 0);
    // HAProxy with so many slots at front_, gunicorn at back_.
    void gunicorn_with(int maxconn, const Gunicorn& options);

    // Starts the agent, which is also given LIMITS ("--limit" each), and waits until it knows that of `side`.
    void watch(const std::optional<Side>& side, const std::vector<std::string>& limits = {});
    void clients_of(const Address& front) { clients_of(space_, front); }
    void clients_of(const live::Namespace& space, const Address& front);

    // The normal state for so long. Hardly any of it may fail: a host that stalls for a moment makes a limit
    // refuse some.
    void baseline(std::vector<Stream> streams, double seconds = 6);
    void pass(double seconds) const;

    nlohmann::json backend(const Side& side) const;
    std::vector<nlohmann::json> holders(const Side& side) const;
    // The incident is a real one: all slots were taken at some moment after now.
    void fills(const Side& side);
    // Of the holders of `side`, so many or more are as `condition` says.
    void holds(const Side& side, std::size_t count,
               const std::function<bool(const nlohmann::json&)>& condition);

    void gives(const Expected& expected); // waits for the verdict, and that it stays
    // The same where the incident may as well be called by another of these names; expected.cause is the
    // first.
    void gives_one_of(Expected expected, const std::vector<std::string>& causes);
    // A verdict comes, and for so long none of another cause.
    void says_none_but(const Side& side, const std::vector<std::string>& causes, double seconds);
    void gives_each(const std::vector<Expected>& expected); // one verdict for each, and no other
    nlohmann::json why(const std::string& what) const;      // "slotscope why WHAT"; throws where it fails
    void gives_nothing(double seconds = 5);

    bool names_are_seen() const; // of calls, by the hooks that this run has

    live::Agent& agent() { return *agent_; }
    Load& load() { return *load_; }
    pid_t application() const { return apps_.front()->pid(); } // that came first
    Product& product(std::size_t index) { return *products_.at(index); }

    live::Namespace space_;
    live::TempDir dir_;
    const Address front_ = address();
    const Address back_ = address();
    const Side slots_{back_, Direction::outbound}; // of the proxy
    Address database_;                             // of php_with, behind PgBouncer where there is one

    std::vector<nlohmann::json> verdicts() const; // about this scenario's backends

  private:
    std::string what_is_known(const Side& side) const;
    bool is_ours(const nlohmann::json& verdict, const std::set<std::string>& names) const;

    std::vector<std::unique_ptr<Product>> products_;
    std::vector<std::unique_ptr<App>> apps_;
    std::unique_ptr<live::Agent> agent_;
    std::unique_ptr<Load> load_;
};

// What each has to show: the incidents, what looks like them, and what is none.
class Scenario : public ScenarioTest {};
class Twin : public ScenarioTest {};
class Control : public ScenarioTest {};

} // namespace slotscope::scenarios
