#include "tests/support/caller_steps.hpp"
#include "tests/support/scripted_bridge.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

// Media streams to the last line: tracks, timestamps, losses, one-way streams, and the line between Twilio
// and the bridge.
namespace tests {
namespace {
using namespace simulators::twilio;
using nlohmann::json;
using testing::ElementsAre;

constexpr std::string_view kBothConnect =
    R"(<Response><Connect><Stream url="ws://bridge.test/media" track="both_tracks"/></Connect></Response>)";
constexpr std::string_view kBothStart =
    R"(<Response><Start><Stream url="ws://bridge.test/media" track="both_tracks"/></Start>)"
    R"(<Pause length="3"/></Response>)";

class FakeTwilioStream : public FakeTwilioTest {
 public:
  FakeTwilioStream() { serve(kConnect); }
  void serve(std::string_view document) {
    bridge_.webhook = [document](const auto&) { return std::string(document); };
  }
  std::vector<json> media(std::string_view track = "inbound") const {
    std::vector<json> found;
    for (const json& message : bridge_.streams.at(0)->received) {
      if (message["event"] == "media" && message["media"]["track"] == track) found.push_back(message);
    }
    return found;
  }
  static long number(const json& value) { return std::atol(value.get<std::string>().c_str()); }
  /// The bot plays `audio` as soon as the stream has begun.
  void bot_plays(std::string audio) {
    bridge_.on_message = [audio = std::move(audio)](ScriptedBridge::Stream& stream, const json& message) {
      if (message["event"] == "start") stream.media(audio);
    };
  }
  static std::string audio(Duration length) { return speech(5, length).mulaw; }
  void quiet_line() { plan_.knobs.timestamp_jitter = Duration(0); }
};

TEST_F(FakeTwilioStream, StampsFramesOnAGridOfTwentyMillisecondsGiveOrTakeOne) {
  plan_.caller = {step(Listen{10s})};
  call();
  const auto frames = media();
  ASSERT_GT(frames.size(), 490U);
  const long first = number(frames[0]["media"]["timestamp"]);
  EXPECT_GE(first, 60);
  EXPECT_LE(first, 250);
  std::vector<bool> seen(3);
  for (std::size_t i = 1; i < frames.size(); ++i) {
    const long off = number(frames[i]["media"]["timestamp"]) - first - 20 * static_cast<long>(i);
    ASSERT_LE(std::abs(off), 1) << i;
    seen[static_cast<std::size_t>(off + 1)] = true;
  }
  EXPECT_THAT(seen, ElementsAre(true, true, true));
}

TEST_F(FakeTwilioStream, DeliversBothTracksOfAStartEachWithItsOwnChunks) {
  serve(kBothStart);
  plan_.caller = {step(Listen{2s})};
  call();
  const auto& start = bridge_.streams.at(0)->received.at(1);
  EXPECT_EQ(start["start"]["tracks"], json({"inbound", "outbound"}));
  const auto& third = bridge_.streams.at(0)->received.at(2);
  const auto& fourth = bridge_.streams.at(0)->received.at(3);
  EXPECT_EQ(third["media"]["track"], "outbound");
  EXPECT_EQ(third["sequenceNumber"], "2");
  EXPECT_EQ(third["media"]["chunk"], "1");
  EXPECT_EQ(fourth["media"]["track"], "inbound");
  EXPECT_EQ(fourth["sequenceNumber"], "3");
  EXPECT_EQ(fourth["media"]["chunk"], "1");
  EXPECT_EQ(media().size(), media("outbound").size());
}

TEST_F(FakeTwilioStream, SendsBackWhatTheCallerHearsWhenAskedToUnderTheIncidentsRules) {
  serve(kBothConnect);
  plan_.rules = TrackRules::incident_report;
  plan_.knobs.outbound_media = true;
  plan_.caller = {step(Listen{2s})};
  bot_plays(audio(1s));
  call();
  std::string outbound;
  for (const json& message : media("outbound")) {
    std::string bytes;
    ASSERT_TRUE(runtime::base64_decode(message["media"]["payload"].get<std::string>(), bytes));
    outbound += bytes;
  }
  EXPECT_NE(outbound.find(audio(1s)), std::string::npos);
  EXPECT_EQ(book_.value("fake_twilio_outbound_media_sent_total"), static_cast<double>(media().size()));
}

TEST_F(FakeTwilioStream, HasNoOutboundTrackOnAConnectOtherwise) {
  plan_.knobs.outbound_media = true;
  plan_.caller = {step(Listen{1s})};
  call();
  EXPECT_TRUE(media("outbound").empty());
  EXPECT_EQ(bridge_.streams.at(0)->received.at(1)["start"]["tracks"], json({"inbound"}));
}

TEST_F(FakeTwilioStream, ClosesAOneWayStreamThatIsSpokenToWhenTheKnobSaysSo) {
  serve(kBothStart);
  plan_.knobs.one_way_message = Knobs::OneWayMessage::close_1002;
  plan_.caller = {step(Listen{2s})};
  bot_plays(audio(1s));
  const CallFacts& facts = call();
  EXPECT_TRUE(facts.has_error(31924));
  EXPECT_EQ(facts.streams[0]->our_close_code, 1002);
  EXPECT_EQ(facts.streams[0]->end, StreamEnd::protocol_error);
}

TEST_F(FakeTwilioStream, RefusesAOneWayStreamBeyondFourTracks) {
  const std::string both = R"(<Start><Stream url="ws://bridge.test/media" track="both_tracks"/></Start>)";
  const std::string one = R"(<Start><Stream url="ws://bridge.test/media"/></Start>)";
  const std::string document = "<Response>" + both + one + one + one + R"(<Pause length="2"/></Response>)";
  serve(document);
  const CallFacts& facts = call();
  ASSERT_EQ(facts.streams.size(), 4U);
  EXPECT_TRUE(facts.streams[2]->started_at);
  EXPECT_FALSE(facts.streams[3]->dialled_at);
  ASSERT_EQ(facts.errors.size(), 1U);
  EXPECT_EQ(facts.errors[0].code, 31900);
  EXPECT_THAT(facts.errors[0].text, testing::HasSubstr("4 tracks already"));

  plan_.knobs.both_tracks_count = 1;
  EXPECT_TRUE(call().errors.empty());
  plan_.knobs.both_tracks_count = 2;
  plan_.knobs.track_limit_code = 31941;
  EXPECT_TRUE(call().has_error(31941));
  plan_.knobs.track_limit = 0;
  EXPECT_TRUE(call().errors.empty());
}

TEST_F(FakeTwilioStream, HasRoomForATrackAgainWhenAStreamWasStopped) {
  const auto both = [](const std::string& name) {
    return R"(<Start><Stream name=")" + name +
           R"(" url="ws://bridge.test/media" track="both_tracks"/></Start>)";
  };
  const std::string document =
      "<Response>" + both("first") + both("second") +
      R"(<Pause length="1"/><Stop><Stream name="first"/></Stop><Pause length="1"/>)" + both("third") +
      R"(<Pause length="1"/></Response>)";
  serve(document);
  plan_.caller = {step(Listen{5s})};
  const CallFacts& facts = call();
  EXPECT_TRUE(facts.errors.empty());
  ASSERT_EQ(facts.streams.size(), 3U);
  EXPECT_EQ(facts.streams[0]->end, StreamEnd::stopped);
  EXPECT_EQ(facts.streams[1]->end, StreamEnd::call_ended);
  EXPECT_TRUE(facts.streams[2]->started_at);
}

