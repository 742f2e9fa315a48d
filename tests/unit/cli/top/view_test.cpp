// SPDX-License-Identifier: MIT
#include "samples.h"

#include "cli/text/text.h"
#include "cli/top/terminal.h"
#include "cli/top/view.h"

#include <gmock/gmock.h>
#include <sstream>

namespace slotscope::cli::top::test {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

constexpr Size kUsual = {80, 24};
constexpr Size kLarge = {140, 40};

// Draws it, and checks what holds for every screen.
std::string drawn(Model& model, Size size, Look look = {true})
{
    model.set_page(page_of(size, model));
    const Frame frame = draw(model, size, look);
    EXPECT_EQ(frame.lines.size(), size.lines);
    for (const Line& line : frame.lines)
        EXPECT_LE(line.width(), size.columns) << line.text();
    return frame.text();
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

std::size_t column_of(const std::string& line, const std::string& text)
{
    return display_width(line.substr(0, line.find(text)));
}

Model incident()
{
    Model model;
    look(model, {backend("app", "127.0.0.1:8081", 8, 8), backend("db", "10.0.0.9:5432", 3, 100),
                 backend("0.0.0.0:80", "0.0.0.0:80", 40, nullptr, "inbound")});
    Json waiting = holder(3.2, "php-fpm8.2", "app");
    waiting["slot"] = "call";
    waiting["state"] = "waiting";
    waiting["call"] = "GET /report/{id}";
    waiting["waits_for"] =
        Json{{"backend", "db"},    {"address", "10.0.0.9:5432"}, {"call", "SELECT … FROM orders"},
             {"age_seconds", 3.1}, {"process", nullptr},         {"certain", true}};
    hold(model, {waiting, holder(1, "curl", "app")});
    model.take(model.wish(),
               "slow_dependency: 8 of 8 slots of app are held; 81 % of the slot-seconds belong to GET "
               "/report/{id}, which waits on 10.0.0.9:5432.");
    return model;
}

} // namespace

TEST(TopView, SaysNoNumberBeforeTheFirstAnswer)
{
    Model model;
    const std::string text = drawn(model, kUsual);
    EXPECT_THAT(text, HasSubstr("asking the agent ..."));
    EXPECT_THAT(text, Not(HasSubstr("0 backends")));
}

TEST(TopView, ShowsBackendsHoldersAndTheVerdictOnAUsualScreen)
{
    Model model = incident();
    const std::string text = drawn(model, kUsual);
    EXPECT_THAT(text, AllOf(HasSubstr("08:15:30"), HasSubstr("3 backends, 1 full"),
                            HasSubstr("██████████ 100%"), HasSubstr("░░░░░░░░░░   3%"),
                            HasSubstr("-- app outbound: 8 of 8 slots held, oldest 3.2s"),
                            HasSubstr("slow_dependency: 8 of 8 slots"), HasSubstr("php-fpm8.2[812]"),
                            HasSubstr("GET /report/{id}"), HasSubstr("no reply 3.2s"), HasSubstr("q quit")));
    EXPECT_THAT(text, Not(HasSubstr("waits for")));
    type(model, "x");
    EXPECT_THAT(drawn(model, kUsual), HasSubstr("waits for db 10.0.0.9:5432: SELECT … FROM orders for 3.1s"));
}

TEST(TopView, SaysThatThereAreMoreHoldersThanItHas)
{
    Model model = incident();
    Json answer = holders({holder(3, "curl", "app"), holder(2, "curl", "app")});
    answer["total"] = 5000;
    model.take(model.wish(), std::move(*read_holders(answer)));
    EXPECT_THAT(drawn(model, kLarge), HasSubstr("oldest 3s, the oldest 2 below"));
}

TEST(TopView, HasMoreColumnsOnALargeScreen)
{
    Model model = incident();
    EXPECT_THAT(drawn(model, kLarge),
                AllOf(HasSubstr("PEAK"), HasSubstr("HITS"), HasSubstr("FAILED"), HasSubstr("RECEIVED"),
                      HasSubstr("app 127.0.0.1:8081"), HasSubstr("GET /report/{id}  127.0.0.1:41234")));
}

TEST(TopView, ColumnsStayWhereTheyAre)
{
    Model model;
    look(model, {backend("app", "127.0.0.1:8081", 8, 8)});
    const std::vector<std::string> before = lines_of(drawn(model, kUsual));
    look(model, {backend("app", "127.0.0.1:8081", 99999, 99999),
                 backend(std::string(60, 'n'), "10.0.0.1:1", 123456789, nullptr)});
    const std::vector<std::string> after = lines_of(drawn(model, kUsual));
    EXPECT_EQ(before[2], after[2]);
    EXPECT_EQ(column_of(before[3], "out"), column_of(after[3], "out"));
    EXPECT_EQ(column_of(after[2], "DIR"), column_of(after[4], "out"));
}

TEST(TopView, NamesTheNetworkNamespaceWhereThereIsRoom)
{
    Model model;
    Json inside = backend("127.0.0.1:8081", "127.0.0.1:8081", 1, 8);
    inside["namespace"] = "4026531833";
    look(model, {inside});
    EXPECT_THAT(drawn(model, kUsual), HasSubstr("\n127.0.0.1:8081        out"));
    EXPECT_THAT(drawn(model, kLarge), HasSubstr("\n127.0.0.1:8081@4026531833 "));
}

TEST(TopView, FitsEverySizeAndEveryName)
{
    Model model = incident();
    look(model, {backend(std::string(300, 'x') + "名前", "10.0.0.1:1", 8, 8), backend("", "", 0, nullptr)});
    for (std::size_t columns = 1; columns < 150; columns += 7)
        for (std::size_t lines = 1; lines < 50; lines += 3)
            drawn(model, {columns, lines});
}

TEST(TopView, IsAsciiWhereTheTerminalIs)
{
    Model model;
    look(model, {backend("app", "127.0.0.1:8081", 4, 8), backend("名", "127.0.0.1:8082", 4, 8)});
    Json old = holder(3, "curl", "app");
    old["age_is_lower_bound"] = true;
    hold(model, {old});
    const std::string text = drawn(model, kUsual, {false});
    EXPECT_THAT(text, AllOf(HasSubstr("#####.....  50%"), HasSubstr("?? 127.0.0.1:8082     out"),
                            HasSubstr(" >3s ")));
    for (const char c : text)
        EXPECT_GE(c, 0) << text;
}

TEST(TopView, ShowsAPageOfAThousandBackends)
{
    Model model;
    JsonList list;
    for (unsigned i = 0; i < 999; ++i)
        list.push_back(numbered(i, i % 8));
    list.push_back(numbered(999, 8));
    look(model, list);
    EXPECT_THAT(drawn(model, kUsual), AllOf(HasSubstr("1000 backends, 1 full"), HasSubstr("app999")));
    press(model, Key::Kind::end);
    const std::string text = drawn(model, kUsual);
    EXPECT_THAT(text, AllOf(Not(HasSubstr("app999")), HasSubstr("held (Home)")));
    EXPECT_THAT(text, HasSubstr("-- " + model.selected_row()->name + " outbound"));
}

TEST(TopView, SaysWhatItHasWhereThereIsNothing)
{
    Model model;
    EXPECT_THAT(drawn(model, kUsual), HasSubstr("asking the agent"));
    look(model, {});
    EXPECT_THAT(drawn(model, kUsual), HasSubstr("no connection was seen yet"));
    look(model, {numbered(1, 1)});
    type(model, "/none");
    EXPECT_THAT(drawn(model, kUsual), AllOf(HasSubstr("filter: none_"), HasSubstr("none of 1 backend fits")));
}

TEST(TopView, SaysThatTheAgentIsGoneAndHowOldTheScreenIs)
{
    Model model;
    model.lost(Error{"no slotscoped answers on /run/slotscope/slotscope.sock", 3});
    EXPECT_THAT(drawn(model, kUsual), HasSubstr("! no agent, trying again: no slotscoped answers on /run/"));
    look(model, {numbered(1, 1)}, "09:00:00");
    model.lost(Error{"gone", 3});
    EXPECT_THAT(drawn(model, kUsual), HasSubstr("! no agent; this is of 09:00:00, trying again: gone"));
}

TEST(TopView, SaysWhatIsMissing)
{
    Model model;
    Result<Backends> answer = read_backends(cli::test::lossy(backends({numbered(1, 1)})));
    ASSERT_TRUE(answer.ok());
    model.take(std::move(*answer), "08:15:30");
    EXPECT_THAT(drawn(model, kUsual), HasSubstr("! incomplete: connections_full 12"));
}

TEST(TopView, HelpNamesEveryKeyOfTheLastLine)
{
    Model model;
    type(model, "?");
    const std::string text = drawn(model, kUsual);
    for (const char* key : {"  s S ", "  /  ", "  d  ", "  a A", "  x  ", "  p Space", "  c  ", "  q Ctrl-C"})
        EXPECT_THAT(text, HasSubstr(key));
}

TEST(TopAnswers, OfTheWrongShapeAreErrors)
{
    EXPECT_FALSE(read_backends(Json{{"backends", 1}}).ok());
    EXPECT_FALSE(read_holders(Json{{"total", 1}, {"holders", Json::array({1})}}).ok());
    EXPECT_FALSE(read_holders(Json{{"total", 1}, {"holders", "x"}}).ok());
    EXPECT_FALSE(read_verdict(Json{{"verdicts", Json::array({Json::object()})}}).ok());
    const auto none = read_verdict(Json{{"verdicts", Json::array()}});
    ASSERT_TRUE(none.ok());
    EXPECT_EQ(*none, "");
}

TEST(TopAnswers, TellThatAnEpisodeIsOver)
{
    Json verdict = {{"cause", "slow_backend"}, {"sentence", "it was slow"}, {"ended", nullptr}};
    Json answer;
    answer["verdicts"].push_back(verdict);
    EXPECT_EQ(*read_verdict(answer), "slow_backend: it was slow");
    answer["verdicts"][0]["ended"] = "2026-01-31T08:15:30Z";
    EXPECT_EQ(*read_verdict(answer), "(over since 2026-01-31T08:15:30Z) slow_backend: it was slow");
}

TEST(TopAnswers, AreHarmlessToTheTerminal)
{
    Model model;
    look(model, {backend("evil\x1b[2J\n", "10.0.0.1:1", 1, 8)});
    EXPECT_THAT(drawn(model, kUsual), AllOf(HasSubstr("evil\\x1b[2J\\n"), Not(HasSubstr("\x1b"))));
}

TEST(Clipboard, IsSetByTheSequenceThatTerminalsKnow)
{
    EXPECT_EQ(clipboard_sequence("Man"), "\x1b]52;c;TWFu\x07");
    EXPECT_EQ(clipboard_sequence("Ma"), "\x1b]52;c;TWE=\x07");
    EXPECT_EQ(clipboard_sequence("M\xff"), "\x1b]52;c;Tf8=\x07");
    EXPECT_EQ(clipboard_sequence(""), "\x1b]52;c;\x07");
}

TEST(TopScreen, IsRefusedWhereThereCanBeNone)
{
    EXPECT_EQ(no_screen_because(true, true, "xterm"), "");
    EXPECT_THAT(no_screen_because(true, true, "dumb"),
                AllOf(HasSubstr("TERM is dumb"), HasSubstr("slotscope backends")));
    EXPECT_THAT(no_screen_because(true, true, nullptr), HasSubstr("TERM is not set"));
    EXPECT_THAT(no_screen_because(true, false, "xterm"), HasSubstr("standard output is none"));
    EXPECT_THAT(no_screen_because(false, true, "xterm"), HasSubstr("standard input is none"));
}

} // namespace slotscope::cli::top::test
