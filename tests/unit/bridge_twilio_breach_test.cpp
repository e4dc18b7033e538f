// Whatever is wrong with a message, the stream says what it is and lives on as it was.
#include "bridge/twilio/stream.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace {
using namespace bridge::twilio;
using Json = nlohmann::json;

const std::string kSid = "MZ0123456789abcdef0123456789abcdef";

Json start() {
  return Json::parse(R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":")" +
                     kSid +
                     R"(","callSid":"CA1","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw",)"
                     R"("sampleRate":8000,"channels":1},"customParameters":{"a":"b"}},"streamSid":")" +
                     kSid + R"("})");
}
Json of_stream(const char* event, const char* body) {
  return {{"event", event}, {"streamSid", kSid}, {"sequenceNumber", "2"}, {event, Json::parse(body)}};
}
Json media() {
  return of_stream("media", R"({"track":"inbound","chunk":"1","timestamp":"155","payload":"AP9/gA=="})");
}
Json mark() {
  return of_stream("mark", R"({"name":"m1"})");
}
Json dtmf() {
  return of_stream("dtmf", R"({"track":"inbound_track","digit":"1"})");
}
Json stop() {
  return of_stream("stop", R"({"accountSid":"AC1","callSid":"CA1"})");
}

std::string breach_of(Stream& stream, const std::string& text, bool binary = false) {
  const auto received = stream.receive(text, binary);
  const auto* rejected = std::get_if<Rejected>(&received);
  if (rejected == nullptr) return "none";
  EXPECT_FALSE(rejected->detail.empty());
  EXPECT_LE(rejected->detail.size(), 300U);
  return std::string(to_string(rejected->breach));
}
std::string breach_of(Stream& stream, const Json& message) {
  return breach_of(stream, message.dump());
}

struct TwilioBreach : testing::Test {
  TwilioBreach() { EXPECT_EQ(breach_of(stream, start()), "none"); }
  Stream stream;
};

/// Every value but the right one, at `path`, gives wrong_type; so does its absence.
void expect_each_wrong(const Json& message, const char* path, bool started) {
  const Json::json_pointer where(path);
  for (const Json& wrong :
       {Json(), Json(true), Json(-1), Json(1.5), Json::array(), Json::object(), Json("")}) {
    Json changed = message;
    changed[where] = wrong;
    Stream stream;
    if (started) breach_of(stream, start());
    EXPECT_EQ(breach_of(stream, changed), "wrong_type") << changed;
    EXPECT_EQ(stream.started(), started);
  }
  Json without = message;
  without[where.parent_pointer()].erase(where.back());
  Stream stream;
  if (started) breach_of(stream, start());
  EXPECT_EQ(breach_of(stream, without), "wrong_type") << without;
}

TEST(TwilioStartBreach, EachFieldInTurn) {
  for (const char* path : {"/start/streamSid", "/start/callSid", "/start", "/start/mediaFormat",
                           "/start/mediaFormat/sampleRate", "/start/mediaFormat/channels"}) {
    expect_each_wrong(start(), path, false);
  }
}

TEST(TwilioStartBreach, TextMayBeEmptyWhereNothingHangsOnIt) {
  for (const char* path : {"/start/accountSid", "/start/mediaFormat/encoding"}) {
    for (const Json& wrong : {Json(), Json(7), Json::array(), Json::object()}) {
      Json changed = start();
      changed[Json::json_pointer(path)] = wrong;
      Stream stream;
      EXPECT_EQ(breach_of(stream, changed), "wrong_type") << changed;
    }
  }
}

TEST(TwilioStartBreach, ParametersAreTexts) {
  for (const Json& wrong : {Json(7), Json("x"), Json::array(), Json({{"a", 1}}), Json({{"a", nullptr}})}) {
    Json changed = start();
    changed["start"]["customParameters"] = wrong;
    Stream stream;
    EXPECT_EQ(breach_of(stream, changed), "wrong_type") << changed;
  }
}

