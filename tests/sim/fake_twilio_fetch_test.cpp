#include "runtime/core/encoding.hpp"
#include "simulators/twilio/signature.hpp"
#include "simulators/twilio/sounds.hpp"
#include "tests/support/scripted_bridge.hpp"

#include <gmock/gmock.h>
#include <zlib.h>

#include <algorithm>

// How webhooks are fetched: methods, fallback, limits, cookies, redirects, caching.
namespace tests {
namespace {
using namespace simulators::twilio;
using runtime::net::field;
using runtime::net::HttpRequest;
using runtime::net::HttpResponse;
using runtime::net::make_response;
using testing::ElementsAre;
using testing::StartsWith;

class FakeTwilioFetch : public FakeTwilioTest {
 public:
  FakeTwilioFetch() {
    Step listen;
    listen.action = Listen{};
    plan_.caller = {listen};
  }
  const HttpRequest& asked(std::size_t index) const { return bridge_.requests.at(index); }
  /// When the call gave up on its first request, since it was placed.
  Duration gave_up_after(std::string url) {
    plan_.voice_url = std::move(url);
    const CallFacts& facts = call();
    return *facts.http.at(0).answered_at - facts.placed_at;
  }
};

TEST_F(FakeTwilioFetch, PutsTheParametersOfAGetIntoTheQuery) {
  bridge_.webhook = [](const auto&) { return "<Response/>"; };
  plan_.voice_method = "GET";
  plan_.voice_url = "http://bridge.test/voice?tenant=a";

  call();

  EXPECT_EQ(asked(0).method, "GET");
  EXPECT_THAT(asked(0).target, StartsWith("/voice?tenant=a&AccountSid=AC"));
  EXPECT_EQ(asked(0).body, "");
}

TEST_F(FakeTwilioFetch, AsksTheFallbackWithTheErrorAndGoesOnWithItsTwiml) {
  bridge_.answer = [](const HttpRequest& request) {
    if (request.target == "/voice") return make_response(502, "text/html", "bad gateway");
    return make_response(200, "text/xml", "<Response><Pause length=\"7\"/></Response>");
  };
  plan_.fallback_url = "http://bridge.test/fallback";

  const CallFacts& facts = call();

  const auto form = runtime::net::decode_form(asked(1).body);
  EXPECT_EQ(asked(1).target, "/fallback");
  EXPECT_EQ(field(form, "ErrorCode"), "11200");
  EXPECT_EQ(field(form, "ErrorUrl"), "http://bridge.test/voice");
  EXPECT_EQ(field(form, "CallSid"), facts.sid);
  EXPECT_THAT(facts.verbs, ElementsAre("Pause"));
  EXPECT_EQ(facts.ended_by, EndedBy::bridge);
}

TEST_F(FakeTwilioFetch, AsksTheFallbackAlsoForTwimlThatCannotBeReadAndApologisesForItsOwn) {
  bridge_.answer = [](const HttpRequest&) { return make_response(200, "text/xml", "<Response><Say>"); };
  plan_.fallback_url = "http://bridge.test/fallback";

  const CallFacts& facts = call();

  EXPECT_EQ(bridge_.requests.size(), 2U);
  EXPECT_EQ(field(runtime::net::decode_form(asked(1).body), "ErrorCode"), "12100");
  EXPECT_EQ(facts.ended_by, EndedBy::twilio);
  EXPECT_EQ(*facts.ended_at - *facts.answered_at, plan_.knobs.apology);
}

TEST_F(FakeTwilioFetch, AnnouncesAnApplicationErrorForAsLongAsTheSettingSays) {
  bridge_.answer = [](const HttpRequest&) { return make_response(500, "text/plain", ""); };
  Sounds sounds;
  const auto announced =
      sounds.say("We're sorry, an application error has occurred. Goodbye.", "en-US").clip.mulaw;

  const CallFacts& whole = call();
  EXPECT_TRUE(whole.heard.mulaw.starts_with(announced));
  EXPECT_EQ(Duration(runtime::mulaw_length(whole.heard.mulaw.size())), plan_.knobs.apology);
  EXPECT_GT(whole.measured.heard_speech, 1s);

  plan_.knobs.apology = 1s;
  const CallFacts& cut = call();
  EXPECT_TRUE(cut.heard.mulaw == announced.substr(0, 8000));
}

TEST_F(FakeTwilioFetch, RingsOnWhileTheFallbackIsAskedWhichMayRejectTheCall) {
  bridge_.answer = [](const HttpRequest& request) {
    if (request.target == "/voice") return make_response(500, "text/plain", "");
    return make_response(200, "text/xml", R"(<Response><Reject reason="busy"/></Response>)");
  };
  plan_.fallback_url = "http://bridge.test/fallback";

  const CallFacts& facts = call();

  EXPECT_EQ(field(runtime::net::decode_form(asked(1).body), "CallStatus"), "ringing");
  EXPECT_EQ(facts.status(), "busy");
  EXPECT_FALSE(facts.answered_at.has_value());
}

TEST_F(FakeTwilioFetch, AuthenticatesWithTheUserInfoOfAUrlAndOfWhatIsRelativeToItAndSignsWithout) {
  bridge_.webhook = [](const HttpRequest& request) {
    return request.target == "/voice" ? "<Response><Redirect>/next</Redirect></Response>" : "<Response/>";
  };
  plan_.voice_url = "http://anna:s%40fe@bridge.test/voice";

  call();

  const std::string basic = "Basic " + runtime::base64_encode("anna:s@fe");
  EXPECT_EQ(asked(0).headers.get("Authorization"), basic);
  EXPECT_EQ(asked(1).headers.get("Authorization"), basic);
  EXPECT_EQ(asked(1).target, "/next");
  EXPECT_EQ(asked(0).headers.get("X-Twilio-Signature"),
            sign(Account{}.auth_token, "http://bridge.test/voice", runtime::net::decode_form(asked(0).body)));
}

TEST_F(FakeTwilioFetch, TriesTwiceForFiveSecondsToConnectUnlessTheUrlSaysOtherwise) {
  fabric_.set_reachability("far.test", runtime::sim::Reachability::unroutable);

  EXPECT_EQ(gave_up_after("http://far.test/voice"), 10s);
  EXPECT_EQ(gave_up_after("http://far.test/voice#ct=2000"), 4s);
  EXPECT_EQ(gave_up_after("http://far.test/voice#ct=2000&rc=0"), 2s);
  EXPECT_EQ(gave_up_after("http://far.test/voice#tt=3000"), 3s);
  EXPECT_EQ(gave_up_after("http://far.test/voice#ct=99&rc=9"), 10s);  // out of their limits
}

TEST_F(FakeTwilioFetch, WaitsFifteenSecondsForAnAnswerUnlessTheUrlSaysOtherwise) {
  bridge_.webhook = [](const auto&) { return "<Response/>"; };
  fabric_.on_connection([](const auto& connection) { connection->stall_to_client(std::nullopt); });

  EXPECT_EQ(gave_up_after("http://bridge.test/voice"), 15s);
  EXPECT_EQ(gave_up_after("http://bridge.test/voice#rt=1500"), 1500ms);
}

TEST_F(FakeTwilioFetch, TriesAgainAfterWhatTheRetryPolicyNames) {
  bridge_.answer = [](const HttpRequest&) { return make_response(503, "text/plain", ""); };
  const auto asked_with = [this](const std::string& fragment) {
    bridge_.requests.clear();
    plan_.voice_url = "http://bridge.test/voice" + fragment;
    call();
    return bridge_.requests.size();
  };
  EXPECT_EQ(asked_with(""), 1U);
  EXPECT_EQ(asked_with("#rc=3&rp=5xx"), 4U);
  EXPECT_EQ(asked_with("#rc=2&rp=ct,all"), 3U);
  EXPECT_EQ(asked_with("#rc=3&rp=4xx,rt"), 1U);
  EXPECT_EQ(asked_with("#rc=3&rp=sometimes,5xx"), 1U);

  fabric_.on_connection([](const auto& connection) { connection->stall_to_client(std::nullopt); });
  EXPECT_EQ(gave_up_after("http://bridge.test/voice#rt=1500&rc=2&rp=rt"), 4500ms);
}

TEST_F(FakeTwilioFetch, KeepsAnExchangeForEachAttemptThatWasAnswered) {
  int attempts = 0;
  bridge_.answer = [&attempts](const HttpRequest&) {
    if (++attempts < 3) return make_response(503, "text/plain", "busy " + std::to_string(attempts));
    return make_response(200, "text/xml", "<Response/>");
  };
  plan_.voice_url = "http://bridge.test/voice#rc=3&rp=5xx";

  const CallFacts& facts = call();

  ASSERT_EQ(facts.http.size(), 3U);
  EXPECT_EQ(facts.http[0].status, 503);
  EXPECT_EQ(facts.http[1].body, "busy 2");
  EXPECT_EQ(facts.http[2].status, 200);
  EXPECT_GE(facts.http[1].asked_at, *facts.http[0].answered_at);
  EXPECT_EQ(facts.http[2].headers, facts.http[0].headers);
}

TEST_F(FakeTwilioFetch, FollowsARedirectThatIsMarkedAsGzipAndHasNoBody) {
  bridge_.answer = [](const HttpRequest& request) {
    if (request.target != "/voice") return make_response(200, "text/xml", "<Response/>");
    auto moved = make_response(307, "", "");
    moved.headers.add("Location", "/there");
    moved.headers.add("Content-Encoding", "gzip");
    return moved;
  };

  const CallFacts& facts = call();

  EXPECT_EQ(asked(1).target, "/there");
  EXPECT_THAT(facts.errors, ElementsAre());
}

std::string gzip_of_zeros(std::size_t bytes) {
  constexpr int kGzip = 16 + MAX_WBITS;
  std::string zeros(bytes, '\0');
  std::string packed(bytes / 100, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(zeros.data());
  stream.avail_in = static_cast<uInt>(zeros.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

TEST_F(FakeTwilioFetch, TakesNoMoreThanSixteenMegabytesOutOfAGzip) {
  bridge_.answer = [packed = gzip_of_zeros((16U << 20U) + 1)](const HttpRequest&) {
    auto response = make_response(200, "text/xml", packed);
    response.headers.add("Content-Encoding", "gzip");
    return response;
  };
  const CallFacts& facts = call();
  EXPECT_TRUE(facts.has_error(11750));
  EXPECT_FALSE(facts.has_error(11200));
}

TEST_F(FakeTwilioFetch, UnpacksWhatCameAsGzip) {
  using namespace std::string_literals;
  bool broken = false;
  bridge_.answer = [&broken](const HttpRequest&) {
    auto packed =
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xb3\x09\x4a\x2d\x2e\xc8\xcf\x2b\x4e\xb5\xb3\x09\x48\x2c\x2d"
        "\x4e\x55\xc8"
        "\x49\xcd\x4b\x2f\xc9\xb0\x55\x32\x52\xd2\xb7\xb3\xd1\x87\xcb\x02\x00\x6b\xe0\x34\x14\x28\x00\x00\x00"s;
    if (broken) packed.resize(20);
    auto response = make_response(200, "text/xml", packed);
    response.headers.add("Content-Encoding", "gzip");
    return response;
  };

  const CallFacts& read = call();
  EXPECT_EQ(asked(0).headers.get("Accept-Encoding"), "gzip");
  EXPECT_EQ(read.http.at(0).body, R"(<Response><Pause length="2"/></Response>)");
  EXPECT_THAT(read.verbs, ElementsAre("Pause"));

  broken = true;
  EXPECT_TRUE(call().has_error(11200));
  broken = false;
  plan_.knobs.accept_gzip = false;
  EXPECT_TRUE(call().has_error(12100)) << "nobody asked for it";
  EXPECT_FALSE(asked(2).headers.has("Accept-Encoding"));
}

TEST_F(FakeTwilioFetch, HasTheParametersOfThePlanBesidesItsOwnOrInsteadOfThem) {
  bridge_.webhook = [](const auto&) { return "<Response/>"; };
  plan_.parameters = {{"CallerName", "Zo\u00eb"}, {"FromCity", "BERLIN"}};

  call();

  const auto form = runtime::net::decode_form(asked(0).body);
  EXPECT_EQ(field(form, "CallerName"), "Zo\u00eb");
  EXPECT_EQ(std::ranges::count(form, std::pair<std::string, std::string>("FromCity", "BERLIN")), 1);
  EXPECT_EQ(std::ranges::count(form, std::pair<std::string, std::string>("FromCity", "")), 0);
  EXPECT_EQ(asked(0).headers.get("X-Twilio-Signature"),
            sign(Account{}.auth_token, "http://bridge.test/voice", form));
}

TEST_F(FakeTwilioFetch, KeepsTheFragmentToItselfAndSignsWithoutIt) {
  bridge_.webhook = [](const auto&) { return "<Response/>"; };
  plan_.voice_url = "http://bridge.test/voice#rc=0";
  call();
  const std::string bare(asked(0).headers.get("X-Twilio-Signature"));

  EXPECT_EQ(asked(0).target, "/voice");
  plan_.knobs.sign_fragment = true;
  call();
  EXPECT_NE(asked(1).headers.get("X-Twilio-Signature"), bare);
}

TEST_F(FakeTwilioFetch, ReturnsTheCookiesOfTheCallAndOfNoOther) {
  bridge_.answer = [](const HttpRequest& request) {
    auto response = make_response(200, "text/xml", "<Response><Redirect>/next</Redirect></Response>");
    response.headers.add("Set-Cookie", "session=abc; Path=/");
    return request.target == "/voice" ? response : make_response(200, "text/xml", "<Response/>");
  };

  call();
  call();

  EXPECT_FALSE(asked(0).headers.has("Cookie"));
  EXPECT_EQ(asked(1).headers.get("Cookie"), "session=abc");
  EXPECT_FALSE(asked(2).headers.has("Cookie"));
}

TEST_F(FakeTwilioFetch, FollowsARedirectWithTheSameTokenAndTurnsAPostIntoAGet) {
  bridge_.answer = [](const HttpRequest& request) {
    auto moved = make_response(302, "text/plain", "");
    moved.headers.add("Location", "/there");
    return request.target == "/voice" ? moved : make_response(200, "text/xml", "<Response/>");
  };

  call();

  EXPECT_EQ(asked(1).method, "GET");
  EXPECT_THAT(asked(1).target, StartsWith("/there?AccountSid="));
  EXPECT_EQ(asked(1).headers.get("I-Twilio-Idempotency-Token"),
            asked(0).headers.get("I-Twilio-Idempotency-Token"));
}

TEST_F(FakeTwilioFetch, AsksAgainForAFileWithItsEtagAndTakesNotModifiedForAnAnswer) {
  int rounds = 0;
  bridge_.answer = [&rounds](const HttpRequest& request) {
    if (request.target == "/ulaw") {
      if (request.headers.get("If-None-Match") == "\"v1\"") return make_response(304, "", "");
      auto response = make_response(200, "audio/basic", std::string(800, '\x12'));
      response.headers.add("ETag", "\"v1\"");
      return response;
    }
    return make_response(200, "text/xml",
                         ++rounds == 1 ? "<Response><Play>/ulaw</Play><Redirect/></Response>"
                                       : "<Response><Play>/ulaw</Play></Response>");
  };

  const CallFacts& facts = call();

  EXPECT_TRUE(facts.heard.mulaw == std::string(1600, '\x12'));
  EXPECT_THAT(facts.errors, ElementsAre());
}

TEST_F(FakeTwilioFetch, ReadsPlainTextAloudAndTextHtmlAsTwiml) {
  bridge_.answer = [](const HttpRequest&) { return make_response(200, "text/plain", "Hello there"); };
  EXPECT_THAT(call().verbs, ElementsAre("Say"));

  bridge_.answer = [](const HttpRequest&) {
    return make_response(200, "text/html", "<Response><Pause/></Response>");
  };
  EXPECT_THAT(call().verbs, ElementsAre("Pause"));
}

}  // namespace
}  // namespace tests
