// What Twilio sends, in the words of its documentation and of recorded calls, and what the bridge sends back.
#include "bridge/twilio/stream.hpp"

#include <gmock/gmock.h>

#include <string>

namespace {
using namespace bridge::twilio;
using testing::ElementsAre;
using testing::Pair;

const std::string kSid = "MZ0123456789abcdef0123456789abcdef";
const std::string kConnected = R"({"event":"connected","protocol":"Call","version":"1.0.0"})";
const std::string kStart =
    R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC0123456789abcdef0123456789abcdef",)"
    R"("streamSid":"MZ0123456789abcdef0123456789abcdef","callSid":"CA0123456789abcdef0123456789abcdef",)"
    R"("tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},)"
    R"("customParameters":{"FirstName":"Jane","To":"+15550100"}},"streamSid":"MZ0123456789abcdef0123456789abcdef"})";

std::string media(const std::string& track, const std::string& timestamp, const std::string& payload) {
  return R"({"event":"media","sequenceNumber":"2","media":{"track":")" + track +
         R"(","chunk":"1","timestamp":")" + timestamp + R"(","payload":")" + payload + R"("},"streamSid":")" +
         kSid + R"("})";
}

template <class T>
T taken(Stream& stream, const std::string& text) {
  auto received = stream.receive(text, false);
  if (auto* rejected = std::get_if<Rejected>(&received)) {
    ADD_FAILURE() << to_string(rejected->breach) << ": " << rejected->detail;
    return {};
  }
  auto* message = std::get_if<T>(&std::get<Message>(received));
  if (message == nullptr) ADD_FAILURE() << "another kind of message: " << text;
  return message == nullptr ? T{} : *message;
}

struct StartedStream : testing::Test {
  StartedStream() { taken<Start>(stream, kStart); }
  Stream stream;
};

TEST(TwilioStream, ConnectedComesBeforeAnythingIsKnown) {
  Stream stream;

  taken<Connected>(stream, kConnected);

  EXPECT_FALSE(stream.started());
  EXPECT_FALSE(stream.stopped());
}

TEST(TwilioStream, StartNamesTheCallTheFormatAndTheParameters) {
  Stream stream;

  const Start start = taken<Start>(stream, kStart);

  EXPECT_EQ(start.stream, StreamSid(kSid));
  EXPECT_EQ(start.call, CallSid("CA0123456789abcdef0123456789abcdef"));
  EXPECT_EQ(start.account_sid, "AC0123456789abcdef0123456789abcdef");
  EXPECT_EQ(start.encoding, "audio/x-mulaw");
  EXPECT_EQ(start.sample_rate, 8000);
  EXPECT_EQ(start.channels, 1);
  EXPECT_THAT(start.parameters, ElementsAre(Pair("FirstName", "Jane"), Pair("To", "+15550100")));
  EXPECT_TRUE(stream.started());
  EXPECT_EQ(stream.sid(), StreamSid(kSid));
}

TEST(TwilioStream, StartWithoutCustomParametersHasNone) {
  Stream stream;
  std::string start = kStart;
  const std::string field = R"(,"customParameters":{"FirstName":"Jane","To":"+15550100"})";
  start.erase(start.find(field), field.size());

  EXPECT_TRUE(taken<Start>(stream, start).parameters.empty());
}

TEST_F(StartedStream, MediaIsDecodedAndSaysWhen) {
  const Media read = taken<Media>(stream, media("inbound", "155", "AP9/gA=="));

  EXPECT_EQ(read.mulaw, std::string_view("\x00\xff\x7f\x80", 4));
  EXPECT_EQ(read.timestamp_ms, 155U);
  EXPECT_TRUE(read.inbound);
}

TEST_F(StartedStream, MediaOfTheOtherTrackIsNotTheCaller) {
  EXPECT_FALSE(taken<Media>(stream, media("outbound", "155", "AP9/gA==")).inbound);
  EXPECT_FALSE(taken<Media>(stream, media("inbound_track", "155", "AP9/gA==")).inbound);
}

TEST_F(StartedStream, MediaMayBeOfAnySizeAndEmpty) {
  const std::string second(8000, 'U');

  EXPECT_EQ(taken<Media>(stream, media("inbound", "1", second)).mulaw.size(), 6000U);
  EXPECT_EQ(taken<Media>(stream, media("inbound", "2", "")).mulaw, "");
}

TEST_F(StartedStream, FieldsInAnotherOrderWithSpacesAndExtrasMeanTheSame) {
  const std::string text = "\n{ \"extra\" : [1, {\"deep\": null}], \"streamSid\" : \"" + kSid +
                           "\",\t\"media\" : { \"payload\" : \"\\u0041P9\\/gA==\", \"more\": -1.5e3, " +
                           "\"timestamp\":\"9\", \"track\":\"inbound\" }, \"event\":\"media\" }\r\n";

  const Media read = taken<Media>(stream, text);

  EXPECT_EQ(read.mulaw, std::string_view("\x00\xff\x7f\x80", 4));
  EXPECT_EQ(read.timestamp_ms, 9U);
}

TEST_F(StartedStream, DtmfIsOneKey) {
  const std::string text = R"({"event":"dtmf","streamSid":")" + kSid +
                           R"(","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"#"}})";

  EXPECT_EQ(taken<Dtmf>(stream, text).digit, '#');
}

TEST_F(StartedStream, MarkEchoBringsTheNameBack) {
  const std::string text = R"({"event":"mark","sequenceNumber":"4","streamSid":")" + kSid +
                           R"(","mark":{"name":"my \"label\" é"}})";

  EXPECT_EQ(taken<MarkEcho>(stream, text).name, "my \"label\" é");
}

TEST_F(StartedStream, StopEndsTheStream) {
  const std::string text = R"({"event":"stop","sequenceNumber":"378","streamSid":")" + kSid +
                           R"(","stop":{"accountSid":"AC0","callSid":"CA0"}})";

  taken<Stop>(stream, text);

  EXPECT_TRUE(stream.stopped());
}

TEST(TwilioRequests, AreExactlyWhatTwilioAccepts) {
  std::string out = "left over from the message before";
  const StreamSid sid(kSid);

  write_media(out, sid, std::string_view("\x00\xff\x7f\x80", 4));
  EXPECT_EQ(out, R"({"event":"media","streamSid":")" + kSid + R"(","media":{"payload":"AP9/gA=="}})");
  write_mark(out, sid, "r1:500");
  EXPECT_EQ(out, R"({"event":"mark","streamSid":")" + kSid + R"(","mark":{"name":"r1:500"}})");
  write_clear(out, sid);
  EXPECT_EQ(out, R"({"event":"clear","streamSid":")" + kSid + R"("})");
}

TEST(TwilioRequests, EscapeWhatTheStreamWasCalled) {
  std::string out;

  write_mark(out, StreamSid("MZ\"\\"), "a\nb\x01");

  EXPECT_EQ(out, R"({"event":"mark","streamSid":"MZ\"\\","mark":{"name":"a\u000ab\u0001"}})");
}
}  // namespace