TEST(TwilioStartBreach, TheTwoStreamSidsAgree) {
  Json changed = start();
  changed["streamSid"] = "MZother";
  Stream stream;

  EXPECT_EQ(breach_of(stream, changed), "wrong_stream");
  EXPECT_EQ(breach_of(stream, start()), "none");
}

TEST_F(TwilioBreach, EachFieldOfTheOthersInTurn) {
  for (const char* path : {"/media/track", "/media/timestamp", "/media/payload", "/media"}) {
    Json message = media();
    if (std::string(path) == "/media/track" || std::string(path) == "/media/payload") {
      message[Json::json_pointer(path)] = 5;
      EXPECT_EQ(breach_of(stream, message), "wrong_type") << message;
      message[Json::json_pointer(path).parent_pointer()].erase(Json::json_pointer(path).back());
      EXPECT_EQ(breach_of(stream, message), "wrong_type") << message;
    } else {
      expect_each_wrong(message, path, true);
    }
  }
  expect_each_wrong(dtmf(), "/dtmf/digit", true);
  expect_each_wrong(dtmf(), "/dtmf", true);
  expect_each_wrong(mark(), "/mark", true);
}

TEST_F(TwilioBreach, NumbersAreWholeAndWrittenAsStrings) {
  for (const char* wrong :
       {"1x", "-1", " 1", "1 ", "1.5", "0x10", "604800001", "10000000000000", "99999999999999999999999"}) {
    Json message = media();
    message["media"]["timestamp"] = wrong;
    EXPECT_EQ(breach_of(stream, message), "wrong_type") << wrong;
  }
  Json message = media();
  message["media"]["timestamp"] = "604800000";
  EXPECT_EQ(breach_of(stream, message), "none") << "a week";
}

TEST_F(TwilioBreach, AKeyIsOneOfTheTelephones) {
  for (const char* wrong : {"11", "E", "a", " ", "é"}) {
    Json message = dtmf();
    message["dtmf"]["digit"] = wrong;
    EXPECT_EQ(breach_of(stream, message), "wrong_type") << wrong;
  }
}

TEST_F(TwilioBreach, AMarkHasAName) {
  Json message = mark();
  message["mark"] = {{"label", "m1"}};

  EXPECT_EQ(breach_of(stream, message), "wrong_type");
}

TEST_F(TwilioBreach, TheEventIsAText) {
  for (const char* text : {R"({})", R"({"event":7})", R"({"event":null})", R"({"event":["media"]})", "[]",
                           "7", "\"media\"", "null"}) {
    EXPECT_EQ(breach_of(stream, std::string(text)), "wrong_type") << text;
  }
}

TEST_F(TwilioBreach, UnknownEventsAreNamedButNotAtLength) {
  Json message = media();
  message["event"] = std::string(5000, 'x');

  EXPECT_EQ(breach_of(stream, message), "unknown_event");
  EXPECT_EQ(breach_of(stream, std::string(R"({"event":"error"})")), "unknown_event");
  EXPECT_EQ(breach_of(stream, std::string(R"({"event":"Media"})")), "unknown_event");
}

TEST_F(TwilioBreach, ASecondStartChangesNothing) {
  Json second = start();
  second["streamSid"] = second["start"]["streamSid"] = "MZother";

  EXPECT_EQ(breach_of(stream, second), "second_start");
  EXPECT_EQ(stream.sid(), StreamSid(kSid));
  EXPECT_EQ(breach_of(stream, media()), "none");
}

TEST(TwilioOrderBreach, NothingOfAStreamBeforeItsStart) {
  Stream stream;
  for (const Json& message : {media(), mark(), dtmf(), stop()}) {
    EXPECT_EQ(breach_of(stream, message), "before_start");
  }
  EXPECT_FALSE(stream.stopped());
  EXPECT_EQ(breach_of(stream, start()), "none");
}

