// A whole call without sockets: sessions, the caller's side, the verdict of the call, and the books under
// whatever order of events.
#include "bridge/call/machine.hpp"
#include "runtime/core/encoding.hpp"
#include "runtime/core/random.hpp"
#include "tests/support/call_driver.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bridge::call {
namespace {
using Json = nlohmann::json;

const std::string kStream = "MZ0123456789abcdef0123456789abcdef";
const std::string kStartText =
    R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC0123456789abcdef0123456789abcdef",)"
    R"("streamSid":"MZ0123456789abcdef0123456789abcdef","callSid":"CA0123456789abcdef0123456789abcdef",)"
    R"("tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},)"
    R"("customParameters":{}},"streamSid":"MZ0123456789abcdef0123456789abcdef"})";
const std::string kCreated = R"({"type":"session.created","session":{"id":"sess_1"}})";
const std::string kUpdated =
    R"({"type":"session.updated","session":{"audio":{"input":{"format":{"type":"audio/pcmu"}},)"
    R"("output":{"format":{"type":"audio/pcmu"}}}}})";

std::string media(std::uint64_t timestamp, std::size_t bytes = 160) {
  return fmt::format(
      R"({{"event":"media","sequenceNumber":"2","media":{{"track":"inbound","chunk":"1","timestamp":"{}",)"
      R"("payload":"{}"}},"streamSid":"{}"}})",
      timestamp, runtime::base64_encode(std::string(bytes, 'x')), kStream);
}
std::string event(const std::string& type) {
  return fmt::format(R"({{"type":"{}","item_id":"item_u"}})", type);
}
std::string delta(const std::string& id, std::size_t bytes) {
  return fmt::format(R"({{"type":"response.output_audio.delta","response_id":"{}","item_id":"i_{}",)"
                     R"("content_index":0,"delta":"{}"}})",
                     id, id, runtime::base64_encode(std::string(bytes, '\x10')));
}
std::string created(const std::string& id) {
  return fmt::format(R"({{"type":"response.created","response":{{"id":"{}"}}}})", id);
}
std::string done(const std::string& id, const std::string& status = "completed") {
  return fmt::format(R"({{"type":"response.done","response":{{"id":"{}","status":"{}","output":[]}}}})", id,
                     status);
}

struct CallMachine : testing::Test {
  CallMachine() { call.settings.model.greet = false; }
  void start() {
    call.twilio(kStartText);
    call.dial();
  }
  void ready() {
    call.model(kCreated);
    call.model(kUpdated);
  }
  /// Everybody takes everything at once; Twilio echoes each mark `late` after it was played.
  void run(runtime::Duration length) {
    for (const auto end = call.now + length; call.now < end;) {
      call.pump_twilio();
      call.pump_twilio();
      call.pump_model();
      call.pass(std::chrono::milliseconds(20));
    }
  }
  void expect_verdict(CallVerdict verdict, Reason reason, bool fault = false) {
    const auto judged = call.machine.finish(fault, call.now);
    EXPECT_EQ(to_string(judged.verdict), to_string(verdict));
    EXPECT_EQ(to_string(judged.reason), to_string(reason));
    EXPECT_TRUE(call.conserved());
  }
  support::CallDriver call;
};

TEST_F(CallMachine, NothingIsSentToTheModelBeforeTheSessionIsReady) {
  start();
  for (std::uint64_t i = 0; i < 20; ++i) call.twilio(media(i * 20));
  EXPECT_FALSE(call.machine.to_model(call.request, call.now));
  call.model(kCreated);
  ASSERT_TRUE(call.machine.to_model(call.request, call.now));
  EXPECT_EQ(Json::parse(call.request)["type"], "session.update");
  EXPECT_FALSE(call.machine.to_model(call.request, call.now));
  call.model(kUpdated);
  ASSERT_TRUE(call.machine.to_model(call.request, call.now));
  EXPECT_EQ(Json::parse(call.request)["type"], "input_audio_buffer.append");
}

TEST_F(CallMachine, ASessionThatIsLostIsDialledOnceMoreAndOnlyOnce) {
  start();
  ready();
  call.model_closes();
  EXPECT_FALSE(call.machine.ending());
  call.dial();
  ASSERT_TRUE(call.connected);
  ready();
  call.model_closes();
  ASSERT_TRUE(call.machine.ending());
  EXPECT_EQ(call.machine.ending()->by, "openai");
}

TEST_F(CallMachine, ACancelWithoutAnEndMakesItDialOnceMoreAndTheVerdictStays) {
  start();
  ready();
  call.model(event("input_audio_buffer.committed"));
  call.model(created("a"));
  run(std::chrono::milliseconds(7100));
  EXPECT_TRUE(call.machine.session_over());
  call.dial();
  ASSERT_TRUE(call.connected);
  ready();
  call.twilio(R"({"event":"stop","streamSid":")" + kStream + R"(","stop":{}})");
  expect_verdict(CallVerdict::openai_not_generating, Reason::no_audio);
}

TEST_F(CallMachine, AFaultIsTheBridges) {
  start();
  expect_verdict(CallVerdict::bridge_fault, Reason::none, true);
}

TEST_F(CallMachine, NoConnectionToOpenAi) {
  start();
  call.machine.model_dial_failed(401, "unauthorized", call.now);
  EXPECT_TRUE(call.machine.ending());
  expect_verdict(CallVerdict::openai_unreachable, Reason::auth);
}

