#include "tests/unit/truth_test.hpp"

#include <utility>

namespace scenarios::engine {
namespace {

TEST_F(Truth, WhatWasPlayedAndConfirmedWasHeard) {
  play(5s);
  EXPECT_EQ(verdict(6s), "normal");
  stream().sent = {};
  EXPECT_EQ(verdict(6s), "no_caller_audio") << "who cannot be heard has no normal call";
}

TEST_F(Truth, ACallerWhoLeavesBeforeTheFirstMarkIsBackLeavesNoVerdict) {
  play(460ms);
  EXPECT_EQ(verdict(460ms), "too_short");
}

TEST_F(Truth, AMarkThatComesTwoSecondsLateConfirmsNothing) {
  play(5s, 1900ms);
  EXPECT_EQ(verdict(8s), "normal");
  stream().marks.clear();
  stream().stalls.push_back({kDialled, kDialled + 4s, true});
  play(5s);
  EXPECT_EQ(verdict(8s), "twilio_or_network");
}

TEST_F(Truth, AStreamThatWasNotAdmittedNeverStarted) {
  call_.ended_at = stream().ended_at = kDialled;
  stream().bridge_close_code = 1008;
  EXPECT_EQ(find_truth(call_, {}, settings_).verdict, "stream_never_started");
  EXPECT_NE(find_truth(call_, {&session_}, settings_).verdict, "stream_never_started");
}

TEST_F(Truth, AnotherBridgesReasonForA1008IsItsOwn) {
  call_.ended_at = stream().ended_at = kDialled;
  stream().bridge_close_code = 1008;
  settings_.ours = false;
  EXPECT_EQ(find_truth(call_, {}, settings_).verdict, "openai_unreachable");
}

TEST_F(Truth, ACallIsSentAwayByABridgeThatDrainsAndByNoOther) {
  call_.streams.clear();
  call_.answered_at = call_.ended_at = kDialled;
  auto& asked = call_.http.emplace_back();
  asked.asked_at = kDialled - 1s;
  asked.answered_at = kDialled;
  asked.status = 503;
  const auto truth = [&] { return find_truth(call_, {}, settings_).verdict; };
  EXPECT_EQ(truth(), "stream_never_started") << "nobody sent SIGTERM";
  settings_.draining_since = kDialled + 1s;
  EXPECT_EQ(truth(), "stream_never_started") << "it was sent later";
  settings_.draining_since = kDialled - 2s;
  EXPECT_EQ(truth(), "");
  asked.purpose = twilio::HttpExchange::Purpose::status_callback;
  EXPECT_EQ(truth(), "stream_never_started") << "no document was asked for";
}

TEST_F(Truth, WhatTheConnectionTookHasLeftTheBridge) {
  play(100ms);
  stream().stalls.push_back({kDialled + 100ms, std::nullopt, false});
  stream().media_bytes = 2 * stream().received.mulaw.size();
  settings_.path_bytes = 64'000;  // four seconds
  EXPECT_EQ(verdict(10s), "twilio_or_network") << "its marks are overdue first";
  settings_.path_bytes = 8'000;  // half a second
  EXPECT_EQ(verdict(10s), "pipeline_blockage");
}

TEST_F(Truth, AStallOfTheWayToTwilioIsNotTheBridgesAsLongAsTheConnectionTakesIt) {
  stream().stalls.push_back({kDialled + 1s, kDialled + 2500ms, false});
  play(5s);
  for (auto& piece : stream().received.pieces) {
    piece.at = std::max(piece.at - 400ms, kDialled);  // what the bridge is ahead of its time
    if (piece.at > kDialled + 1s) piece.at = std::max(piece.at, kDialled + 2501ms);
  }
  EXPECT_EQ(verdict(8s), "normal");
  stream().media_bytes = 2 * stream().received.mulaw.size();
  settings_.path_bytes = 320;  // a frame
  EXPECT_EQ(verdict(8s), "pipeline_blockage");
}

TEST_F(Truth, TheLastThatWasJudgedCountsAndNotTheLastThatBegan) {
  play(5s);
  auto& empty = session_.responses.emplace_back();
  empty.due_at = kDialled + 1s;
  empty.created_at = kDialled + 1s;
  empty.done_at = kDialled + 2s;
  empty.status = "completed";
  EXPECT_EQ(verdict(6s), "normal") << "it was over before the answer was";
  empty.done_at = kDialled + 5500ms;
  EXPECT_EQ(verdict(6s), "openai_not_generating");
}

TEST_F(Truth, AnEndThatNobodyWasToldOfJudgesNothing) {
  play(5s);
  auto& empty = session_.responses.emplace_back();
  empty.due_at = empty.created_at.emplace(kDialled + 1s);
  empty.done_at = kDialled + 2s;
  empty.done_lost = true;
  EXPECT_EQ(verdict(8s), "openai_not_generating") << "its deadline comes after the answer was heard";
}

TEST_F(Truth, AKeyThatCutsAnAnswerShortIsNoFaultOfTheModels) {
  auto& response = session_.responses.front();
  response.audio.clear();
  response.chunks.clear();
  response.audible = false;
  response.first_audio_at.reset();
  response.cancelled_by = openai::CancelledBy::client;
  response.cancelled_at = response.done_at = kDialled + 310ms;
  response.status = "cancelled";
  response.items.emplace_back().message = true;
  response.items.back().transcript = "words without a sound";
  EXPECT_EQ(verdict(1s), "openai_not_generating") << "the watchdog cancels as well";
  stream().keys.push_back({kDialled + 300ms, '1'});
  EXPECT_EQ(verdict(1s), "too_short");
}

TEST_F(Truth, NothingIsToBeHeardOfAnAnswerThatOnlyCalls) {
  auto& response = session_.responses.front();
  response.audio.clear();
  response.chunks.clear();
  response.audible = false;
  response.first_audio_at.reset();
  response.status = "completed";
  response.items.emplace_back().server = "files";
  EXPECT_EQ(verdict(8s), "too_short");
  response.items.emplace_back().message = true;
  EXPECT_EQ(verdict(8s), "openai_not_generating") << "it was about to speak as well";
}

// Deadlines

TEST_F(Truth, WhatComesAfterItsDeadlineWasMissedAndIsJudgedAsTheNextTry) {
  session_.responses.front().due_at = kDialled - 6s;
  play(5s);
  EXPECT_EQ(verdict(6s), "normal") << "it was heard in the end";
  EXPECT_EQ(verdict(300ms), "openai_not_generating") << "nothing had come in five seconds";
}

TEST_F(Truth, WhoIsInterruptedBeforeTheDeadlineHasNotMissedIt) {
  session_.responses.front().due_at = kDialled - 6s;
  speaks(kDialled - 2s);
  play(300ms);
  EXPECT_EQ(verdict(300ms), "too_short");
}

TEST_F(Truth, AudioThatMeetsTheDeadlineIsLateIfTheBridgeTookItForLate) {
  auto& response = session_.responses.front();
  response.due_at = kDialled - 5s - 10ms;
  play(300ms);
  EXPECT_EQ(verdict(300ms), "too_short") << "the bridge looks every 20 ms";
  response.cancelled_by = openai::CancelledBy::client;
  response.cancelled_at = kDialled + 10ms;
  EXPECT_EQ(verdict(300ms), "openai_not_generating");
}

TEST_F(Truth, ATurnThatTheServiceLeavesWithoutAnAnswerIsSilence) {
  play(5s);
  speaks(kDialled + 6s, kDialled + 7s);
  EXPECT_EQ(verdict(11s), "normal") << "its deadline is not over";
  EXPECT_EQ(verdict(13s), "openai_not_generating");
  session_.updates.push_back({kDialled - 1s, R"({"turn_detection":{"create_response":false}})", true});
  EXPECT_EQ(verdict(13s), "normal") << "it was not to answer";
}

TEST_F(Truth, ACreateThatIsRefusedForOneThatNobodyKnowsOfIsSilence) {
  play(5s);
  refuses_a_create(kDialled + 6s);
  refuses_a_create(kDialled + 8s);
  EXPECT_EQ(verdict(10s), "normal");
  EXPECT_EQ(verdict(12s), "openai_not_generating") << "a repeated create is not due for longer";
  session_.errors_sent.front().at = session_.errors_sent.back().at = kDialled + 500ms;
  EXPECT_EQ(verdict(12s), "normal") << "it met one that was known, and waits for its end";
}

TEST_F(Truth, WithItsSessionATurnGoesOverToTheNext) {
  auto& response = session_.responses.front();
  response.audio.clear();
  response.chunks.clear();
  response.audible = false;
  response.first_audio_at = response.done_at = std::nullopt;
  EXPECT_EQ(verdict(6s), "openai_not_generating");
  session_.ended_at = kDialled + 4s;
  EXPECT_EQ(verdict(6s), "too_short");
  EXPECT_EQ(verdict(9100ms), "openai_not_generating") << "there is none, and the caller has waited for 5 s";
  speaks(kDialled + 1s);
  EXPECT_EQ(verdict(9s), "too_short") << "whoever speaks is owed nothing";
}

TEST_F(Truth, AfterAFunctionAWordIsDue) {
  auto& response = session_.responses.front();
  response.audio.clear();
  response.chunks.clear();
  response.audible = false;
  response.first_audio_at.reset();
  response.items.emplace_back().tool = "look_up";
  EXPECT_EQ(verdict(60s), "too_short") << "the function may not have ended";
  EXPECT_EQ(verdict(66s), "openai_not_generating");
  session_.tool_outputs.emplace_back().at = kDialled + 4s;
  EXPECT_EQ(verdict(8s), "too_short");
  EXPECT_EQ(verdict(9100ms), "openai_not_generating");
  response.items.emplace_back().tool = "look_up";
  EXPECT_EQ(verdict(9s), "too_short") << "it called two";
  session_.ended_at = kDialled + 3s;
  EXPECT_EQ(verdict(9s), "openai_not_generating") << "no session is left to say it";
  response.items.front().tool = "end_call";
  EXPECT_EQ(verdict(9s), "too_short") << "the call was to end";
}

TEST_F(Truth, WhatIsDueAfterAFunctionIsDueOfNoOtherBridge) {
  auto& response = session_.responses.front();
  response.audio.clear();
  response.chunks.clear();
  response.audible = false;
  response.first_audio_at.reset();
  response.items.emplace_back().tool = "note_down";
  session_.tool_outputs.emplace_back().at = kDialled + 4s;
  settings_.ours = false;
  EXPECT_EQ(verdict(9s), "too_short");
}

// Ends

TEST_F(Truth, AnEndThatIsNeverToldIsAStallAlsoWhenAllWasHeard) {
  session_.responses.front().done_lost = true;
  play(5s);
  EXPECT_EQ(verdict(9s), "openai_not_generating");
  session_.ended_at = kDialled + 2s;
  EXPECT_EQ(verdict(9s), "normal") << "of a session that is lost nobody waits for more";
  session_.ended_at.reset();
  EXPECT_EQ(verdict(4900ms), "normal") << "who leaves before it is certain has heard it";
}

TEST_F(Truth, AMarkThatWasEchoedBeforeTheEndIsLearnedOfBeforeIt) {
  mark(0, kDialled - 1s, kDialled - 1s);
  play(520ms);
  stream().marks.back().carried_at = kDialled + 580ms;  // the line is slower than it was
  call_.ended_at = kDialled + 560ms;
  stream().ended_at = kDialled + 600ms;
  EXPECT_EQ(find_truth(call_, {&session_}, settings_).verdict, "normal");
}

TEST_F(Truth, ThatTheBridgeHangsUpBeforeTheHandsetHasPlayedAllIsNoFault) {
  play(520ms);
  call_.heard = {};
  EXPECT_EQ(verdict(560ms), "normal") << "the handset may be 400 ms behind";
  stream().marks.back().played_at = kDialled;
  EXPECT_EQ(verdict(560ms), "too_short") << "nothing of it came out";
}

// Interruptions

TEST_F(Truth, WhoSpeaksWhenAllWasPlayedInterruptsNothing) {
  play(5s);
  auto& last = stream().marks.back();
  last.how = How::none;
  last.echoed_at = last.carried_at = std::nullopt;
  speaks(kDialled + 6s);
  EXPECT_EQ(verdict(8s), "twilio_or_network");
}

TEST_F(Truth, AnInterruptionIsKnownThoughAStallKeepsItsClear) {
  play(1s);
  stream().stalls.push_back({kDialled + 1s, std::nullopt, false});
  speaks(kDialled + 2s);
  auto& empty = session_.responses.emplace_back();
  empty.due_at = empty.created_at.emplace(kDialled + 3s);
  empty.done_at = kDialled + 4s;
  empty.status = "failed";
  EXPECT_EQ(verdict(10s), "openai_not_generating") << "the answer was judged before";
}

TEST_F(Truth, OfAShortAnswerTheBridgeGivesUpWhatTheConnectionDoesNotTake) {
  auto& response = session_.responses.front();
  response.audio.resize(6'400);
  response.chunks.front().bytes = 6'400;
  stream().stalls.push_back({kDialled - 100ms, std::nullopt, false});
  settings_.path_bytes = 6'000;  // four tenths of a second
  EXPECT_EQ(verdict(1900ms), "too_short");
  EXPECT_EQ(verdict(2200ms), "pipeline_blockage") << "less than a second, and nothing was taken for two";
}

TEST_F(Truth, SwallowedAudioIsMissedOnlyWhenItsMarkIsOverdue) {
  auto& response = session_.responses.front();
  response.audio.resize(3'680);
  response.chunks.front().bytes = 3'680;
  play(460ms);
  stream().swallowed = true;
  call_.heard = {};
  EXPECT_EQ(verdict(460ms), "too_short");
  EXPECT_EQ(verdict(4s), "twilio_or_network");
}

TEST_F(Truth, SwallowedAudioIsMissedByTheFirstMarkWhichComesAfterHalfASecond) {
  play(5s);
  for (auto& one : stream().marks) one.how = How::none, one.echoed_at = one.carried_at = std::nullopt;
  stream().swallowed = true;
  call_.heard = {};
  EXPECT_EQ(verdict(2450ms), "too_short");
  EXPECT_EQ(verdict(2600ms), "twilio_or_network");
}

TEST_F(Truth, TwoAnswersThatSoundAlikeAreTakenApartByTheClearBetween) {
  stream().clears.push_back({kDialled + 200ms});
  session_.responses.front().cancelled_at = kDialled + 200ms;
  auto again = session_.responses.front();
  again.cancelled_at.reset();
  again.due_at = again.created_at.emplace(kDialled + 5s);
  again.first_audio_at = again.chunks.front().at = kDialled + 5s;
  again.done_at = kDialled + 6s;
  session_.responses.push_back(again);
  stream().received.append(kDialled + 5s, again.audio);
  call_.heard.append(kDialled + 5s, again.audio);
  mark(4'000, kDialled + 5s, kDialled + 5520ms);
  mark(8'000, kDialled + 5s, kDialled + 6020ms);
  EXPECT_EQ(verdict(7s), "normal") << "nothing of the first had come when it was cut short";
}

}  // namespace
}  // namespace scenarios::engine