TEST_F(FakeTwilioStream, WarnsOfAPhoneThatSendsNothing) {
  plan_.knobs.rtp_timeout = 2s;
  plan_.caller = {step(NoPackets{3s}, "gone"), step(Listen{1s})};
  const CallFacts& facts = call();
  ASSERT_TRUE(facts.has_error(31953));
  EXPECT_TRUE(facts.errors[0].warning);
  EXPECT_EQ(facts.errors[0].at - *facts.step("gone")->began_at, 2s);
  EXPECT_EQ(facts.errors.size(), 1U);
  EXPECT_NEAR(static_cast<double>(media().size()), 50, 1);
}

TEST_F(FakeTwilioStream, NoticesTheHeaderOfASoundFile) {
  bot_plays("RIFF" + audio(1s));
  plan_.caller = {step(Listen{2s})};
  const CallFacts& facts = call();
  ASSERT_EQ(facts.notices.size(), 1U);
  EXPECT_THAT(facts.notices[0], testing::HasSubstr("wav file's header"));
  EXPECT_EQ(book_.value("fake_twilio_payload_headers_total", {"wav"}), 1);
  EXPECT_EQ(book_.value("fake_twilio_odd_payloads_total"), 1);
}

TEST_F(FakeTwilioStream, LosesFramesAndSkipsTheirNumbersWhenTheKnobSaysSo) {
  plan_.line.missing = 0.1;
  plan_.knobs.loss_numbers = Knobs::LossNumbers::skipped;
  plan_.caller = {step(Listen{10s})};
  const CallFacts& facts = call();
  const auto frames = media();
  const auto lost = facts.streams[0]->lost_caller_frames;
  EXPECT_NEAR(static_cast<double>(lost), 50, 25);
  const long last = number(frames.back()["media"]["chunk"]);
  EXPECT_LE(last, static_cast<long>(frames.size() + lost));
  EXPECT_GT(last, static_cast<long>(frames.size()));
}

