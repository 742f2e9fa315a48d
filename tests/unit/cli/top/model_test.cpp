// SPDX-License-Identifier: MIT
#include "samples.h"

#include <gmock/gmock.h>

namespace slotscope::cli::top::test {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TopModel, ShowsTheFullestFirst)
{
    Model model;
    look(model, {backend("calm", "10.0.0.1:1", 1, 8), backend("full", "10.0.0.1:2", 8, 8),
                 backend("busy", "10.0.0.1:3", 50, nullptr), backend("idle", "10.0.0.1:4", 0, nullptr)});
    EXPECT_THAT(names(model), ElementsAre("full", "calm", "busy", "idle"));
    EXPECT_EQ(model.full(), 1U);
    EXPECT_EQ(model.wish(), (Wish{"full", "outbound"}));
}

TEST(TopModel, AFullBackendThatFlickersStaysFirst)
{
    Model model;
    look(model, {backend("a", "10.0.0.1:1", 8, 8), backend("b", "10.0.0.1:2", 6, 8)});
    look(model, {backend("a", "10.0.0.1:1", 5, 8), backend("b", "10.0.0.1:2", 6, 8)});
    EXPECT_THAT(names(model), ElementsAre("a", "b"));
    for (int i = 0; i < 10; ++i)
        look(model, {backend("a", "10.0.0.1:1", 5, 8), backend("b", "10.0.0.1:2", 6, 8)});
    EXPECT_THAT(names(model), ElementsAre("b", "a"));
}

TEST(TopModel, RowsStayUnderTheCursorOnceOneIsChosen)
{
    Model model;
    model.set_page(10);
    look(model, {numbered(1, 5), numbered(2, 4), numbered(3, 3)});
    press(model, Key::Kind::down);
    EXPECT_FALSE(model.follows());
    look(model, {numbered(3, 8), numbered(4, 8), numbered(2, 4), numbered(1, 0)});
    EXPECT_THAT(names(model), ElementsAre("app001", "app002", "app003", "app004"));
    EXPECT_EQ(model.selected_row()->name, "app002");
    press(model, Key::Kind::home);
    EXPECT_TRUE(model.follows());
    EXPECT_EQ(model.selected(), 0U);
    EXPECT_THAT(names(model), ElementsAre("app003", "app004", "app001", "app002"));
}

TEST(TopModel, AChosenBackendThatGoesLeavesItsPlaceToTheNext)
{
    Model model;
    model.set_page(10);
    look(model, {numbered(1, 5), numbered(2, 4), numbered(3, 3)});
    type(model, "j");
    look(model, {numbered(1, 5), numbered(3, 3)});
    EXPECT_EQ(model.selected_row()->name, "app003");
    look(model, {});
    EXPECT_EQ(model.selected_row(), nullptr);
    EXPECT_EQ(model.wish(), Wish{});
    type(model, "jk"); // nothing to move over
}

TEST(TopModel, ThePageFollowsTheSelection)
{
    Model model;
    JsonList list;
    for (unsigned i = 0; i < 100; ++i)
        list.push_back(numbered(i, 1));
    look(model, list);
    model.set_page(10);
    press(model, Key::Kind::end);
    EXPECT_EQ(model.selected(), 99U);
    EXPECT_EQ(model.first(), 90U);
    press(model, Key::Kind::page_up);
    EXPECT_EQ(model.selected(), 89U);
    EXPECT_EQ(model.first(), 89U);
    model.set_page(5);
    press(model, Key::Kind::page_down);
    EXPECT_EQ(model.selected(), 94U);
    EXPECT_EQ(model.first(), 90U);
    press(model, Key::Kind::escape);
    EXPECT_EQ(model.first(), 0U);
}

