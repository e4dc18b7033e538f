#include "bridge/app/token.hpp"
#include "bridge/app/twiml.hpp"
#include "bridge/call/phone.hpp"

#include <gmock/gmock.h>

namespace bridge::app {
namespace {

using testing::HasSubstr;

constexpr auto kSid = "CA1234567890abcdef1234567890abcdef";

TEST(BridgeTwiml, IsPrintedAsTwiliosOwnLibraryPrintsIt) {
  StreamDocument document;
  document.stream_url = "wss://bridge.example.com/ws/twilio-media";
  document.track = "both_tracks";
  document.parameters = {{"CallSid", "CA1"}, {"note", R"(a & b <c> "d")"}};
  document.return_url = "https://bridge.example.com/webhook/stream_ended?at=1&attempt=1";

  EXPECT_EQ(
      write_stream_document(document),
      R"(<?xml version="1.0" encoding="UTF-8"?><Response><Connect>)"
      R"(<Stream url="wss://bridge.example.com/ws/twilio-media" track="both_tracks">)"
      R"(<Parameter name="CallSid" value="CA1"/>)"
      R"(<Parameter name="note" value="a &amp; b &lt;c> &quot;d&quot;"/></Stream></Connect>)"
      R"(<Redirect method="POST">https://bridge.example.com/webhook/stream_ended?at=1&amp;attempt=1</Redirect>)"
      R"(</Response>)");
}

TEST(BridgeTwiml, ACallMayGoOnByTheActionOfItsConnect) {
  StreamDocument document;
  document.stream_url = "wss://h/ws/twilio-media";
  document.track = "inbound_track";
  document.return_url = "https://h/webhook/stream_ended?at=1&attempt=1";
  document.continue_by = Config::Twiml::ContinueBy::action;

  EXPECT_EQ(write_stream_document(document),
            R"(<?xml version="1.0" encoding="UTF-8"?><Response><Connect )"
            R"(action="https://h/webhook/stream_ended?at=1&amp;attempt=1" method="POST">)"
            R"(<Stream url="wss://h/ws/twilio-media" track="inbound_track"/></Connect></Response>)");
}

TEST(BridgeTwiml, AStartIsKeptAliveByALongPauseAndNeverComesBack) {
  StreamDocument document;
  document.stream_url = "wss://h/ws/twilio-media";
  document.track = "none";
  document.verb = Config::Twiml::Verb::start;
  document.prelude = "<Say voice=\"alice\">Hello</Say>\n<Pause length=\"1\"/>";
  document.return_url = "https://h/unused";

  EXPECT_EQ(
      write_stream_document(document),
      R"(<?xml version="1.0" encoding="UTF-8"?><Response><Say voice="alice">Hello</Say><Pause length="1"/>)"
      R"(<Start><Stream url="wss://h/ws/twilio-media"/></Start><Pause length="3600"/></Response>)");
}

TEST(BridgeTwiml, NoVerbsAreAnEmptyResponse) {
  EXPECT_EQ(write_verbs_document(""), R"(<?xml version="1.0" encoding="UTF-8"?><Response/>)");
  EXPECT_EQ(write_verbs_document("<Hangup/>"),
            R"(<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>)");
}

TEST(BridgeTwiml, VerbsThatEscapeTheirResponseAreRefused) {
  EXPECT_TRUE(check_verbs("</Response><Response>"));
  EXPECT_TRUE(check_verbs("<Say>a & b</Say><Stream"));
  EXPECT_FALSE(check_verbs("<!-- why --> <Dial>+14155551212</Dial>"));
}

TEST(BridgeTwiml, AnAddressWithoutAHostIsAsSeenFromTheBridge) {
  const auto base = *runtime::net::parse_url("https://bridge.test/webhook/stream_ended");
  const auto whole = [&](const std::string& verbs) { return with_whole_addresses(verbs, base); };

  EXPECT_EQ(whole("<Redirect method=\"POST\"> /menu?a=1&amp;b=http://c </Redirect>"),
            "<Redirect method=\"POST\">https://bridge.test/menu?a=1&amp;b=http://c</Redirect>");
  EXPECT_EQ(whole("<Play>bye.wav</Play><Hangup/>"),
            "<Play>https://bridge.test/webhook/bye.wav</Play><Hangup/>");
  EXPECT_EQ(whole("<Dial action=\"/done\"><Number url=\"//other.test/whisper\">+1</Number></Dial>"),
            "<Dial action=\"https://bridge.test/done\"><Number "
            "url=\"https://other.test/whisper\">+1</Number></Dial>");
  EXPECT_EQ(
      whole("<Enqueue waitUrl=\"/w\" recordingStatusCallback=\"r\" recordingStatusCallbackMethod=\"GET\">"
            "q</Enqueue>"),
      "<Enqueue waitUrl=\"https://bridge.test/w\" "
      "recordingStatusCallback=\"https://bridge.test/webhook/r\" "
      "recordingStatusCallbackMethod=\"GET\">q</Enqueue>");
}

TEST(BridgeTwiml, WhatNeedsNoHostStaysAsItIsWritten) {
  const auto base = *runtime::net::parse_url("https://bridge.test/webhook/stream_ended");
  for (const std::string verbs :
       {"", "<Say>/not an address</Say>\n  <Hangup />", "<Redirect>HTTPS://a.test</Redirect>",
        "<Dial action=''><Conference waitUrl=\"\">/room</Conference></Dial>", "<Play digits='1'/>",
        "<Dial><Sip>sip:a@b.test</Sip></Dial>"}) {
    EXPECT_EQ(with_whole_addresses(verbs, base), verbs);
  }
}

TEST(BridgeTwiml, TheMarkerNamesTheTrackThatIsServed) {
  EXPECT_EQ(track_marker("both_tracks"), "TWIML_TRACK=both_tracks (bidirectional audio)");
  EXPECT_EQ(track_marker("inbound_track"), "TWIML_TRACK=inbound_track (as configured)");
}

class StreamToken : public testing::Test {
 protected:
  const runtime::WallTime now_{std::chrono::seconds(1'700'000'000)};
  const Signer signer_{"0123456789abcdef"};
  const std::string token_ =
      signer_.stream_token({kSid, "+1800", "+1900"}, {Direction::outbound, now_ - 5s, now_ + 60s});

  std::string refusal(const std::string& token, std::string_view sid, runtime::WallTime at) const {
    const auto checked = signer_.check_stream_token(token, {sid, "+1800", "+1900"}, at);
    return std::holds_alternative<Signer::Opened>(checked) ? "" : std::get<std::string>(checked);
  }
};

TEST_F(StreamToken, OpensTheStreamOfItsCallUntilItExpires) {
  EXPECT_EQ(refusal(token_, kSid, now_), "");
  EXPECT_EQ(refusal(token_, kSid, now_ + 60s), "");
  EXPECT_THAT(refusal(token_, kSid, now_ + 60s + 1ms), HasSubstr("expired 1 ms ago"));
  const auto opened = signer_.check_stream_token(token_, {kSid, "+1800", "+1900"}, now_);
  EXPECT_EQ(std::get<Signer::Opened>(opened).direction, Direction::outbound);
  EXPECT_EQ(std::get<Signer::Opened>(opened).served, now_ - 5s);
  EXPECT_LT(token_.size() + std::string_view("LinecheckToken").size(), 500U);
}

TEST_F(StreamToken, OpensNoOtherCallsStream) {
  EXPECT_THAT(refusal(token_, "CA2", now_), HasSubstr("not signed by us for this call"));
  EXPECT_THAT(refusal("", kSid, now_), HasSubstr("no token"));
}

TEST_F(StreamToken, HoldsForTheNumbersOfItsCallAlone) {
  const auto opens = [&](std::string_view to, std::string_view from) {
    return std::holds_alternative<Signer::Opened>(signer_.check_stream_token(token_, {kSid, to, from}, now_));
  };
  EXPECT_TRUE(opens("+1800", "+1900"));
  EXPECT_FALSE(opens("+1801", "+1900"));
  EXPECT_FALSE(opens("+1800", "+1901"));
  EXPECT_FALSE(opens("+1900", "+1800"));
  EXPECT_FALSE(opens("+1800+1900", ""));
}

TEST_F(StreamToken, NoCharacterOfItMayChange) {
  for (std::size_t i = 0; i < token_.size(); ++i) {
    auto forged = token_;
    forged[i] = forged[i] == '1' ? '2' : '1';
    EXPECT_NE(refusal(forged, kSid, now_), "") << forged;
    EXPECT_NE(refusal(token_.substr(0, i), kSid, now_), "") << i;
  }
}

TEST_F(StreamToken, AReturnUrlIsNoTokenAndATokenNoReturnUrl) {
  const auto query = signer_.return_query(kSid, {now_, 2, Direction::inbound});
  const auto served = signer_.check_return(query, kSid);

  ASSERT_TRUE(served);
  EXPECT_EQ(served->at, now_);
  EXPECT_EQ(served->attempt, 2);
  EXPECT_FALSE(signer_.check_return(query, "CA2"));
  auto forged = query;
  forged.replace(forged.find("attempt=2"), 9, "attempt=1");
  EXPECT_FALSE(signer_.check_return(forged, kSid));
}

TEST(Masking, KeepsTheEndsOfANumberAndNothingElse) {
  EXPECT_EQ(call::masked("+14155551212"), "+1415*****12");
  EXPECT_EQ(call::masked("+1 415 555 1212"), "+1 415 *** **12");
  EXPECT_EQ(call::masked("5551212"), "55***12");
  EXPECT_EQ(call::masked("anonymous"), "anonymous");
  EXPECT_EQ(call::masked(""), "");
}

TEST(Masking, FindsNumbersInTheWordsOfOthersAndLeavesCodesAndSidsAlone) {
  EXPECT_EQ(call::masked("sip:+14155559876@sip.example.com"), "sip:+1415*****76@sip.example.com");
  EXPECT_EQ(call::masked("code=21215 not allowed to call +15005550003."),
            "code=21215 not allowed to call +1500*****03.");
  EXPECT_EQ(call::masked("client:user14155559876 and 4155551212"), "client:user1415*****76 and 4155****12");
  EXPECT_EQ(call::masked("call +1 415 555 1212 now"), "call +1 415 *** **12 now");
  EXPECT_EQ(call::masked("at +1 (415) 555-1212, or 415.555.1212!"), "at +1 (415) ***-**12, or 415.5**.**12!");
  EXPECT_EQ(call::masked("from 10.128.0.5 in 12.500 s"), "from 10.128.0.5 in 12.500 s");
  const std::string sid = "CA12345678901234567890123456789012";
  EXPECT_EQ(call::masked("no call " + sid + "."), "no call " + sid + ".");
  EXPECT_EQ(call::masked("no route to XA123456789"), "no route to XA1234***89");
}

}  // namespace
}  // namespace bridge::app