TEST_F(FakeTwilioStream, KeepsNumbersContiguousAcrossLossesOtherwise) {
  plan_.line.missing = 0.1;
  plan_.caller = {step(Listen{5s})};
  call();
  const auto frames = media();
  EXPECT_EQ(number(frames.back()["media"]["chunk"]), static_cast<long>(frames.size()));
  EXPECT_GT(number(frames.back()["media"]["timestamp"]) - number(frames.front()["media"]["timestamp"]),
            20 * static_cast<long>(frames.size()));
}

TEST_F(FakeTwilioStream, BeginsItsMediaLateWhenTheLineSaysSo) {
  quiet_line();
  plan_.line.first_media_later = 400ms;
  plan_.caller = {step(Listen{1s})};
  const CallFacts& facts = call();
  const auto& sent = facts.streams[0]->sent.pieces;
  EXPECT_GE(sent.front().at - *facts.streams[0]->started_at, 400ms);
  EXPECT_EQ(media().front()["media"]["chunk"], "1");
  EXPECT_GE(number(media().front()["media"]["timestamp"]),
            static_cast<long>(facts.streams[0]->first_timestamp_ms) + 380);
}

TEST_F(FakeTwilioStream, ReportsAKeyAtTheBeginningOfItsToneAndLetsItBeHeardWhenTheKnobsSaySo) {
  plan_.knobs.keys_at_tone_start = true;
  plan_.knobs.keys_audible = true;
  plan_.caller = {step(Press{"5D"}, "keys"), step(Listen{500ms})};
  const CallFacts& facts = call();
  const auto& keys = facts.streams[0]->keys;
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[1].key, 'D');
  EXPECT_EQ(keys[0].at, *facts.step("keys")->began_at);
  const std::string tones = facts.streams[0]->sent.joined(TimedAudio::Kind::keys);
  const auto expected = runtime::audio::dtmf("5D", runtime::Samples8k(800), runtime::Samples8k(2000)).mulaw;
  EXPECT_EQ(tones.substr(0, 3600), expected.substr(0, 3600));
}

// ---- the line -------------------------------------------------------------------------------------------

TEST_F(FakeTwilioStream, CarriesAMarkThereAndBackInARoundTrip) {
  plan_.line.latency = 75ms;
  plan_.caller = {step(Listen{2s})};
  TimePoint asked{}, echoed{};
  bridge_.on_message = [&](ScriptedBridge::Stream& stream, const json& message) {
    if (message["event"] == "start") {
      asked = loop_.now();
      stream.mark("round trip");
    }
    if (message["event"] == "mark") echoed = loop_.now();
  };
  const CallFacts& facts = call();
  EXPECT_EQ(echoed - asked, 150ms);
  EXPECT_EQ(asked - *facts.streams[0]->started_at, 75ms);
  EXPECT_EQ(*facts.http[0].answered_at - facts.http[0].asked_at, 150ms);
  EXPECT_EQ(facts.streams[0]->end, StreamEnd::call_ended);
  EXPECT_EQ(bridge_.streams[0]->received.back()["event"], "stop");
}

TEST_F(FakeTwilioStream, DeliversWhatItWasStalledWithAllAtOnce) {
  std::vector<TimePoint> arrivals;
  bridge_.on_message = [&](ScriptedBridge::Stream&, const json&) { arrivals.push_back(loop_.now()); };
  plan_.caller = {step(Listen{4s})};
  const CallFacts& facts = twilio_.place(plan_);
  loop_.run_for(1s);
  twilio_.stall(facts.sid, Towards::bridge, loop_.now() + 500ms);
  const TimePoint until = loop_.now() + 500ms;
  loop_.run_until([&] { return twilio_.active_calls() == 0; }, 1min);
  const auto burst = std::count(arrivals.begin(), arrivals.end(), until);
  EXPECT_NEAR(static_cast<double>(burst), 25, 2);
}

