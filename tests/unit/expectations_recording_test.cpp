// What a bridge that records keeps of a call, beside what its caller said and heard.
#include "tests/unit/expectations_test.hpp"

#include <algorithm>

namespace scenarios::engine {
namespace {

constexpr std::size_t kSecond = 8000;
const std::string kQuestion = runtime::audio::speech_like(3, runtime::Samples8k(12000)).mulaw;
using Sides = std::pair<std::string, std::string>;  // caller, bot

/// A call of ten seconds: the question at 1 s, the answer at 4 s, of which the second half is cut.
class RecordingExpectations : public Expectations {
 protected:
  RecordingExpectations() {
    auto& stream = call_.streams.emplace_back(std::make_unique<twilio::StreamFacts>());
    stream->started_at = kStart;
    stream->ended_at = kStart + 10s;
    std::string said(10 * kSecond, '\xFF');
    said.replace(kSecond, kQuestion.size(), kQuestion);
    for (std::size_t at = 0; at < said.size(); at += 160)
      stream->sent.append(kStart + runtime::mulaw_length(at), said.substr(at, 160));
    hear(4s, kHeard);
    sides_ = {said, std::string(10 * kSecond, '\xFF')};
    sides_.second.replace(4 * kSecond, kHeard.size(), kHeard);
    check_.caller = {{"question", kQuestion}};
    check_.bot = {{"answer", kAnswer}};
    check_.tolerance = 40ms;
  }

  std::string wrong() {
    evidence_.recordings["CA1"] = {{"CA1.wav", "", sides_.first, sides_.second}};
    const auto judged = outcome(check_);
    return judged.passed() ? "" : judged.why;
  }
  void move(std::string& side, std::ptrdiff_t samples) {
    std::ranges::rotate(side, samples > 0 ? side.end() - samples : side.begin() - samples);
  }

  const std::string kHeard = kAnswer.substr(0, kSecond);
  Sides sides_;
  RecordingCheck check_;
};

TEST_F(RecordingExpectations, HoldOfARecordingThatIsTheCall) {
  EXPECT_EQ(wrong(), "");
}

TEST_F(RecordingExpectations, FailOfSidesThatAreExchanged) {
  std::swap(sides_.first, sides_.second);

  EXPECT_THAT(wrong(), HasSubstr("'question' was said at 1.00 s, and is not on the caller's side (left), but "
                                 "on the bot's side (right)"));
}

TEST_F(RecordingExpectations, FailOfASideThatIsMissing) {
  std::ranges::fill(sides_.first, '\xFF');
  EXPECT_EQ(wrong(), "CA1.wav: 'question' was said at 1.00 s, and is not on the caller's side (left)");
}

TEST_F(RecordingExpectations, FailOfASideThatIsOnBoth) {
  sides_.second.replace(kSecond, kQuestion.size(), kQuestion);
  EXPECT_THAT(wrong(), HasSubstr("'question' is on the bot's side (right) as well, where nobody heard it"));
}

TEST_F(RecordingExpectations, FailOfWhatWasCutAndIsKept) {
  sides_.second.replace(4 * kSecond, kAnswer.size(), kAnswer);
  EXPECT_THAT(wrong(), HasSubstr("the bot's side (right) has a sound at 5.0"));
}

TEST_F(RecordingExpectations, FailOfWhatWasHeardAndIsNotKept) {
  sides_.second.replace(4 * kSecond + 4000, 4000, std::string(4000, '\xFF'));
  EXPECT_THAT(wrong(), HasSubstr("of the 1.00 s of 'answer' that were heard, 0.50 s are on the bot's side"));
}

TEST_F(RecordingExpectations, FailOfASideThatIsOutOfTime) {
  move(sides_.first, 400);
  EXPECT_THAT(wrong(),
              HasSubstr("'question' is 0.05 s too late on the caller's side (left): said at 1.00 s"));
  move(sides_.first, -400);
  move(sides_.second, -400);
  EXPECT_THAT(wrong(), HasSubstr("'answer' is 0.05 s too early on the bot's side (right): heard at 4.00 s"));

  check_.tolerance = 60ms;
  EXPECT_EQ(wrong(), "");
}

TEST_F(RecordingExpectations, FailOfOneThatIsNotAsLongAsTheCall) {
  sides_.first.resize(9 * kSecond);
  sides_.second.resize(9 * kSecond);
  EXPECT_EQ(wrong(), "CA1.wav is 9.00 s long, and its stream lasted 10.00 s");
}

TEST_F(RecordingExpectations, NameWhatWasSaidAndHeardInItsOrder) {
  check_.bot = {{"other", kOther}};
  EXPECT_THAT(wrong(), HasSubstr("'other' was never heard: no recording can hold it"));
  check_.bot = {{"answer", kAnswer}, {"answer", kAnswer}};
  EXPECT_THAT(wrong(), HasSubstr("'answer' was not heard after 'answer'"));
}

TEST_F(RecordingExpectations, KnowWhatWasConvertedOnTheWay) {
  using namespace runtime::audio;
  const auto changed = mulaw_encode(resample(resample(mulaw_decode(kAnswer), 8000, 24000), 24000, 8000));
  call_.heard = {};
  hear(4s, changed);
  sides_.second.replace(4 * kSecond, changed.size(), changed);

  EXPECT_EQ(wrong(), "");
}

TEST_F(RecordingExpectations, AreNotOfAnotherBridge) {
  evidence_.of_another_bridge = true;
  EXPECT_EQ(outcome(check_).status, Outcome::Status::not_applicable);
}

TEST_F(RecordingExpectations, NoneIsNoFile) {
  RecordingCheck none;
  none.none = true;
  EXPECT_TRUE(outcome(none).passed());
  EXPECT_EQ(outcome(check_).why, "there is no recording of it");

  evidence_.recordings["CA1"] = {{"CA1.wav.part", "was never finished", "", ""}};

  EXPECT_EQ(outcome(none).why, "there is a file: CA1.wav.part");
  EXPECT_EQ(outcome(check_).why, "CA1.wav.part was never finished");
}
}  // namespace
}  // namespace scenarios::engine