TEST_F(CallMachine, ASessionThatTheCallerDidNotWaitForWasNeverConfigured) {
  start();
  run(std::chrono::seconds(5));
  expect_verdict(CallVerdict::openai_unreachable, Reason::network);
}

TEST_F(CallMachine, NoSessionInTime) {
  start();
  run(std::chrono::milliseconds(10100));
  ASSERT_TRUE(call.machine.ending());
  EXPECT_EQ(call.machine.ending()->by, "openai");
  expect_verdict(CallVerdict::openai_unreachable, Reason::network);
}

TEST_F(CallMachine, FormatsThatAreNotConfirmed) {
  start();
  call.model(kCreated);
  call.model(R"({"type":"session.updated","session":{"audio":{"input":{"format":{"type":"audio/pcm"}}}}})");
  expect_verdict(CallVerdict::openai_misconfigured, Reason::none);
}

TEST_F(CallMachine, NoPackets) {
  start();
  ready();
  run(std::chrono::seconds(1));
  expect_verdict(CallVerdict::no_caller_audio, Reason::none);
}

TEST_F(CallMachine, NoTurn) {
  start();
  ready();
  call.twilio(media(0));
  run(std::chrono::seconds(1));
  expect_verdict(CallVerdict::no_turn, Reason::none);
}

TEST_F(CallMachine, AppendsThatNobodyTakes) {
  start();
  ready();
  call.twilio(media(0));
  for (int i = 0; i < 2; ++i) call.pump_model();
  for (int i = 0; i < 110; ++i) call.pass(std::chrono::milliseconds(20));
  expect_verdict(CallVerdict::pipeline_blockage, Reason::caller_path_blocked);
}

TEST_F(CallMachine, TheTransportTakesNothing) {
  start();
  ready();
  call.model(event("input_audio_buffer.committed"));
  call.model(delta("a", 16000));
  call.machine.to_twilio(call.batch, 25, call.now);
  for (int i = 0; i < 60; ++i) call.pass(std::chrono::milliseconds(20));
  expect_verdict(CallVerdict::pipeline_blockage, Reason::transport_blocked);
}

TEST_F(CallMachine, NoMarkComesBack) {
  start();
  ready();
  call.model(event("input_audio_buffer.committed"));
  call.model(delta("a", 8000));
  call.model(done("a"));
  run(std::chrono::seconds(4));
  expect_verdict(CallVerdict::twilio_or_network, Reason::mark_overdue);
}

TEST_F(CallMachine, TooShortToSay) {
  start();
  ready();
  call.model(event("input_audio_buffer.committed"));
  run(std::chrono::seconds(1));
  expect_verdict(CallVerdict::too_short, Reason::none);
}

/// One random event of either peer, of a transport or of time.
void one_event(support::CallDriver& call, runtime::Random& random, std::uint64_t& timestamp) {
  const std::string id = "r" + std::to_string(random.below(6));
  const std::vector<std::string> events{"input_audio_buffer.speech_started", "input_audio_buffer.committed",
                                        "input_audio_buffer.speech_stopped"};
  switch (random.below(16)) {
    case 0:
    case 1:
      return call.model(delta(id, random.below(3000)));
    case 2:
      return call.model(event(events[random.below(events.size())]));
    case 3:
      return call.model(created(id));
    case 4:
      return call.model(done(id, random.below(2) == 0 ? "completed" : "cancelled"));
    case 5:
    case 6:
      timestamp += random.below(10) == 0 ? 500 : 20;
      return call.twilio(media(timestamp, random.below(2) == 0 ? 160 : random.below(400)));
    case 7:
      return call.twilio(fmt::format(R"({{"event":"mark","streamSid":"{}","mark":{{"name":"r{}.{}"}}}})",
                                     kStream, random.below(4), random.below(20)));
    case 8:
    case 9:
    case 10:
      return call.pump_twilio();
    case 11:
    case 12:
      return call.pump_model();
    case 13:
      if (random.below(30) == 0) call.model_closes();
      call.dial();
      call.model(kCreated);
      return call.model(kUpdated);
    default:
      return call.pass(std::chrono::milliseconds(random.below(random.below(20) == 0 ? 3000 : 40)));
  }
}

TEST(CallConservation, HoldsAtEveryStepOfRandomCalls) {
  double sent = 0;
  double appended = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    runtime::SeededRandom random(seed);
    support::CallDriver call;
    call.settings.model.greet = seed % 2 == 0;
    call.settings.model.session.interrupt_response = seed % 3 != 0;
    call.twilio(kStartText);
    call.dial();
    call.model(kCreated);
    call.model(kUpdated);
    std::uint64_t timestamp = 0;
    for (int i = 0; i < 500 && !call.machine.ending(); ++i) {
      one_event(call, random, timestamp);
      ASSERT_TRUE(call.conserved()) << "seed " << seed << " step " << i;
    }
    (void)call.machine.finish(seed % 7 == 0, call.now);
    ASSERT_TRUE(call.conserved() && call.nothing_left()) << "seed " << seed << " at the end";
    sent += call.instruments.sent_samples.value();
    appended += call.instruments.appended_samples.value();
  }
  EXPECT_GT(sent, 1e6);  // the calls were no empty ones
  EXPECT_GT(appended, 1e5);
}

}  // namespace
}  // namespace bridge::call
