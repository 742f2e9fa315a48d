// SPDX-License-Identifier: MIT
#include "product_fixture.h"

#include "harness/server.h"
#include "harness/wait.h"
#include "products/configuration.h"

namespace slotscope::products {

using live::eventually;
using live::must;

void ProductTest::start_product(const std::vector<std::string>& command)
{
    product_ = live::start_server({.command = command}, space_, front_);
}

void ProductTest::request()
{
    const std::size_t before = backend_.held();
    Fd client = space_.inside([] { return live::tcp_socket(live::Family::ip4); });
    must(-live::connect_to(client, front_, live::Family::ip4), "connect to the product");
    live::send_text(client, "GET /held HTTP/1.1\r\nHost: test\r\n\r\n");
    clients_.push_back(std::move(client));
    ASSERT_TRUE(eventually([&] { return backend_.held() == before + 1; }))
        << product_->out() << product_->err();
}

void ProductTest::answer_all()
{
    backend_.release();
    for (; answered_ < clients_.size(); ++answered_) {
        std::string answer;
        while (answer.find("\r\n\r\nok\n") == std::string::npos) {
            const std::string part = live::receive_text(clients_[answered_]);
            ASSERT_FALSE(part.empty()) << answer;
            answer += part;
        }
    }
}

std::string ProductTest::get(const std::string& path) const
{
    const Fd client = space_.inside([] { return live::tcp_socket(live::Family::ip4); });
    must(-live::connect_to(client, front_, live::Family::ip4), "connect to the product");
    live::send_text(client, "GET " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    return live::parse_answer(live::read_all(client, live::kDeadline)).body;
}

std::size_t ProductTest::kernel_outbound() const
{
    return live::kernel_open(space_, back_, Direction::outbound);
}

testing::AssertionResult ProductTest::open_is(std::size_t open) const
{
    nlohmann::json seen[2];
    const auto is_open = [&](Direction direction) {
        nlohmann::json& backend = seen[static_cast<int>(direction)];
        backend = look_at(agent(), {.address = back_, .direction = direction, .own = &space_});
        if (backend.is_null())
            return open == 0;
        return backend.at("connections").at("open") == open && backend.at("slots").at("in_use") == open &&
               live::kernel_open(space_, back_, direction) == open;
    };
    if (eventually([&] { return is_open(Direction::outbound) && is_open(Direction::inbound); }))
        return testing::AssertionSuccess();
    return testing::AssertionFailure() << "instead of " << open << " open (the kernel has "
                                       << kernel_outbound() << "): " << seen[0] << "\n"
                                       << seen[1];
}

std::string ProductTest::configuration(const std::string& name, const std::string& text) const
{
    live::write_file(dir_.file(name), fill_in(text, {{"@FRONT@", to_string(front_)},
                                                     {"@BACK@", to_string(back_)},
                                                     {"@DIR@", dir_.path()}}));
    return dir_.file(name);
}

} // namespace slotscope::products
