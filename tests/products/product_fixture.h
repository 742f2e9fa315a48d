// SPDX-License-Identifier: MIT
// A product between clients and a backend that holds its requests, all in a namespace of the test's own.
#pragma once

#include "held_backend.h"

#include "harness/fixture.h"

#include <memory>
#include <string>
#include <vector>

namespace slotscope::products {

class ProductTest : public live::LiveTest {
  protected:
    // Starts COMMAND (its configuration is in dir_) and waits until it takes connections at front_.
    void start_product(const std::vector<std::string>& command);

    // One more request, on a connection of its own; returns when the backend holds it.
    void request();
    // Lets all requests be answered and reads the answers.
    void answer_all();
    // GET of PATH at front_ on a connection that is closed afterwards: the body.
    std::string get(const std::string& path) const;

    // Waits until the agent has this many connections open, on both sides, as the kernel's list has.
    testing::AssertionResult open_is(std::size_t open) const;
    std::size_t kernel_outbound() const;

    // A configuration's text with @FRONT@, @BACK@ and @DIR@ filled in, as a file in dir_. Its path.
    std::string configuration(const std::string& name, const std::string& text) const;

    live::TempDir dir_;
    live::Namespace space_;
    Address front_ = live::address("127.0.0.1", live::next_port());
    Address back_ = live::address("127.0.0.1", live::next_port());
    HeldBackend backend_{space_.inside([this] { return live::listen_on(back_, live::Family::ip4); })};
    std::unique_ptr<live::Program> product_;
    std::vector<Fd> clients_;
    std::size_t answered_ = 0; // of clients_
};

} // namespace slotscope::products
