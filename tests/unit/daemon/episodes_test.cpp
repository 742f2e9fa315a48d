// SPDX-License-Identifier: MIT
// When episodes begin and end: a host that is made up, second by second.
#include "daemon/episodes.h"

#include "model/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace slotscope::daemon {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint32_t kApp = 3;

// One backend with a limit of 8 calls, whose counters are moved by hand.
class Host {
  public:
    Host()
        : watch_(sight(), shelf_)
    {
        counters_.index = kApp;
        counters_.created_ns = 1;
        counters_.calls.limit = 8;
        counters_.hold.counts.resize(kHistogramBuckets);
        counters_.calls.durations.counts.resize(kHistogramBuckets);
    }

    // Goes on by a quarter of a second, with so many calls in flight all the while.
    void quarter(std::uint64_t in_flight, std::uint64_t completed)
    {
        const std::uint64_t before = counters_.calls.in_flight;
        counters_.calls.in_flight = in_flight;
        counters_.at_limit = in_flight >= 8;
        if (in_flight >= 8 && before < 8) {
            ++counters_.limit_hits;
            watch_.limit_reached(kApp, now_ns_, now_ns_, at());
        }
        now_ns_ += 250 * kMillisecond;
        counters_.calls.slot_ns += in_flight * 250 * kMillisecond;
        counters_.time_at_limit_ns += in_flight >= 8 ? 250 * kMillisecond : 0;
        counters_.calls.outcomes[0] += completed;
        counters_.calls.durations.counts[70] += completed;
        counters_.calls.durations.sum_ns += completed * 100 * kMillisecond;
        if (++quarters_ % 4 == 0)
            watch_.tick(std::vector<BackendCounters>{counters_}, now_ns_, at());
        else
            watch_.step(now_ns_, at());
    }
    void seconds(int count, std::uint64_t in_flight, std::uint64_t completed_per_quarter = 5)
    {
        for (int i = 0; i < 4 * count; ++i)
            quarter(in_flight, completed_per_quarter);
    }
    std::vector<Episode> episodes() const { return shelf_.list({}); }
    std::size_t events(const std::string& kind) const
    {
        return static_cast<std::size_t>(std::count(events_.begin(), events_.end(), kind));
    }
    SystemTime at() const { return SystemTime() + std::chrono::nanoseconds(now_ns_); }
    EpisodeWatch& watch() { return watch_; }

  private:
    EpisodeSight sight()
    {
        EpisodeSight sight;
        sight.backend = [this](std::uint32_t) -> std::optional<Backend> {
            Backend backend;
            backend.name = "app";
            backend.address = "127.0.0.1:8081";
            backend.kind = SlotKind::calls;
            backend.counters = counters_;
            return backend;
        };
        sight.counters = [this](std::uint32_t) -> std::optional<BackendCounters> { return counters_; };
        sight.limit = [](std::uint32_t) -> std::optional<Limit> { return std::nullopt; };
        sight.holders = [this](const HolderQuery&) -> Result<HolderPage> {
            HolderPage page;
            for (std::uint64_t i = 0; i < counters_.calls.in_flight; ++i) {
                Holder holder;
                holder.backend = "app";
                holder.slot = SlotKind::calls;
                holder.call.state = CallState::waiting;
                holder.age_seconds = 0.1;
                holder.process = Process{7, 7, "haproxy", ""};
                page.holders.push_back(holder);
            }
            page.total = page.holders.size();
            return page;
        };
        sight.connections = [] { return std::vector<Connection>(); };
        sight.processes = [](const auto&, const auto&) { return analyze::ProcessBook(); };
        sight.publish = [this](const Event& event) { events_.push_back(event.kind); };
        return sight;
    }

    BackendCounters counters_;
    EpisodeShelf shelf_;
    std::vector<std::string> events_;
    std::uint64_t now_ns_ = 1000'000 * kMillisecond;
    int quarters_ = 0;
    EpisodeWatch watch_;
};

TEST(EpisodeWatch, ALimitThatStaysReachedIsAnEpisodeWithinTwoSeconds)
{
    Host host;
    host.seconds(20, 2);
    EXPECT_TRUE(host.episodes().empty());
    host.seconds(2, 8);
    ASSERT_EQ(host.episodes().size(), 1U);
    EXPECT_FALSE(host.episodes()[0].ended);
    EXPECT_EQ(host.episodes()[0].limit, 8U);
    EXPECT_EQ(host.events("episode_began"), 1U);
    EXPECT_GE(host.events("verdict"), 1U);
    EXPECT_FALSE(host.episodes()[0].verdict.sentence.empty());
    EXPECT_EQ(host.episodes()[0].holders.size(), 8U);
}