TEST(TopModel, SortsByWhatIsAskedForAndBack)
{
    Model model;
    Json fast = backend("fast", "10.0.0.1:1", 1, nullptr);
    fast["arrivals_per_second"] = 900;
    Json failing = backend("failing", "10.0.0.1:2", 2, 8);
    failing["connections"]["failed"] = Json{{"refused", 77}};
    look(model, {fast, failing, backend("many", "10.0.0.1:3", 70, nullptr)});
    EXPECT_THAT(names(model), ElementsAre("failing", "many", "fast"));
    type(model, "s");
    EXPECT_THAT(names(model), ElementsAre("many", "failing", "fast"));
    type(model, "s");
    EXPECT_EQ(names(model).front(), "fast");
    type(model, "ss");
    EXPECT_EQ(model.sort(), Sort::failed);
    EXPECT_EQ(names(model).front(), "failing");
    type(model, "s");
    EXPECT_THAT(names(model), ElementsAre("failing", "fast", "many"));
    type(model, "s");
    EXPECT_EQ(model.sort(), Sort::fullness);
    type(model, "S");
    EXPECT_EQ(model.sort(), Sort::name);
}

TEST(TopModel, FiltersWhileTyping)
{
    Model model;
    look(model, {backend("shop", "10.0.0.1:1", 5, 8), backend("db", "10.0.0.2:5432", 4, 8)});
    type(model, "/SHo");
    EXPECT_TRUE(model.typing());
    EXPECT_THAT(names(model), ElementsAre("shop"));
    press(model, Key::Kind::enter);
    EXPECT_FALSE(model.typing());
    type(model, "/");
    for (int i = 0; i < 4; ++i)
        press(model, Key::Kind::backspace);
    type(model, "5432");
    EXPECT_THAT(names(model), ElementsAre("db"));
    EXPECT_EQ(model.wish().backend, "db");
    press(model, Key::Kind::escape);
    EXPECT_THAT(names(model), ElementsAre("shop"));
    type(model, "/zzz");
    EXPECT_THAT(names(model), IsEmpty());
}

TEST(TopModel, LettersOfAFilterAreNoCommands)
{
    Model model;
    look(model, {backend("quick", "10.0.0.1:1", 5, 8)});
    EXPECT_EQ(type(model, "/qc?dp "), Action::none);
    EXPECT_EQ(model.filter(), "qc?dp ");
    EXPECT_FALSE(model.paused());
    EXPECT_EQ(model.press({Key::Kind::interrupt, ""}), Action::quit);
}

TEST(TopModel, ABackspaceTakesAWholeCharacter)
{
    Model model;
    type(model, "/a");
    model.press(Key::of("é"));
    press(model, Key::Kind::backspace);
    EXPECT_EQ(model.filter(), "a");
}

TEST(TopModel, AFilterIsBounded)
{
    Model model;
    type(model, "/" + std::string(1000, 'x'));
    EXPECT_EQ(model.filter().size(), 64U);
}

TEST(TopModel, ShowsOneDirectionOrBoth)
{
    Model model;
    look(model, {backend("a", "10.0.0.1:1", 5, 8), backend("b", "0.0.0.0:80", 4, 8, "inbound")});
    type(model, "d");
    EXPECT_THAT(names(model), ElementsAre("a"));
    type(model, "d");
    EXPECT_THAT(names(model), ElementsAre("b"));
    EXPECT_EQ(model.wish(), (Wish{"b", "inbound"}));
    type(model, "d");
    EXPECT_THAT(names(model), ElementsAre("a", "b"));
}

TEST(TopModel, HoldersMayHaveALeastAge)
{
    Model model;
    look(model, {backend("a", "10.0.0.1:1", 5, 8)});
    hold(model, {holder(0.05, "x", "a"), holder(12, "y", "a"), holder(0.5, "z", "a")});
    EXPECT_EQ(model.holders().size(), 3U);
    EXPECT_EQ(model.holders().front()->row.process, "y");
    type(model, "a");
    EXPECT_EQ(model.holders().size(), 2U);
    type(model, "aa");
    EXPECT_EQ(model.holders().size(), 1U);
    type(model, "a");
    EXPECT_EQ(model.holders().size(), 0U);
    type(model, "A");
    EXPECT_EQ(model.holders().size(), 3U);
}

