#include "bridge/app/numbers.hpp"

#include <gtest/gtest.h>

namespace bridge::app {
namespace {

TEST(BridgeNumbers, TheExactNumberComesBeforeTheLongestPrefixBeforeTheDefault) {
  Numbers numbers;
  numbers.add("default", "reception");
  numbers.add("+1415*", "sales");
  numbers.add("+1*", "america");
  numbers.add("+14155550100", "support");
  numbers.add("sip:desk@example.com", "desk");

  EXPECT_EQ(numbers.agent_of("+14155550100"), "support");
  EXPECT_EQ(numbers.agent_of("+14155550101"), "sales");
  EXPECT_EQ(numbers.agent_of("+12125550100"), "america");
  EXPECT_EQ(numbers.agent_of("+97231110000"), "reception");
  EXPECT_EQ(numbers.agent_of("sip:desk@example.com"), "desk");
  EXPECT_EQ(numbers.agent_of(""), "reception");
}

TEST(BridgeNumbers, WithoutADefaultNobodyAnswersWhatNoPatternNames) {
  Numbers numbers;
  numbers.add("+1415*", "sales");

  EXPECT_EQ(numbers.agent_of("+97231110000"), "");
  EXPECT_EQ(numbers.agent_of("+141"), "");
}

TEST(BridgeNumbers, APatternThatNoNumberCanHaveIsSaidToBeOne) {
  for (const auto* good : {"+14155550100", "+1415*", "+1*", "default", "sip:a@b", "client:a"}) {
    EXPECT_EQ(wrong_pattern(good), "") << good;
  }
  for (const auto* bad : {"14155550100", "+1415-555", "+14**", "+", "*", "sip:", "fallback", ""}) {
    EXPECT_NE(wrong_pattern(bad), "") << bad;
  }
}

}  // namespace
}  // namespace bridge::app
