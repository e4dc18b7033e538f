// Speech cut into frames on an absolute grid, with marks between them.
#include "bridge/call/playout.hpp"
#include "tests/unit/bridge_call_test.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace bridge::call {
namespace {
using testing::ElementsAre;
using testing::IsEmpty;

struct CallPlayout : testing::Test {
  /// Everything due at `now`: the lengths of frames, and marks as negative lengths of what is ahead of them.
  std::vector<int> take(TimePoint now) {
    std::vector<int> taken;
    while (auto output = playout.next(now)) {
      if (const auto* frame = std::get_if<Playout::Frame>(&*output)) {
        taken.push_back(static_cast<int>(frame->mulaw.size()));
      } else {
        const auto& mark = std::get<Playout::Mark>(*output);
        taken.push_back(-static_cast<int>(mark.ahead.count()));
        last = mark.last;
      }
    }
    return taken;
  }
  static std::size_t frames(const std::vector<int>& taken) {
    return static_cast<std::size_t>(
        std::count_if(taken.begin(), taken.end(), [](int length) { return length > 0; }));
  }
  Playout playout{{400ms, 500ms, Samples8k(8000 * 10)}};
  bool last = false;
};

TEST_F(CallPlayout, SendsItsLeadAndFillsItUpWhenATenthHasRunDown) {
  playout.push(part_of(1), loud(2s));

  EXPECT_EQ(frames(take(kStart)), 21U);  // one that plays, and the lead behind it
  EXPECT_THAT(take(kStart + 20ms), IsEmpty());
  EXPECT_THAT(take(kStart + 59ms), IsEmpty());
  EXPECT_EQ(frames(take(kStart + 60ms)), 3U);
  EXPECT_THAT(take(kStart + 100ms), IsEmpty());
  EXPECT_EQ(frames(take(kStart + 120ms)), 3U);
}

TEST_F(CallPlayout, AShortLeadGoesFrameByFrame) {
  Playout brief({60ms, 500ms, Samples8k(8000)});
  brief.push(part_of(1), loud(1s));
  const auto sent = [&](TimePoint now) {
    int count = 0;
    for (; brief.next(now); ++count) EXPECT_LE(count, 4);
    return count;
  };

  EXPECT_EQ(sent(kStart), 4);
  EXPECT_EQ(sent(kStart + 20ms), 1);
  EXPECT_EQ(sent(kStart + 40ms), 1);
}

TEST_F(CallPlayout, ALateFrameDoesNotMoveTheNext) {
  playout.push(part_of(1), loud(2s));
  take(kStart);

  EXPECT_EQ(frames(take(kStart + 73ms)), 3U);  // due at 20, 40 and 60
  EXPECT_EQ(frames(take(kStart + 119ms)), 0U);
  EXPECT_EQ(frames(take(kStart + 120ms)), 3U);  // at 80, 100 and 120, not at 133
  EXPECT_EQ(frames(take(kStart + 220ms)), 5U);
}

TEST_F(CallPlayout, AfterAStallThePlaceInTimeIsNewAndTheLeadIsNotExceeded) {
  playout.push(part_of(1), loud(5s));
  take(kStart);

  EXPECT_EQ(frames(take(kStart + 2s)), 21U);
  EXPECT_THAT(take(kStart + 2s + 59ms), IsEmpty());
  EXPECT_EQ(frames(take(kStart + 2s + 60ms)), 3U);
}

TEST_F(CallPlayout, AShortLastFrameGoesOnlyWhenThePartIsWhole) {
  playout.push(part_of(1), std::string(200, 'a'));
  EXPECT_THAT(take(kStart), ElementsAre(160));

  playout.push(part_of(1), std::string(130, 'b'));
  EXPECT_THAT(take(kStart), ElementsAre(160));
  EXPECT_EQ(playout.queued(), Samples8k(10));

  playout.end_part(1);
  EXPECT_THAT(take(kStart), ElementsAre(10));
}

TEST_F(CallPlayout, APartIsWholeWhenTheNextBegins) {
  playout.push(part_of(1, "a"), std::string(200, 'a'));
  playout.push(part_of(1, "b"), std::string(160, 'b'));

  EXPECT_THAT(take(kStart), ElementsAre(160, 40, 160));
}

TEST_F(CallPlayout, WhatWasSentToItsEndDoesNotStandInTheWayOfTheNext) {
  playout.push(part_of(1), std::string(160, 'a'));
  EXPECT_THAT(take(kStart), ElementsAre(160));
  playout.end_response(1);  // only now, when nothing of it is queued
  EXPECT_THAT(take(kStart), ElementsAre(-160));

  playout.push(part_of(2), std::string(160, 'b'));
  EXPECT_THAT(take(kStart), ElementsAre(160));
}

TEST_F(CallPlayout, APartSentToItsEndDoesNotStandInTheWayOfAnotherPart) {
  playout.push(part_of(1, "a"), std::string(160, 'a'));
  take(kStart);

  playout.push(part_of(1, "b"), std::string(160, 'b'));
  EXPECT_THAT(take(kStart), ElementsAre(160));
}

TEST_F(CallPlayout, MarksEvery500MillisecondsOfAudioAndOneAtTheEnd) {
  playout.push(part_of(1), loud(1200ms));
  playout.end_response(1);

  std::vector<int> marks;
  for (TimePoint t = kStart; t < kStart + 2s; t += kTick) {
    for (const int item : take(t)) {
      if (item < 0) marks.push_back(item);
    }
  }
  EXPECT_THAT(marks, ElementsAre(-4000, -8000, -9600));
  EXPECT_TRUE(last);
}

TEST_F(CallPlayout, TheLastMarkWaitsForTheEndOfTheResponse) {
  playout.push(part_of(1), loud(100ms));
  EXPECT_EQ(take(kStart).back(), 160);
  EXPECT_THAT(take(kStart + 1s), IsEmpty());

  playout.end_response(1);
  EXPECT_THAT(take(kStart + 1s), ElementsAre(-800));
}

TEST_F(CallPlayout, ClearForgetsAllAndSaysWhat) {
  playout.push(part_of(1, "a"), loud(1s));
  playout.push(part_of(1, "b"), loud(1s));
  take(kStart);
  playout.end_response(1);
  const auto epoch = playout.epoch();

  const auto dropped = playout.clear();

  ASSERT_EQ(dropped.size(), 2U);
  EXPECT_EQ(dropped[0].length, samples(580ms));
  EXPECT_EQ(dropped[1].length, samples(1s));
  EXPECT_TRUE(playout.empty());
  EXPECT_NE(playout.epoch(), epoch);
  EXPECT_THAT(take(kStart + 1s), IsEmpty());  // no mark of it either
}

TEST_F(CallPlayout, AfterAClearTheNextAnswerBeginsAtOnce) {
  playout.push(part_of(1), loud(1s));
  take(kStart);
  playout.clear();

  playout.push(part_of(2), loud(1s));
  EXPECT_EQ(frames(take(kStart + 5ms)), 21U);
}

TEST_F(CallPlayout, TakesNoMoreThanItsCapacity) {
  EXPECT_EQ(playout.push(part_of(1), loud(9s)), samples(9s));
  EXPECT_EQ(playout.push(part_of(1), loud(2s)), samples(1s));
  EXPECT_EQ(playout.push(part_of(1), loud(2s)), Samples8k(0));
  EXPECT_EQ(playout.queued(), samples(10s));
}

TEST_F(CallPlayout, DropsOneResponseAndKeepsTheOther) {
  playout.push(part_of(1), loud(1s));
  playout.push(part_of(2), loud(100ms));

  EXPECT_EQ(playout.drop(1), samples(1s));

  EXPECT_EQ(playout.queued(), samples(100ms));
  EXPECT_EQ(frames(take(kStart)), 5U);
}

}  // namespace
}  // namespace bridge::call
