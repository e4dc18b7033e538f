// What the caller said to a session that was lost is said again to the next one.
#include "bridge/call/open_turn.hpp"
#include "bridge/call/pause.hpp"
#include "tests/support/call_events.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

namespace bridge::call {
namespace {
using namespace std::chrono_literals;
using namespace support;

constexpr char kLoudSample = '\x10';
constexpr char kSilentSample = '\xff';

struct CallOpenTurn : testing::Test {
  void say(char sample, std::size_t frames) {
    for (std::size_t i = 0; i < frames; ++i) turn.said(std::string(160, sample));
  }
  std::string repeated() {
    std::string all;
    for (auto piece = turn.again(); !piece.empty(); piece = turn.again()) {
      EXPECT_LE(piece.size(), OpenTurn::kPiece);
      all += piece;
    }
    return all;
  }
  OpenTurn turn;
};

TEST_F(CallOpenTurn, IsSaidAgainWithTheQuietBeforeItAndAfterIt) {
  say(kSilentSample, 500);
  say(kLoudSample, 50);
  say(kSilentSample, 500);
  EXPECT_EQ(turn.lost(), 8000 + 2 * kPauseBytes);
  EXPECT_EQ(repeated(), std::string(kPauseBytes, kSilentSample) + std::string(8000, kLoudSample) +
                            std::string(kPauseBytes, kSilentSample));
}

TEST_F(CallOpenTurn, IsNothingWhenNobodySpokeOrItHasEnded) {
  say(kSilentSample, 500);
  EXPECT_EQ(turn.lost(), 0U);
  say(kLoudSample, 50);
  turn.over();
  EXPECT_EQ(turn.lost(), 0U);
  say(kLoudSample, 50);
  turn.note(openai::Committed{openai::ItemId("u1")});
  EXPECT_EQ(turn.lost(), 0U);
  EXPECT_EQ(turn.unanswered().size(), 1U);
  turn.note(openai::InputTranscript{openai::ItemId("u1"), "Hello"});
  EXPECT_TRUE(turn.unanswered().empty()) << "words are told as words";
  EXPECT_EQ(repeated(), "");
}

TEST_F(CallOpenTurn, IsNotSaidAgainToASessionThatTakesOver) {
  say(kLoudSample, 50);
  turn.lost();
  EXPECT_TRUE(turn.repeats());
  turn.over();
  EXPECT_FALSE(turn.repeats());
  EXPECT_EQ(repeated(), "");
}

TEST_F(CallOpenTurn, KeepsEachThatNobodyHasAnsweredAndTheNewestWhenTheyAreTooLong) {
  for (const char* id : {"u1", "u2", "u3"}) {
    say(kLoudSample, 400);
    turn.note(openai::Committed{openai::ItemId(id)});
  }
  ASSERT_EQ(turn.unanswered().size(), 2U) << "24 s, of which 20 s are kept";
  EXPECT_EQ(turn.unanswered().front().item, openai::ItemId("u2"));
  turn.forget(openai::ItemId("u2"));
  ASSERT_EQ(turn.unanswered().size(), 1U);
  turn.note(openai::FunctionCall{});
  EXPECT_EQ(turn.unanswered().front().item, openai::ItemId("u3")) << "a function is no answer";
  turn.answered();
  EXPECT_TRUE(turn.unanswered().empty());
}

TEST_F(CallOpenTurn, GoesToTheSessionAfterTheNextWhenThatIsLostAsWell) {
  say(kLoudSample, 50);
  turn.lost();
  EXPECT_EQ(turn.again().size(), OpenTurn::kPiece);
  EXPECT_EQ(turn.lost(), 8000U) << "what was said again, and what was not";
  EXPECT_EQ(repeated(), std::string(8000, kLoudSample));
}

TEST_F(CallOpenTurn, KeepsTheNewestOfALongOne) {
  say(kLoudSample, 5000);
  say('\x20', 50);
  EXPECT_EQ(turn.lost(), OpenTurn::kMost);
  EXPECT_TRUE(repeated().ends_with(std::string(8000, '\x20')));
}

struct CallLostSession : testing::Test {
  explicit CallLostSession(bool bridge_responds = false) {
    call.settings.model.greet = false;
    if (bridge_responds) {
      auto& session = call.settings.model.session;
      session.create_response = session.interrupt_response = false;
      call.settings.model.min_speech = 300ms;
    }
    call.twilio(kStartText);
    set_up();
  }
  void set_up() {
    call.dial();
    call.model(kCreated);
    call.pump_model();
    call.model(kUpdated);
  }
  void speak(std::size_t frames) {
    const auto payload = runtime::base64_encode(std::string(160, kLoudSample));
    for (std::size_t i = 0; i < frames; ++i, at += 20) {
      call.twilio(fmt::format(R"({{"event":"media","media":{{"track":"inbound","timestamp":"{}",)"
                              R"("payload":"{}"}},"streamSid":"{}"}})",
                              at, payload, kStream));
      call.pass(20ms);
      call.pump_model();
    }
    call.pump_model();
  }
  /// Bytes of loud audio in what the model is sent within `length`.
  std::size_t loud_sent(runtime::Duration length) {
    std::size_t loud = 0;
    for (const auto end = call.now + length; call.now < end; call.pass(20ms)) {
      for (call.pump_model(); call.appending; call.pump_model()) {
        std::string audio;
        const auto request = nlohmann::json::parse(call.request);
        if (request["type"] == "response.create") asked_after_it = !told_aloud.empty();
        if (request["type"] == "conversation.item.create") hear(request["item"]["content"][0]);
        if (request["type"] != "input_audio_buffer.append") continue;
        EXPECT_TRUE(runtime::base64_decode(request["audio"].get<std::string>(), audio));
        loud += static_cast<std::size_t>(std::count(audio.begin(), audio.end(), kLoudSample));
      }
    }
    return loud;
  }
  void hear(const nlohmann::json& part) {
    if (part["type"] != "input_audio") return;
    std::string audio;
    EXPECT_TRUE(runtime::base64_decode(part["audio"].get<std::string>(), audio));
    told_aloud += audio;
  }
  void commit(const std::string& item) {
    call.model(fmt::format(R"({{"type":"input_audio_buffer.committed","item_id":"{}"}})", item));
  }
  void lose() {
    call.machine.model_dead(call.link, call.now);
    call.connected = false;
    call.pass(1s);
    set_up();
  }
  support::CallDriver call;
  std::uint64_t at = 0;
  std::string told_aloud;
  bool asked_after_it = false;
};

TEST_F(CallLostSession, ThatDiedWithoutAWordIsCountedAsDeadAndItsSuccessorHearsTheQuestion) {
  speak(50);
  call.machine.model_dead(call.link, call.now);
  call.connected = false;
  EXPECT_EQ(call.value("voicebridge_openai_failures_total", {"dead"}), 1);
  EXPECT_EQ(call.value("voicebridge_openai_failures_total", {"closed"}), 0);
  call.pass(1s);
  set_up();
  EXPECT_EQ(loud_sent(1s), 8000U);
  EXPECT_TRUE(call.conserved());
}

TEST_F(CallLostSession, ATurnThatWaitsForItsAnswerIsToldToTheNextAsSoundAndAskedForAgain) {
  speak(50);
  call.model(event("input_audio_buffer.committed"));
  call.machine.model_dead(call.link, call.now);
  call.connected = false;
  call.pass(1s);
  set_up();
  EXPECT_EQ(loud_sent(1s), 0U) << "it is a turn already";
  EXPECT_EQ(told_aloud, std::string(8000, kLoudSample));
  EXPECT_TRUE(asked_after_it);
}

TEST_F(CallLostSession, ATurnWhoseAnswerHasNotBegunToSoundIsToldAsWell) {
  speak(50);
  commit("u1");
  call.model(created("a"));
  call.model(fmt::format(R"({{"type":"response.output_audio.delta","response_id":"a","item_id":"i_a",)"
                         R"("content_index":0,"delta":"{}"}})",
                         runtime::base64_encode(std::string(800, kSilentSample))));
  lose();
  EXPECT_EQ(loud_sent(1s), 0U);
  EXPECT_EQ(told_aloud, std::string(8000, kLoudSample));
  EXPECT_TRUE(asked_after_it);
}

TEST_F(CallLostSession, EachTurnThatWaitsForItsAnswerIsTold) {
  speak(50);
  commit("u1");
  speak(25);
  commit("u2");
  lose();
  EXPECT_EQ(loud_sent(1s), 0U);
  EXPECT_EQ(told_aloud, std::string(12000, kLoudSample));
}

struct CallNoisySession : CallLostSession {
  CallNoisySession() : CallLostSession(true) {}
};

TEST_F(CallNoisySession, ANoiseThatWasTakenOutOfTheConversationStaysOutOfIt) {
  call.model(created("a"));
  call.model(delta("a", 24'000));
  call.pump_twilio();
  call.pump_twilio();
  call.model(R"({"type":"input_audio_buffer.speech_started","item_id":"u1","audio_start_ms":5})");
  speak(8);
  commit("u1");
  EXPECT_EQ(call.value("voicebridge_noises_ignored_total"), 1);
  lose();
  EXPECT_EQ(loud_sent(1s), 0U);
  EXPECT_EQ(told_aloud, "");
}

TEST_F(CallLostSession, ATurnThatHasItsAnswerIsNot) {
  speak(50);
  call.model(event("input_audio_buffer.committed"));
  call.model(created("a"));
  call.model(delta("a", 160));
  call.machine.model_dead(call.link, call.now);
  call.connected = false;
  call.pass(1s);
  set_up();
  EXPECT_EQ(loud_sent(1s), 0U);
  EXPECT_EQ(told_aloud, "");
}

}  // namespace
}  // namespace bridge::call