TEST(EpisodeWatch, ATouchIsNone)
{
    Host host;
    host.seconds(20, 2);
    host.quarter(8, 5);
    host.quarter(8, 5);
    host.seconds(30, 2);
    EXPECT_TRUE(host.episodes().empty());
    EXPECT_EQ(host.events("episode_began"), 0U);
}

TEST(EpisodeWatch, ASaturatedLimitThatFlickersIsOneEpisode)
{
    Host host;
    host.seconds(20, 2);
    for (int i = 0; i < 60; ++i) {
        host.quarter(8, 5);
        host.quarter(7, 5);
    }
    ASSERT_EQ(host.episodes().size(), 1U);
    EXPECT_FALSE(host.episodes()[0].ended);
    EXPECT_GT(host.episodes()[0].limit_hits, 10U);
}

TEST(EpisodeWatch, FlappingWithinSecondsIsOneEpisodeAndLaterIsAnother)
{
    Host host;
    host.seconds(20, 2);
    for (int i = 0; i < 4; ++i) {
        host.seconds(3, 8);
        host.seconds(6, 2);
    }
    EXPECT_EQ(host.episodes().size(), 1U);
    host.seconds(15, 2);
    ASSERT_TRUE(host.episodes()[0].ended);
    host.seconds(3, 8);
    EXPECT_EQ(host.episodes().size(), 2U);
}

TEST(EpisodeWatch, EndsAtTheLastMomentOfItAndKeepsWhatWasSeen)
{
    Host host;
    host.seconds(20, 2);
    host.seconds(5, 8);
    const SystemTime over = host.at();
    host.seconds(9, 2);
    EXPECT_FALSE(host.episodes()[0].ended) << "it may come again";
    host.seconds(3, 2);
    const Episode episode = host.episodes()[0];
    ASSERT_TRUE(episode.ended);
    EXPECT_LE(*episode.ended - over, 500ms);
    EXPECT_LE(over - *episode.ended, 500ms);
    EXPECT_EQ(host.events("episode_ended"), 1U);
    EXPECT_EQ(episode.holders.size(), 8U);
    EXPECT_FALSE(episode.timeline.empty());
    EXPECT_NEAR(episode.at_limit_seconds, 5, 0.3);
    EXPECT_EQ(episode.peak, 8U);
    EXPECT_NE(episode.verdict.sentence.find("were held"), std::string::npos) << episode.verdict.sentence;
}

TEST(EpisodeWatch, ComparesWithWhatWasBeforeAndNotWithTheEpisodeBefore)
{
    Host host;
    host.seconds(30, 2, 5); // 20 a second, 100 ms each
    host.seconds(6, 8, 1);  // 4 a second, 2 s each
    const Episode first = host.episodes()[0];
    EXPECT_NEAR(first.verdict.evidence.at("arrivals_per_second_before"), 20, 2) << first.verdict.sentence;
    EXPECT_NEAR(first.verdict.evidence.at("in_use_before"), 2, 0.3);
    EXPECT_GT(first.verdict.evidence.at("hold_ratio"), 5);
    host.seconds(30, 2, 5);
    host.seconds(6, 8, 1);
    const Episode second = host.episodes()[0];
    ASSERT_NE(second.id, first.id);
    EXPECT_NEAR(second.verdict.evidence.at("in_use_before"), 2, 0.3);
}

TEST(EpisodeWatch, IsCutOffAtTheEndOfTheAgent)
{
    Host host;
    host.seconds(20, 2);
    host.seconds(3, 8);
    host.watch().cut_off(host.at());
    ASSERT_TRUE(host.episodes()[0].ended);
    EXPECT_TRUE(host.episodes()[0].cut_off);
}

TEST(EpisodeShelf, ForgetsTheOldestThatAreOver)
{
    EpisodeShelf shelf;
    for (int i = 0; i < 200; ++i) {
        Episode episode;
        episode.id = shelf.next_id();
        episode.backend = "app";
        episode.began = SystemTime() + std::chrono::hours(i);
        if (i != 0)
            episode.ended = episode.began + 1min;
        shelf.show(episode);
    }
    EXPECT_EQ(shelf.list({}).size(), EpisodeShelf::kMost);
    EXPECT_TRUE(shelf.find(1)) << "it lasts";
    EXPECT_EQ(shelf.list({}).front().id, 200U);
    EpisodeQuery query;
    query.since = SystemTime() + std::chrono::hours(198);
    EXPECT_EQ(shelf.list(query).size(), 3U) << "two and the one that lasts";
    query.backend = "db";
    EXPECT_TRUE(shelf.list(query).empty());
}

} // namespace
} // namespace slotscope::daemon
