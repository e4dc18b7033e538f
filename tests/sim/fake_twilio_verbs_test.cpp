#include "runtime/audio/speech.hpp"
#include "runtime/audio/wav.hpp"
#include "simulators/twilio/sounds.hpp"
#include "tests/support/caller_steps.hpp"
#include "tests/support/scripted_bridge.hpp"

#include <gmock/gmock.h>

// What a caller hears and gives while TwiML runs: Say, Play, Pause, Gather, Record.
namespace tests {
namespace {
using namespace simulators::twilio;
using runtime::net::field;
using runtime::net::HttpRequest;
using runtime::net::HttpResponse;
using runtime::net::make_response;
using testing::ElementsAre;
using testing::StartsWith;

/// Speech that survives a file to the byte: of mu-law's two zeros only one does.
runtime::audio::Clip plain_speech(Duration length) {
  return {runtime::audio::mulaw_encode(runtime::audio::mulaw_decode(speech(3, length).mulaw))};
}
Press keys(std::string pressed) {
  Press press;
  press.keys = std::move(pressed);
  return press;
}

class FakeTwilioVerbs : public FakeTwilioTest {
 public:
  FakeTwilioVerbs() { plan_.caller = {step(Listen{})}; }
  /// The voice webhook answers with `verbs`; every other url with an empty document.
  void serve(std::string verbs) {
    bridge_.webhook = [verbs = std::move(verbs)](const HttpRequest& request) {
      return request.target == "/voice" ? "<Response>" + verbs + "</Response>" : std::string("<Response/>");
    };
  }
  /// The form of the first request to `path`.
  runtime::net::Form asked(std::string_view path) const {
    for (const HttpRequest& request : bridge_.requests) {
      if (request.target == path) return runtime::net::decode_form(request.body);
    }
    return {};
  }
  HttpResponse fetch_from_api(std::string target) {
    HttpRequest request;
    request.target = std::move(target);
    HttpResponse answered;
    boost::asio::co_spawn(
        loop_.context(), twilio_.rest().respond(request),
        [&answered](const std::exception_ptr&, HttpResponse response) { answered = std::move(response); });
    loop_.run();
    return answered;
  }
  bool was_asked(std::string_view path) const { return !asked(path).empty(); }
};

TEST_F(FakeTwilioVerbs, SaysTheTextAloudAsOftenAsAskedAndThenGoesOn) {
  serve(R"(<Say loop="2">Good morning.</Say>)");

  const CallFacts& facts = call();

  const auto spoken = std::get<runtime::audio::Clip>(runtime::audio::speak("Good morning.", {"en-US"}));
  EXPECT_TRUE(facts.heard.mulaw == spoken.mulaw + spoken.mulaw);
  EXPECT_EQ(*facts.ended_at - *facts.answered_at, 2 * Duration(spoken.length()));
  EXPECT_GT(facts.measured.heard_speech, 500ms);
}

TEST_F(FakeTwilioVerbs, SaysHebrewAndTakesTheLanguageFromTheVoice) {
  serve(R"(<Say language="he-IL">שלום</Say><Say voice="Google.he-IL-Wavenet-A">שלום</Say>)");

  const CallFacts& facts = call();

  const auto spoken = std::get<runtime::audio::Clip>(runtime::audio::speak("שלום", {"he-IL"}));
  EXPECT_TRUE(facts.heard.mulaw == spoken.mulaw + spoken.mulaw);
}

TEST_F(FakeTwilioVerbs, ReadsInEnglishWhereNoVoiceKnowsTheLanguageAndRemarksOnIt) {
  serve(R"(<Say language="xx-XX">Twelve chars</Say><Say language="arb">مرحبا</Say>)");

  const CallFacts& facts = call();

  const auto english = std::get<runtime::audio::Clip>(runtime::audio::speak("Twelve chars", {"en"}));
  const auto arabic = std::get<runtime::audio::Clip>(runtime::audio::speak("مرحبا", {"ar"}));
  EXPECT_TRUE(facts.heard.mulaw == english.mulaw + arabic.mulaw);
  EXPECT_THAT(facts.notices, ElementsAre("<Say language=\"xx-XX\"> is read in English here: espeak-ng has no "
                                         "voice for that language"));
}

TEST(FakeTwilioSounds, AreSilentForTheTimeOfReadingWhereNothingCanBeRead) {
  Sounds sounds;
  const Sounds::Spoken& spoken = sounds.say("  ", "en-US");
  EXPECT_EQ(Duration(spoken.clip.length()), reading_time("  "));
  EXPECT_THAT(spoken.remark, StartsWith("<Say> is heard as silence: "));
}

TEST_F(FakeTwilioVerbs, SaysForEverUntilTheCallerHangsUp) {
  serve(R"(<Say loop="0">Please hold.</Say>)");
  plan_.caller = {step(Listen{20s})};

  const CallFacts& facts = call();

  EXPECT_EQ(facts.ended_by, EndedBy::caller);
  EXPECT_GT(facts.measured.heard_speech, 8s);
}

TEST_F(FakeTwilioVerbs, PlaysAFetchedFile) {
  const auto music = plain_speech(1s);
  const auto wav = runtime::audio::wav_bytes(runtime::audio::mulaw_decode(music.mulaw), 8000);
  bridge_.answer = [&wav](const HttpRequest& request) {
    if (request.target == "/sounds/music.wav") return make_response(200, "audio/wav", wav);
    return make_response(200, "text/xml", "<Response><Play loop=\"3\">sounds/music.wav</Play></Response>");
  };

  const CallFacts& facts = call();

  EXPECT_TRUE(facts.heard.mulaw == music.mulaw + music.mulaw + music.mulaw);
  EXPECT_EQ(bridge_.requests.at(1).method, "GET");
  EXPECT_THAT(facts.errors, ElementsAre());
}

TEST_F(FakeTwilioVerbs, PlaysAnAnswerThatIsAudioAndHangsUp) {
  const auto music = plain_speech(500ms);
  const auto wav = runtime::audio::wav_bytes(runtime::audio::mulaw_decode(music.mulaw), 8000);
  bridge_.answer = [&wav](const HttpRequest&) { return make_response(200, "audio/x-wav", wav); };

  const CallFacts& facts = call();

  EXPECT_TRUE(facts.heard.mulaw == music.mulaw);
  EXPECT_EQ(facts.ended_by, EndedBy::bridge);
}

TEST_F(FakeTwilioVerbs, PlaysKeysAsTones) {
  serve(R"(<Play digits="1w2"/>)");

  const CallFacts& facts = call();

  EXPECT_TRUE(facts.heard.mulaw == Sounds::keys("1w2").mulaw);
  EXPECT_EQ(*facts.ended_at - *facts.answered_at, 900ms);
}

TEST_F(FakeTwilioVerbs, ApologisesForAFileThatIsNotThereOrSkipsItBySetting) {
  bridge_.answer = [](const HttpRequest& request) {
    if (request.target == "/none.wav") return make_response(404, "text/plain", "");
    return make_response(200, "text/xml", "<Response><Play>/none.wav</Play><Pause length=\"1\"/></Response>");
  };

  const CallFacts& apologised = call();
  EXPECT_TRUE(apologised.has_error(11200));
  EXPECT_THAT(apologised.verbs, ElementsAre("Play"));
  EXPECT_EQ(apologised.ended_by, EndedBy::twilio);

  plan_.knobs.unplayable = Knobs::Unplayable::skip;
  EXPECT_THAT(call().verbs, ElementsAre("Play", "Pause"));
}

TEST_F(FakeTwilioVerbs, GathersKeysUntilTheKeyThatEndsThem) {
  serve(R"(<Gather action="/keys"/>)");
  plan_.caller = {step(Wait{500ms}), step(keys("12*#9")), step(Listen{})};

  call();

  EXPECT_EQ(field(asked("/keys"), "Digits"), "12*");
  EXPECT_EQ(field(asked("/keys"), "FinishedOnKey"), "#");
}

TEST_F(FakeTwilioVerbs, GathersAsManyKeysAsAskedForAndEndsThePromptAtTheFirst) {
  serve(R"(<Gather action="/keys" numDigits="2"><Say>Press two keys, whichever you like.</Say></Gather>)");
  plan_.caller = {step(Wait{200ms}), step(keys("47")), step(Listen{})};

  const CallFacts& facts = call();

  EXPECT_EQ(field(asked("/keys"), "Digits"), "47");
  EXPECT_LT(runtime::mulaw_length(facts.heard.mulaw.size()), 400ms);
}

TEST_F(FakeTwilioVerbs, GoesOnAfterAGatherThatGotNothing) {
  serve(R"(<Gather action="/keys" timeout="3"><Pause length="2"/></Gather><Say>Nothing came.</Say>)");

  const CallFacts& facts = call();

  EXPECT_FALSE(was_asked("/keys"));
  EXPECT_THAT(facts.verbs, ElementsAre("Gather", "Say"));
  EXPECT_GE(facts.heard.pieces.at(0).at - *facts.answered_at, 5s);
  EXPECT_LT(facts.heard.pieces.at(0).at - *facts.answered_at, 5040ms);
}

TEST_F(FakeTwilioVerbs, AsksTheActionOfAnEmptyGatherWhereTold) {
  serve(R"(<Gather action="/keys" timeout="1" actionOnEmptyResult="true"/>)");

  call();

  EXPECT_TRUE(was_asked("/keys"));
  EXPECT_EQ(field(asked("/keys"), "Digits"), "");
}

TEST_F(FakeTwilioVerbs, GathersWhatTheCallersScriptSaysItSays) {
  serve(R"(<Gather input="dtmf speech" action="/words" speechTimeout="auto"/>)");
  plan_.caller = {step(Wait{300ms}), step(Say{speech(5, 2s), "I would like a table"}), step(Listen{})};

  call();

  EXPECT_EQ(field(asked("/words"), "SpeechResult"), "I would like a table");
  EXPECT_EQ(field(asked("/words"), "Confidence"), "0.9");
}

TEST_F(FakeTwilioVerbs, RecordsTheCallerAfterABeepAndTrimsTheSilence) {
  serve(R"(<Record action="/recorded" timeout="2" recordingStatusCallback="/kept"/>)");
  const auto words = speech(6, 1600ms);
  plan_.caller = {step(Wait{1s}), step(Say{words, "words"}), step(Listen{})};

  const CallFacts& facts = call();

  ASSERT_EQ(facts.recordings.size(), 1U);
  EXPECT_TRUE(facts.recordings[0].mulaw == words.mulaw);
  EXPECT_TRUE(facts.heard.mulaw == Sounds::beep().mulaw);
  const auto form = asked("/recorded");
  EXPECT_EQ(field(form, "RecordingDuration"), "1");
  EXPECT_EQ(field(form, "RecordingUrl"), facts.recordings[0].url);
  EXPECT_THAT(facts.recordings[0].url, StartsWith("https://api.twilio.com/2010-04-01/Accounts/AC"));
  const auto fetched = fetch_from_api(facts.recordings[0].url.substr(22) + ".wav");
  EXPECT_EQ(fetched.status, 200);
  EXPECT_TRUE(fetched.body == runtime::audio::wav_bytes(runtime::audio::mulaw_decode(words.mulaw), 8000));
  EXPECT_EQ(fetch_from_api(facts.recordings[0].url.substr(22, 67) + "RE0").status, 404);
}

TEST_F(FakeTwilioVerbs, TranscribesARecordingInTheWordsOfTheScript) {
  serve(R"(<Record action="/recorded" transcribeCallback="/words"/>)");
  plan_.caller = {step(Say{speech(6, 1s), "I would like"}), step(Wait{1s}),
                  step(Say{speech(7, 1s), "a table"}), step(Listen{})};

  const CallFacts& facts = call();
  loop_.run();

  const auto told = asked("/words");
  EXPECT_EQ(field(told, "TranscriptionText"), "I would like a table");
  EXPECT_EQ(field(told, "TranscriptionStatus"), "completed");
  EXPECT_EQ(field(told, "RecordingSid"), facts.recordings.at(0).sid);
  const auto& exchange = facts.http.back();
  EXPECT_EQ(exchange.asked_at, facts.recordings[0].transcription->over_at);
}

TEST_F(FakeTwilioVerbs, CannotTranscribeARecordingWithoutWords) {
  serve(R"(<Record action="/recorded" transcribe="true" transcribeCallback="/words"/>)");
  plan_.caller = {step(Say{speech(6, 1s), ""}), step(Listen{})};

  (void)call();
  loop_.run();

  EXPECT_EQ(field(asked("/words"), "TranscriptionStatus"), "failed");
}

TEST_F(FakeTwilioVerbs, TellsTheActionOfARecordingThatTheCallerEndedByHangingUp) {
  serve(R"(<Record action="/recorded" playBeep="false" recordingStatusCallback="http://bridge.test/kept"/>)");
  plan_.caller = {step(Say{speech(6, 1s), "words"}), step(HangUp{})};

  call();
  loop_.run();

  EXPECT_EQ(field(asked("/recorded"), "Digits"), "hangup");
  EXPECT_EQ(field(asked("/recorded"), "CallStatus"), "completed");
  EXPECT_EQ(field(asked("/kept"), "RecordingStatus"), "completed");
}

TEST_F(FakeTwilioVerbs, NamesARecordingFromItsBeginning) {
  serve(R"(<Record playBeep="false" recordingStatusCallback="http://bridge.test/kept" )"
        R"(recordingStatusCallbackEvent="in-progress"/>)");
  plan_.caller = {step(Say{speech(6, 1s), "words"}), step(HangUp{})};

  const CallFacts& facts = call();
  loop_.run();

  EXPECT_EQ(field(asked("/kept"), "RecordingStatus"), "in-progress");
  EXPECT_EQ(field(asked("/kept"), "RecordingSid"), facts.recordings.at(0).sid);
  EXPECT_EQ(field(asked("/kept"), "RecordingSource"), "RecordVerb");
}

TEST_F(FakeTwilioVerbs, NamesTheUrlWhoseAnswerIsNoSoundThoughItSaysSo) {
  bridge_.answer = [](const HttpRequest&) { return make_response(200, "audio/mpeg", "no sound"); };

  const CallFacts& facts = call();

  EXPECT_THAT(facts.errors.at(0).text, testing::StartsWith("<Play> http://bridge.test/voice: cannot be"));
}

TEST_F(FakeTwilioVerbs, EndsARecordingAtAKeyAndAtItsLongest) {
  serve(R"(<Record action="/recorded" playBeep="false" finishOnKey="5" maxLength="3" trim="do-not-trim"/>)");
  plan_.caller = {step(Say{speech(6, 1s), "words"}), step(keys("15")), step(Listen{})};
  call();
  EXPECT_EQ(field(asked("/recorded"), "Digits"), "5");

  bridge_.requests.clear();
  plan_.caller = {step(Say{speech(6, 8s), "words"}), step(Listen{})};
  const CallFacts& longest = call();
  EXPECT_EQ(field(asked("/recorded"), "RecordingDuration"), "3");
  EXPECT_EQ(longest.recordings.at(0).mulaw.size(), 3U * 8000);
}

TEST_F(FakeTwilioVerbs, RingsOnDuringAPauseThatComesFirst) {
  serve(R"(<Pause length="3"/><Say>Hello.</Say>)");
  const CallFacts& late = call();
  EXPECT_EQ(*late.answered_at - late.placed_at, 3s);

  plan_.knobs.pause_delays_answer = false;
  const CallFacts& at_once = call();
  EXPECT_EQ(*at_once.answered_at - at_once.placed_at, 0s);
}

TEST_F(FakeTwilioVerbs, HangsUpAfterConnectUnlessSomethingFollowsIt) {
  const std::string stream = R"(<Connect action="/after"><Stream url="ws://bridge.test/media"/></Connect>)";
  serve(stream);
  bridge_.on_message = [](ScriptedBridge::Stream& open, const nlohmann::json& message) {
    open.close = message["event"] == "start";
  };

  const CallFacts& facts = call();

  EXPECT_EQ(field(asked("/after"), "CallStatus"), "in-progress");
  EXPECT_EQ(facts.ended_by, EndedBy::bridge);
}

}  // namespace
}  // namespace tests
