#include "bridge/app/call_slots.hpp"

#include <gtest/gtest.h>

namespace bridge::app {
namespace {

using namespace std::chrono_literals;
using Answer = CallSlots::Answer;

class Slots : public testing::Test {
 protected:
  double refused(std::string_view reason) { return book_.value("voicebridge_calls_refused_total", {reason}); }

  metrics::Book book_;
  CallSlots slots_{book_.add_sheet({"voicebridge_calls_refused_total"}), {2, 0, 60s}};
  CallSlots one_each_{book_.add_sheet({"voicebridge_calls_refused_total"}), {10, 1, 60s}};
  const runtime::TimePoint start_{1h};
};

TEST_F(Slots, APlaceIsTakenWithTheWebhookAndNotOnlyWithTheStream) {
  EXPECT_EQ(slots_.take("CA1", "+1", start_), Answer::taken);
  EXPECT_EQ(slots_.take("CA2", "+2", start_), Answer::taken);

  EXPECT_EQ(slots_.take("CA3", "+3", start_), Answer::all_taken);
  EXPECT_EQ(refused("limit"), 1);
}

TEST_F(Slots, ASecondWebhookOfACallFindsItsPlace) {
  slots_.take("CA1", "+1", start_);
  slots_.take("CA2", "+2", start_);

  EXPECT_EQ(slots_.take("CA1", "+1", start_ + 1s), Answer::taken);
  EXPECT_EQ(refused("limit"), 0);
}

TEST_F(Slots, ACallThatNeverAsksForItsStreamGivesItsPlaceBack) {
  slots_.take("CA1", "+1", start_);
  slots_.take("CA2", "+2", start_);
  slots_.stream_began("CA2");

  EXPECT_EQ(slots_.take("CA3", "+3", start_ + 59s), Answer::all_taken);
  EXPECT_EQ(slots_.take("CA3", "+3", start_ + 60s), Answer::taken);
  EXPECT_EQ(slots_.take("CA4", "+4", start_ + 10min), Answer::taken);      // CA3's time is over as well
  EXPECT_EQ(slots_.take("CA5", "+5", start_ + 10min), Answer::all_taken);  // CA2 streams on
}

TEST_F(Slots, WhatIsGivenBackIsFree) {
  slots_.take("CA1", "+1", start_);
  slots_.take("CA2", "+2", start_);
  slots_.stream_began("CA1");
  slots_.give_back("CA1");
  slots_.give_back("CA1");

  EXPECT_EQ(slots_.take("CA3", "+3", start_), Answer::taken);
}

TEST_F(Slots, ANumberHasItsShareAndOthersAreNotTouchedByIt) {
  EXPECT_EQ(one_each_.take("CA1", "+1", start_), Answer::taken);

  EXPECT_EQ(one_each_.take("CA2", "+1", start_), Answer::source_has_its_share);
  EXPECT_EQ(one_each_.take("CA3", "+3", start_), Answer::taken);
  EXPECT_EQ(refused("source"), 1);
  EXPECT_EQ(refused("limit"), 0);
  one_each_.give_back("CA1");
  EXPECT_EQ(one_each_.take("CA2", "+1", start_), Answer::taken);
}

TEST_F(Slots, CallsOfOursHaveNoSource) {
  for (const char* sid : {"CA1", "CA2", "CA3"})
    EXPECT_EQ(one_each_.take(sid, std::nullopt, start_), Answer::taken);
  one_each_.stream_began("CA4");

  EXPECT_EQ(one_each_.take("CA5", "", start_), Answer::taken);
  EXPECT_EQ(one_each_.take("CA6", "", start_), Answer::source_has_its_share);
  for (const char* sid : {"CA1", "CA4", "CA5"}) one_each_.give_back(sid);
  EXPECT_EQ(one_each_.take("CA6", "", start_), Answer::taken);
}

TEST_F(Slots, APlaceIsReservedForACallThatTwilioHasNotNamedYet) {
  slots_.take("CA1", "+1", start_);
  const auto reserved = slots_.reserve(start_);
  ASSERT_TRUE(reserved);
  EXPECT_FALSE(slots_.reserve(start_));
  EXPECT_EQ(refused("limit"), 0) << "no caller is turned away";

  slots_.redeem(*reserved, "CA2", start_);
  EXPECT_TRUE(slots_.holds("CA2"));
  EXPECT_EQ(slots_.take("CA3", "+3", start_), Answer::all_taken);
  slots_.give_back("CA2");
  EXPECT_EQ(slots_.take("CA3", "+3", start_), Answer::taken);
}

TEST_F(Slots, AReservationThatNobodyRedeemsEnds) {
  slots_.take("CA1", "+1", start_);
  const auto refused_by_twilio = slots_.reserve(start_);
  slots_.give_back(*refused_by_twilio);
  ASSERT_TRUE(slots_.reserve(start_));

  EXPECT_TRUE(slots_.reserve(start_ + 60s));
}

TEST_F(Slots, WhoWasLetInElsewhereTakesAPlaceWhateverTheLimits) {
  slots_.take("CA1", "+1", start_);
  slots_.take("CA2", "+2", start_);
  slots_.admit("CA3", start_);

  EXPECT_TRUE(slots_.holds("CA3"));
  slots_.give_back("CA1");
  EXPECT_EQ(slots_.take("CA4", "+4", start_), Answer::all_taken);
}

TEST_F(Slots, AStreamWhoseWebhookAnotherReplicaAnsweredTakesAPlace) {
  slots_.stream_began("CA1");
  slots_.stream_began("CA2");

  EXPECT_EQ(slots_.take("CA3", "+3", start_), Answer::all_taken);
  slots_.give_back("CA2");
  EXPECT_EQ(slots_.take("CA3", "+3", start_), Answer::taken);
}

}  // namespace
}  // namespace bridge::app
