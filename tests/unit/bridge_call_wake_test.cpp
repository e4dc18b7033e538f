// A call is asked for what is due only when it says that something is. These tests hold the two answers
// together: a wrong "nothing" delays speech, a wrong "something" is a wake-up for nothing.
#include "tests/support/call_events.hpp"
#include "tests/unit/bridge_call_test.hpp"

#include <string>
#include <vector>

namespace bridge::call {
namespace {
using namespace support;

/// One random thing that happens to a playout.
void feed(Playout& playout, runtime::Random& random, TimePoint& now) {
  const auto response = static_cast<ResponseNo>(1 + random.below(4));
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2:
      playout.push(part_of(response, "item" + std::to_string(random.below(2))),
                   std::string(random.below(5000), 'x'));
      return;
    case 3:
      return playout.end_part(response);
    case 4:
      return playout.end_response(response);
    case 5:
      if (random.below(4) == 0) playout.clear();
      return;
    case 6:
      if (random.below(4) == 0) playout.drop(response);
      return;
    default:
      now += std::chrono::milliseconds(random.below(random.below(10) == 0 ? 2000 : 45));
  }
}

TEST(CallWake, APlayoutIsDueExactlyWhenItHandsSomethingOut) {
  std::size_t handed_out = 0;
  std::size_t nothing = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    runtime::SeededRandom random(seed);
    Playout playout({random.below(2) == 0 ? 400ms : 60ms, 500ms, Samples8k(16000)});
    TimePoint now = kStart;
    for (int step = 0; step < 300; ++step) {
      feed(playout, random, now);
      for (auto asked = random.below(30); asked > 0; --asked) {
        const bool due = playout.due(now);
        ASSERT_EQ(playout.next(now).has_value(), due) << "seed " << seed << " step " << step;
        ++(due ? handed_out : nothing);
        if (!due) break;
      }
    }
  }
  EXPECT_GT(handed_out, 10'000U);
  EXPECT_GT(nothing, 10'000U);
}

/// A call whose transport to Twilio sometimes waits, and what went out of it.
struct WokenCall {
  enum class Asked { always, when_it_says_so };
  WokenCall(std::uint64_t seed, Asked asked) : random(seed), asked_(asked) {
    call.settings.model.greet = seed % 2 == 0;
    call.settings.model.session.interrupt_response = seed % 3 != 0;
    call.twilio(kStartText);
    call.dial();
  }
  void step() {
    if (random.below(400) == 0) call.twilio(R"({"event":"stop","streamSid":")" + kStream + R"(","stop":{}})");
    random_event(call, random, timestamp);
    if (random.below(8) != 0) ask();
    if (random.below(2) == 0) call.pump_model();
    if (call.appending) sent.push_back(call.request);
  }
  /// Twilio's transport has taken what it was given; now as bridge::call::Call does.
  void ask() {
    for (std::size_t i = 0; i < call.in_flight; ++i) call.machine.twilio_took(call.batch[i], call.now);
    call.in_flight = 0;
    owed = call.machine.owes_twilio(call.now);
    if (!owed && asked_ == Asked::when_it_says_so) return;
    call.in_flight = call.machine.to_twilio(call.batch, 1 + random_batch(), call.now);
    for (std::size_t i = 0; i < call.in_flight; ++i) sent.push_back(call.batch[i].text);
    EXPECT_EQ(call.in_flight > 0, owed);
  }
  /// A batch that is full leaves something for the next.
  std::size_t random_batch() const { return timestamp % 25; }

  CallDriver call;
  runtime::SeededRandom random;
  std::uint64_t timestamp = 0;
  bool owed = false;
  std::vector<std::string> sent;

 private:
  Asked asked_;
};

TEST(CallWake, ACallThatIsAskedOnlyWhenItSaysSoSendsWhatOneSendsThatIsAlwaysAsked) {
  std::size_t sent = 0;
  std::size_t nothing_owed = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    WokenCall always(seed, WokenCall::Asked::always);
    WokenCall woken(seed, WokenCall::Asked::when_it_says_so);
    for (int step = 0; step < 500 && !always.call.machine.ending(); ++step) {
      for (auto* each : {&always, &woken}) each->step();
      ASSERT_EQ(woken.sent, always.sent) << "seed " << seed << " step " << step;
      ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed << " step " << step;
      sent += always.sent.size();
      nothing_owed += always.owed ? 0 : 1;
      for (auto* each : {&always, &woken}) each->sent.clear();
    }
    const auto expected = always.call.machine.finish(false, always.call.now);
    const auto judged = woken.call.machine.finish(false, woken.call.now);
    EXPECT_EQ(to_string(judged.verdict), to_string(expected.verdict)) << "seed " << seed;
    EXPECT_EQ(to_string(judged.reason), to_string(expected.reason)) << "seed " << seed;
  }
  EXPECT_GT(sent, 10'000U);
  EXPECT_GT(nothing_owed, 10'000U);
}

}  // namespace
}  // namespace bridge::call