TEST_F(TwilioBreach, NothingAfterTheStop) {
  ASSERT_EQ(breach_of(stream, stop()), "none");
  for (const Json& message : {media(), mark(), dtmf(), stop(), start()}) {
    EXPECT_EQ(breach_of(stream, message), "after_stop");
  }
}

TEST_F(TwilioBreach, AnotherStreamsMessagesAreNotOurs) {
  for (Json message : {media(), mark(), dtmf(), stop()}) {
    message["streamSid"] = "MZffffffffffffffffffffffffffffffff";
    EXPECT_EQ(breach_of(stream, message), "wrong_stream");
    message["streamSid"] = 7;
    EXPECT_EQ(breach_of(stream, message), "wrong_type");
    message.erase("streamSid");
    EXPECT_EQ(breach_of(stream, message), "wrong_type");
  }
  EXPECT_FALSE(stream.stopped());
}

TEST_F(TwilioBreach, APayloadIsBase64AndTheDetailHoldsNoneOfIt) {
  for (const char* wrong : {"AP9/g", "AP9/gA=", "AP9-gA==", "AP9/gA==\n", "=AP9", "A=P9", "!!!!"}) {
    Json message = media();
    message["media"]["payload"] = wrong;
    const auto received = stream.receive(message.dump(), false);
    ASSERT_TRUE(std::holds_alternative<Rejected>(received)) << wrong;
    EXPECT_EQ(std::get<Rejected>(received).breach, Breach::bad_base64) << wrong;
    EXPECT_EQ(std::get<Rejected>(received).detail.find(wrong), std::string::npos);
  }
}

TEST_F(TwilioBreach, BinaryFramesAreRefusedWhateverTheyHold) {
  EXPECT_EQ(breach_of(stream, media().dump(), true), "binary_frame");
  EXPECT_EQ(breach_of(stream, std::string(), true), "binary_frame");
}

TEST_F(TwilioBreach, EveryTruncationOfEveryMessageIsMalformed) {
  for (const Json& message : {start(), media(), mark(), dtmf(), stop()}) {
    const std::string whole = message.dump();
    for (std::size_t length = 0; length < whole.size(); ++length) {
      ASSERT_EQ(breach_of(stream, whole.substr(0, length)), "malformed_json") << whole.substr(0, length);
    }
  }
  EXPECT_EQ(breach_of(stream, media()), "none");
}

TEST_F(TwilioBreach, WhatIsNotJsonToTheLastByteIsMalformed) {
  const std::string good = media().dump();
  const std::string open = good.substr(0, good.size() - 1);
  const std::vector<std::string> bad = {good + "}",
                                        good + good,
                                        good + " x",
                                        good + std::string(1, '\0'),
                                        "\xef\xbb\xbf" + good,
                                        open + R"(,"x":tru})",
                                        open + R"(,"x":01})",
                                        open + R"(,"x":NaN})",
                                        open + R"(,"x":"\q"})",
                                        open + R"(,"x":[1,]})",
                                        open + ",}",
                                        open + ",\"x\":\"\xff\"}",
                                        open + ",\"x\":\"\n\"}",
                                        open + ",'x':1}",
                                        open + R"(,"x":nul})",
                                        open + R"(,"x":"\ud800"})",
                                        open + R"(,"x":"\udc00"})"};
  for (const auto& text : bad) EXPECT_EQ(breach_of(stream, text), "malformed_json") << text;
}

TEST_F(TwilioBreach, HugeAndDeepMessagesAreOnlyMessages) {
  const std::string deep(200'000, '[');
  Json big = media();
  big["media"]["payload"] = std::string(4'000'000, 'U');

  EXPECT_EQ(breach_of(stream, deep), "malformed_json");
  EXPECT_EQ(breach_of(stream, R"({"event":)" + deep), "malformed_json");
  EXPECT_EQ(breach_of(stream, big), "none");
  EXPECT_EQ(breach_of(stream, media()), "none");
}
}  // namespace
