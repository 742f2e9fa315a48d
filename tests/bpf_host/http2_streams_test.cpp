// SPDX-License-Identifier: MIT
#include "../../bpf/logic/http2_streams.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <vector>

namespace {

class Http2Streams : public testing::Test {
  protected:
    // As the programs do it: SS_HTTP2_STREAMS where there is no room.
    std::uint32_t open(std::uint32_t id)
    {
        const auto at = ss_http2_search(streams_.get(), id, 0);
        streams_->last_id = id;
        if (at < SS_HTTP2_STREAMS) {
            ss_http2_open(streams_.get(), at, id, id * 10);
            open_.push_back(id);
        }
        return at;
    }

    std::uint32_t find(std::uint32_t id) const { return ss_http2_search(streams_.get(), id, id); }

    void close(std::uint32_t id)
    {
        ss_http2_close(streams_.get(), find(id));
        open_.erase(std::find(open_.begin(), open_.end(), id));
    }

    // The table and the list agree with what was done, read from either end.
    void expect_right() const
    {
        ASSERT_EQ(streams_->open, open_.size());
        for (const auto id : open_) {
            ASSERT_LT(find(id), SS_HTTP2_STREAMS) << id;
            ASSERT_EQ(streams_->id[find(id)], id);
            ASSERT_EQ(streams_->began_ns[find(id)], id * 10);
        }
        const auto used =
            std::count_if(std::begin(streams_->id), std::end(streams_->id), [](auto id) { return id != 0; });
        ASSERT_EQ(static_cast<std::size_t>(used), open_.size());
        std::vector<std::uint32_t> forwards;
        std::vector<std::uint32_t> backwards;
        for (std::uint32_t at = streams_->oldest; forwards.size() < open_.size(); at = streams_->newer[at])
            forwards.push_back(streams_->id[at]);
        for (std::uint32_t at = streams_->newest; backwards.size() < open_.size(); at = streams_->older[at])
            backwards.insert(backwards.begin(), streams_->id[at]);
        ASSERT_EQ(forwards, open_);
        ASSERT_EQ(backwards, open_);
    }

    std::unique_ptr<ss_http2> streams_ = std::make_unique<ss_http2>();
    std::vector<std::uint32_t> open_; // in the order of their opening
};

TEST_F(Http2Streams, StreamIsFoundUntilItIsClosed)
{
    EXPECT_EQ(find(1), SS_HTTP2_STREAMS);
    EXPECT_TRUE(ss_http2_is_new(streams_.get(), 1));
    open(1);
    EXPECT_FALSE(ss_http2_is_new(streams_.get(), 1));
    EXPECT_FALSE(ss_http2_is_new(streams_.get(), 2)) << "servers have even numbers";
    expect_right();
    close(1);
    EXPECT_EQ(find(1), SS_HTTP2_STREAMS);
    EXPECT_FALSE(ss_http2_is_new(streams_.get(), 1)) << "a number is used once";
    expect_right();
}

TEST_F(Http2Streams, AsManyAsThereArePlacesFitWhateverTheirNumbers)
{
    for (std::uint32_t round = 0; round < SS_HTTP2_STREAMS; ++round)
        ASSERT_LT(open(1 + round * 2 * SS_HTTP2_STREAMS), SS_HTTP2_STREAMS); // all point to one place
    expect_right();
    EXPECT_EQ(open(0x7fffffff), SS_HTTP2_STREAMS) << "one too many";
    expect_right();
    close(1);
    EXPECT_LT(open(0x7fffffff - 2), SS_HTTP2_STREAMS);
    expect_right();
}

TEST_F(Http2Streams, StreamsOpenedOneAfterTheOtherLieSideBySide)
{
    std::vector<std::uint32_t> places;
    for (std::uint32_t id = 1; id < 2 * SS_HTTP2_STREAMS; id += 2)
        places.push_back(open(id));
    for (std::uint32_t i = 0; i < places.size(); ++i)
        EXPECT_EQ(places[i], i);
}

TEST_F(Http2Streams, RandomOpeningsAndEndsAgreeWithAList)
{
    std::mt19937 random(5);
    std::uint32_t next = 1;
    for (unsigned step = 0; step < 4000; ++step) {
        // Full and empty are both come to.
        const bool more = random() % 1000 < (step / 500 % 2 == 0 ? 850 : 150);
        if (more && open_.size() < SS_HTTP2_STREAMS)
            open(next += static_cast<std::uint32_t>(2 * (1 + random() % 3)));
        else if (!open_.empty())
            close(open_[random() % open_.size()]);
        expect_right();
        if (HasFatalFailure())
            FAIL() << "step " << step;
    }
}

} // namespace
