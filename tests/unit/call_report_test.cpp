#include "scenarios/cli/call_report.hpp"

#include <gmock/gmock.h>

// What `linecheck call` prints of what was measured.
namespace scenarios::cli {
namespace {
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(CallReport, ShowsStaleClippedAndCutAudioWhereThereIsAny) {
  simulators::twilio::CallFacts call;
  EXPECT_THAT(call_report(call), Not(testing::ContainsRegex("stale audio|clipped|cut ")));

  call.measured.stale = 1500ms;
  call.measured.clipped_samples = 7;
  call.measured.cut_utterances = 2;
  call.measured.static_sound = 600ms;

  const std::string report = call_report(call);
  EXPECT_THAT(report, HasSubstr("1.50 s played on after the caller had begun"));
  EXPECT_THAT(report, HasSubstr("7 samples at full scale"));
  EXPECT_THAT(report, HasSubstr("0.60 s of noise near full scale"));
  EXPECT_THAT(report, HasSubstr("2 utterances begin or end inside a sound"));
}

}  // namespace
}  // namespace scenarios::cli