TEST_F(FakeTwilioStream, IsStalledWhenItsPlanSaysSo) {
  std::vector<TimePoint> arrivals;
  bridge_.on_message = [&](ScriptedBridge::Stream&, const json&) { arrivals.push_back(loop_.now()); };
  plan_.faults = {StallPath{{Moment::When::stream_started, 1s, ""}, Towards::bridge, 500ms}};
  plan_.caller = {step(Listen{4s})};

  twilio_.place(plan_);
  loop_.run_until([&] { return twilio_.active_calls() == 0; }, 1min);

  Duration longest{0};
  for (std::size_t i = 1; i < arrivals.size(); ++i)
    longest = std::max(longest, arrivals[i] - arrivals[i - 1]);
  EXPECT_GE(longest, 480ms);
  EXPECT_LE(longest, 520ms);
}

TEST_F(FakeTwilioStream, EndsInTimeAlthoughThePathIsStalledForEver) {
  plan_.line.latency = 30ms;
  plan_.caller = {step(Listen{2s})};
  const CallFacts& facts = twilio_.place(plan_);
  loop_.run_for(1s);
  twilio_.stall(facts.sid, Towards::both, std::nullopt);
  EXPECT_TRUE(loop_.run_until([&] { return twilio_.active_calls() == 0; }, 10s));
}

TEST_F(FakeTwilioStream, LearnsLateThatTheBridgeHasClosed) {
  plan_.line.latency = 200ms;
  plan_.caller = {step(Listen{2s})};
  TimePoint closed{};
  bridge_.on_message = [&](ScriptedBridge::Stream& stream, const json& message) {
    if (message["event"] == "media" && message["media"]["chunk"] == "10") {
      stream.close = true;
      closed = loop_.now();
    }
  };
  const CallFacts& facts = call();
  EXPECT_EQ(facts.streams[0]->end, StreamEnd::bridge_closed);
  EXPECT_TRUE(facts.has_error(31921));
  EXPECT_EQ(facts.errors[0].at - closed, 200ms);
}

TEST_F(FakeTwilioStream, LetsThePhoneHearLateWhatTwilioPlays) {
  plan_.line.handset_delay = 160ms;
  plan_.caller = {step(Listen{2s})};
  bot_plays(audio(500ms));
  const CallFacts& facts = call();
  ASSERT_FALSE(facts.heard.pieces.empty());
  EXPECT_EQ(facts.heard.pieces[0].at - facts.streams[0]->received.pieces[0].at, 160ms);
  EXPECT_EQ(facts.heard.mulaw, audio(500ms));
}

TEST_F(FakeTwilioStream, LetsTheCallerWaitForASoundForSilenceAndForAMoment) {
  const std::string hello = audio(1s);
  plan_.sounds = {{"hello", {hello}, 0}};
  WaitFor sound;
  sound.what = WaitFor::What::heard_sound;
  sound.sound = "hello";
  sound.lasting = 500ms;
  WaitFor silence;
  silence.what = WaitFor::What::silence;
  silence.lasting = 1s;
  plan_.caller = {step(WaitUntil{300ms}, "moment"), step(sound, "sound"), step(silence, "silence")};
  bridge_.on_message = [&](ScriptedBridge::Stream& stream, const json& message) {
    if (message["event"] == "media" && message["media"]["chunk"] == "50") stream.media(hello);
  };
  const CallFacts& facts = call();
  EXPECT_EQ(*facts.step("moment")->ended_at - *facts.script_began_at, 300ms);
  const auto began = facts.heard.pieces.at(0).at;
  EXPECT_GE(*facts.step("sound")->ended_at - began, 500ms);
  EXPECT_LE(*facts.step("sound")->ended_at - began, 540ms);
  const auto quiet = *facts.step("silence")->ended_at - facts.measured.utterances.back().end;
  EXPECT_GE(quiet, 1s);
  EXPECT_LE(quiet, 1020ms);
  EXPECT_EQ(facts.measured.sounds.at(0).share, 1.0);
  EXPECT_EQ(book_.value("caller_sound_heard_share", {"1", "hello"}), 1.0);
}

}  // namespace
}  // namespace tests
