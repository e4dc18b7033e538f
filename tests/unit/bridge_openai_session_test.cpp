// A session on its way to ready, with each step failing in turn.
#include "bridge/openai/session.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>

namespace {
using namespace bridge::openai;
using Next = Session::Next;
using Phase = Session::Phase;
using testing::HasSubstr;

const Event kSessionCreated = SessionCreated{"sess_1", 1785217650};
const Event kConfirmed = SessionUpdated{"audio/pcmu", "audio/pcmu"};

Event error(const std::string& code, const std::string& event_id,
            const std::string& type = "invalid_request_error") {
  return ApiError{type, code, "said so", "session.audio", event_id};
}

struct OpenAiSession : testing::Test {
  void expect_unreachable(Unreachable reason) const {
    EXPECT_EQ(session.phase(), Phase::failed);
    EXPECT_FALSE(session.failure().misconfigured);
    EXPECT_EQ(session.failure().reason, reason);
    EXPECT_FALSE(session.failure().said.empty());
  }
  void expect_misconfigured(const std::string& said) const {
    EXPECT_EQ(session.phase(), Phase::failed);
    EXPECT_TRUE(session.failure().misconfigured);
    EXPECT_THAT(session.failure().said, HasSubstr(said));
  }
  std::string event_id() const { return nlohmann::json::parse(session.update())["event_id"]; }
  Session session{SessionSettings{}, "CA123"};
};

TEST_F(OpenAiSession, IsCreatedAskedAndConfirmed) {
  EXPECT_EQ(session.phase(), Phase::dialled);
  EXPECT_EQ(session.on_event(kSessionCreated), Next::send_update);
  EXPECT_EQ(session.session_id(), "sess_1");
  EXPECT_EQ(session.phase(), Phase::update_sent);
  EXPECT_EQ(session.on_event(kConfirmed), Next::ready);
  EXPECT_EQ(session.phase(), Phase::ready);
}

TEST_F(OpenAiSession, TheUpdateCarriesTheCallSid) {
  EXPECT_THAT(event_id(), HasSubstr("CA123"));
}

TEST_F(OpenAiSession, OtherEventsOnTheWayAreWaitedOut) {
  EXPECT_EQ(session.on_event(Ignored{"conversation.created"}), Next::wait);
  EXPECT_EQ(session.on_event(kConfirmed), Next::wait);  // answers nothing of ours
  EXPECT_EQ(session.on_event(kSessionCreated), Next::send_update);
  EXPECT_EQ(session.on_event(kSessionCreated), Next::wait);
  EXPECT_EQ(session.on_event(Ignored{"conversation.created"}), Next::wait);
  EXPECT_EQ(session.on_event(kConfirmed), Next::ready);
}

TEST_F(OpenAiSession, TheDialFails) {
  EXPECT_EQ(session.on_dial_failed({{}, 0, 0, "connection refused"}), Next::failed);
  expect_unreachable(Unreachable::network);
  EXPECT_THAT(session.failure().said, HasSubstr("connection refused"));
}

TEST_F(OpenAiSession, TheDialIsRefusedWithAStatus) {
  EXPECT_EQ(session.on_dial_failed({{}, 0, 401, "handshake declined"}), Next::failed);
  expect_unreachable(Unreachable::auth);
  EXPECT_THAT(session.failure().said, HasSubstr("401"));
}

TEST_F(OpenAiSession, ARateLimitsOwnWaitIsPassedOnAndAProxysIsNot) {
  EXPECT_EQ(session.on_dial_failed({"rate_limit_exceeded", 0, 429, "wait", std::chrono::seconds(3)}),
            Next::failed);
  expect_unreachable(Unreachable::quota);
  EXPECT_TRUE(session.failure().again);
  EXPECT_TRUE(session.failure().rate_limited);
  EXPECT_EQ(session.failure().wait, std::chrono::seconds(3));

  Session other(SessionSettings{}, "CA123");
  other.on_dial_failed({{}, 0, 503, "wait", std::chrono::minutes(2)});
  EXPECT_TRUE(other.failure().again);
  EXPECT_EQ(other.failure().wait, std::nullopt);
}

TEST_F(OpenAiSession, TheBodysCodeSaysMoreThanTheStatus) {
  session.on_dial_failed({"insufficient_quota", 0, 429, "no money", std::chrono::seconds(3)});
  expect_unreachable(Unreachable::quota);
  EXPECT_FALSE(session.failure().again);
  EXPECT_FALSE(session.failure().rate_limited);
}

TEST_F(OpenAiSession, ARateLimitThatIsOnlySaidIsKeptToAtTheDeadline) {
  session.on_event(kSessionCreated);
  session.on_event(ApiError{"requests", "rate_limit_exceeded", "Please try again in 2s.", "", ""});
  session.on_deadline();
  EXPECT_EQ(session.failure().wait, std::chrono::seconds(2));
}

TEST_F(OpenAiSession, NothingComesAfterTheDial) {
  EXPECT_EQ(session.on_deadline(), Next::failed);
  expect_unreachable(Unreachable::network);
  EXPECT_THAT(session.failure().said, HasSubstr("session.created"));
}

TEST_F(OpenAiSession, ABadKeyIsAnErrorAndThenAClose) {
  EXPECT_EQ(session.on_event(error("invalid_api_key", "")), Next::wait);
  EXPECT_EQ(session.on_closed(3000, "invalid_request_error.invalid_api_key"), Next::failed);
  expect_unreachable(Unreachable::auth);
  EXPECT_THAT(session.failure().said, HasSubstr("3000"));
  EXPECT_THAT(session.failure().said, HasSubstr("said so"));
}

TEST_F(OpenAiSession, ABadModelIsOneToo) {
  session.on_event(error("invalid_model", ""));
  session.on_closed(4000, "invalid_request_error.invalid_model");
  expect_unreachable(Unreachable::model);
}

TEST_F(OpenAiSession, AnErrorWithoutItsCloseIsJudgedAtTheDeadline) {
  session.on_event(error("invalid_api_key", ""));
  EXPECT_EQ(session.on_deadline(), Next::failed);
  expect_unreachable(Unreachable::auth);
}

TEST_F(OpenAiSession, TheConnectionEndsBeforeTheSessionIsCreated) {
  EXPECT_EQ(session.on_closed(0, ""), Next::failed);
  expect_unreachable(Unreachable::network);
}

TEST_F(OpenAiSession, TheUpdateIsNeverAnswered) {
  session.on_event(kSessionCreated);
  EXPECT_EQ(session.on_deadline(), Next::failed);
  expect_unreachable(Unreachable::network);
  EXPECT_THAT(session.failure().said, HasSubstr("session.updated"));
}

TEST_F(OpenAiSession, TheUpdateIsRefused) {
  session.on_event(kSessionCreated);
  EXPECT_EQ(session.on_event(error("unknown_parameter", event_id())), Next::failed);
  expect_misconfigured("unknown_parameter (session.audio): said so");
}

TEST_F(OpenAiSession, TheUpdateIsRefusedWithoutSayingWhich) {
  session.on_event(kSessionCreated);
  EXPECT_EQ(session.on_event(error("invalid_value", "")), Next::wait);
  EXPECT_EQ(session.on_deadline(), Next::failed);
  expect_misconfigured("invalid_value");
}

TEST_F(OpenAiSession, AnErrorAboutSomethingElseDoesNotKeepItFromBeingReady) {
  session.on_event(kSessionCreated);
  session.on_event(error("server_error", "", "server_error"));
  EXPECT_EQ(session.on_event(kConfirmed), Next::ready);
}

TEST_F(OpenAiSession, TheQuotaIsFoundOutAfterTheSessionIsCreated) {
  session.on_event(kSessionCreated);
  EXPECT_EQ(session.on_event(error("insufficient_quota", event_id())), Next::wait);
  session.on_closed(4000, "insufficient_quota");
  expect_unreachable(Unreachable::quota);
}

TEST_F(OpenAiSession, TheConnectionEndsBeforeTheUpdateIsAnswered) {
  session.on_event(kSessionCreated);
  EXPECT_EQ(session.on_closed(1006, ""), Next::failed);
  expect_unreachable(Unreachable::network);
}

TEST(OpenAiSessionFormats, OthersThanWereAskedForAreKnownByTheirNames) {
  Session session(SessionSettings{}, "CA123");
  session.on_event(kSessionCreated);
  EXPECT_EQ(session.on_event(SessionUpdated{"audio/pcma", "audio/pcm", 0, 24000}), Next::ready);
  EXPECT_EQ(session.input(), AudioFormat::pcma);
  EXPECT_EQ(session.output(), AudioFormat::pcm24k);
}

TEST(OpenAiSessionFormats, BothAreConfirmedAsWhatCanBeConvertedOrTheSessionIsOfNoUse) {
  const auto failure_of = [](const char* input, const char* output, int rate = 0) {
    Session session(SessionSettings{}, "CA123");
    session.on_event(kSessionCreated);
    EXPECT_EQ(session.on_event(SessionUpdated{input, output, rate, rate}), Next::failed);
    return session.failure();
  };
  for (const auto& failure : {failure_of("audio/opus", "audio/pcmu"), failure_of("audio/pcmu", "audio/opus"),
                              failure_of("", "audio/pcmu"), failure_of("audio/pcmu", ""),
                              failure_of("audio/pcm", "audio/pcm", 16000)}) {
    EXPECT_TRUE(failure.misconfigured);
    EXPECT_FALSE(failure.again);
    EXPECT_THAT(failure.said, HasSubstr("expected audio/pcmu, audio/pcma or audio/pcm at 24000"));
  }
  EXPECT_THAT(failure_of("audio/pcm", "").said, HasSubstr("input audio/pcm and output nothing"));
}

TEST_F(OpenAiSession, NothingChangesOnceItIsReadyOrHasFailed) {
  session.on_event(kSessionCreated);
  session.on_event(kConfirmed);

  EXPECT_EQ(session.on_event(error("server_error", event_id())), Next::wait);
  EXPECT_EQ(session.on_event(SessionUpdated{"audio/pcm", "audio/pcm"}), Next::wait);
  EXPECT_EQ(session.on_closed(1001, "expired"), Next::wait);
  EXPECT_EQ(session.on_dial_failed({{}, 0, 503, "late"}), Next::wait);
  EXPECT_EQ(session.on_deadline(), Next::wait);
  EXPECT_EQ(session.phase(), Phase::ready);
}
}  // namespace