TEST(TopModel, AnswersForABackendThatIsSelectedNoMoreAreDropped)
{
    Model model;
    model.set_page(10);
    look(model, {numbered(1, 5), numbered(2, 4)});
    const Wish first = model.wish();
    hold(model, {holder(1, "x", "app001")});
    model.take(first, "demand_surge: more calls");
    type(model, "j");
    EXPECT_THAT(model.holders(), IsEmpty());
    EXPECT_EQ(model.verdict(), "");
    model.take(first, Holders{{HolderLine{}}, 1});
    model.take(first, "demand_surge: more calls");
    EXPECT_THAT(model.holders(), IsEmpty());
    EXPECT_EQ(model.verdict(), "");
}

TEST(TopModel, APauseKeepsWhatIsShown)
{
    Model model;
    model.set_page(10);
    look(model, {numbered(1, 5), numbered(2, 4)}, "08:00:00");
    hold(model, {holder(1, "x", "app001")});
    type(model, "p");
    look(model, {numbered(9, 8)}, "08:00:01");
    hold(model, {holder(2, "y", "app001")});
    EXPECT_THAT(names(model), ElementsAre("app001", "app002"));
    EXPECT_EQ(model.at(), "08:00:00");
    EXPECT_EQ(model.holders().front()->row.process, "x");
    type(model, "j"); // another one's holders are wanted all the same
    hold(model, {holder(3, "z", "app002")});
    EXPECT_EQ(model.holders().front()->row.process, "z");
    type(model, " ");
    look(model, {numbered(9, 8)}, "08:00:02");
    EXPECT_THAT(names(model), ElementsAre("app009"));
}

TEST(TopModel, KeepsWhatItShowedWhileTheAgentIsGone)
{
    Model model;
    look(model, {numbered(1, 5)});
    model.lost(Error{"no slotscoped answers on /run/x", 3});
    EXPECT_EQ(model.trouble(), "no slotscoped answers on /run/x");
    EXPECT_THAT(names(model), ElementsAre("app001"));
    look(model, {numbered(1, 6)});
    EXPECT_EQ(model.trouble(), "");
}

TEST(TopModel, KeysQuitCopyAndHelp)
{
    Model model;
    EXPECT_EQ(type(model, "c"), Action::copy);
    EXPECT_EQ(type(model, "?"), Action::none);
    EXPECT_TRUE(model.help());
    EXPECT_EQ(type(model, "q"), Action::none); // any key goes back
    EXPECT_FALSE(model.help());
    EXPECT_EQ(type(model, "q"), Action::quit);
}

TEST(TopHistory, IsBoundedAndForgetsBackends)
{
    Model model;
    for (std::uint64_t i = 0; i < 200; ++i)
        look(model, {numbered(1, i, 1000)});
    const BackendRow row = *model.rows().front();
    EXPECT_EQ(model.history().of(row).size(), kHistoryLooks);
    EXPECT_EQ(model.history().of(row).back(), 199U);
    look(model, {});
    EXPECT_TRUE(model.history().of(row).empty());
}

TEST(TopHistory, IsAsHighAsTheLimit)
{
    EXPECT_EQ(sparkline({0, 1, 4, 7, 8, 9}, 8, 6, true), " ▁▄▇██");
    EXPECT_EQ(sparkline({0, 1, 4, 7, 8, 9}, 8, 6, false), " .-*##");
    EXPECT_EQ(sparkline({1, 799}, 800, 2, true), "▁▇"); // only a full one has full height
}

TEST(TopHistory, WithoutALimitIsAsHighAsTheMost)
{
    EXPECT_EQ(sparkline({1, 2, 4}, 0, 5, false), "  .-#");
    EXPECT_EQ(sparkline({0, 0}, 0, 2, false), "  ");
    EXPECT_EQ(sparkline({}, 0, 3, true), "   ");
    EXPECT_EQ(sparkline({1, 2, 3, 8}, 8, 2, false), ":#"); // the last ones
}

} // namespace slotscope::cli::top::test
