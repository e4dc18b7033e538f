#include "runtime/audio/clip.hpp"
#include "runtime/audio/level.hpp"
#include "scenarios/engine/loader.hpp"
#include "scenarios/engine/measures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace scenarios::engine {
namespace {

using namespace std::chrono_literals;
namespace twilio = simulators::twilio;
namespace openai = simulators::openai;
using testing::ElementsAre;

std::vector<Scenario> load_text(const std::string& body) {
  ClipLibrary clips;
  const std::string head = "linecheck: 1\nname: x\nabout: Something.\n";
  const std::string expect = body.find("expect:") == std::string::npos ? "expect: [verdict: normal]\n" : "";
  Loaded loaded = load(std::make_shared<const Source>("x.yaml", head + body + expect), clips);
  EXPECT_TRUE(loaded.good()) << loaded.text();
  return std::move(loaded.scenarios);
}

Scenario one(const std::string& body) {
  auto all = load_text(body);
  EXPECT_EQ(all.size(), 1U);
  return all.empty() ? Scenario{} : std::move(all.front());
}

template <class T>
const T& action(const Scenario& scenario, std::size_t index) {
  return std::get<T>(scenario.calls.at(0).plan.caller.at(index).action);
}

TEST(ScenarioLoader, EveryStepOfTheCaller) {
  const auto scenario =
      one("limit: 3min\n"
          "caller:\n"
          "  - wait: 500ms\n"
          "  - {say: {clip: hello.wav}, as: hello}\n"
          "  - {silence: 1.5s}\n"
          "  - {press: \"1*0#\", gap: 100ms}\n"
          "  - {listen: until_call_ends}\n"
          "  - {listen: 2min}\n"
          "  - {wait_for: bot_speaking, for: 800ms, at_most: 5s, as: speaking}\n"
          "  - {wait_for: bot_finished, quiet: 2s}\n"
          "  - {say: {speech: 3s}}\n"
          "  - hang_up\n");

  EXPECT_EQ(action<twilio::Wait>(scenario, 0).length, 500ms);
  EXPECT_EQ(action<twilio::Say>(scenario, 1).label, "hello.wav");
  EXPECT_GT(action<twilio::Say>(scenario, 1).clip.length(), 700ms);
  EXPECT_EQ(scenario.calls[0].plan.caller[1].as, "hello");
  EXPECT_EQ(action<twilio::Silence>(scenario, 2).length, 1500ms);
  EXPECT_EQ(action<twilio::Press>(scenario, 3).keys, "1*0#");
  EXPECT_EQ(action<twilio::Press>(scenario, 3).gap, 100ms);
  EXPECT_FALSE(action<twilio::Listen>(scenario, 4).length);
  EXPECT_EQ(action<twilio::Listen>(scenario, 5).length, 120s);
  EXPECT_EQ(action<twilio::WaitFor>(scenario, 6).lasting, 800ms);
  EXPECT_EQ(action<twilio::WaitFor>(scenario, 6).at_most, 5s);
  EXPECT_EQ(action<twilio::WaitFor>(scenario, 7).quiet, 2s);
  EXPECT_EQ(action<twilio::Say>(scenario, 8).clip.length(), 3s);
  EXPECT_TRUE(std::holds_alternative<twilio::HangUp>(scenario.calls[0].plan.caller[9].action));
}

TEST(ScenarioLoader, NoTwoOfSpeechSoundTheSame) {
  const auto scenario = one("caller: [{say: {speech: 1s}}, {say: {speech: 1s}}]\n");

  EXPECT_NE(action<twilio::Say>(scenario, 0).clip.mulaw, action<twilio::Say>(scenario, 1).clip.mulaw);
}

TEST(ScenarioLoader, RepliesOfTheModel) {
  const auto scenario =
      one("model:\n"
          "  - {when: greeting, reply: {clip: hello.wav, transcript: Hi, then: {tool: end_call, with: {a: "
          "1}}}, as: hi}\n"
          "  - {when: {text: \"1*\"}, times: any, reply: {transcript: T, audio: none}}\n"
          "  - {when: {exactly: \"9\"}, reply: never}\n"
          "  - {when: {tool_result: end_call}, reply: {written: text only}}\n"
          "  - {when: {caller_finished: 2}, reply: {silence: 2s}}\n"
          "  - {when: anything, reply: {ends: failed, error: {code: c, message: m}}}\n");

  ASSERT_EQ(scenario.model.rules.size(), 6U);
  const auto& rules = scenario.model.rules;
  EXPECT_TRUE(scenario.bridge_greets);
  EXPECT_EQ(rules[0].as, "hi");
  EXPECT_EQ(std::get<openai::Speech>(rules[0].reply.outputs.at(0)).transcript, "Hi");
  EXPECT_EQ(std::get<openai::ToolCall>(rules[0].reply.outputs.at(1)).arguments, R"({"a":1})");
  EXPECT_TRUE(rules[1].every_time);
  EXPECT_EQ(rules[1].when.text, "1*");
  EXPECT_EQ(std::get<openai::TranscriptOnly>(rules[1].reply.outputs.at(0)).transcript, "T");
  EXPECT_TRUE(rules[2].when.exact);
  EXPECT_TRUE(std::holds_alternative<openai::NeverCreated>(rules[2].reply.ending));
  EXPECT_EQ(rules[3].when.tool, "end_call");
  EXPECT_TRUE(std::holds_alternative<openai::TextOnly>(rules[3].reply.outputs.at(0)));
  EXPECT_EQ(rules[4].when.nth, 2U);
  EXPECT_EQ(std::get<openai::Speech>(rules[4].reply.outputs.at(0)).mulaw, std::string(16000, '\xFF'));
  EXPECT_EQ(std::get<openai::Failed>(rules[5].reply.ending).error.code, "c");
}

TEST(ScenarioLoader, FaultsOfAReply) {
  const auto scenario =
      one("model:\n"
          "  - when: caller_finished\n"
          "    reply:\n"
          "      speech: 8s\n"
          "      audio: undecodable\n"
          "      ends: never\n"
          "      stall: {after: 2s, for: 1s}\n"
          "      first_audio_later: 1s\n"
          "      when_cancelled: {late_deltas_before_done: 3, late_deltas_after_done: 2, confirm: never}\n"
          "      insert: [{at: done, before: true, event: malformed}, {after_audio: 1s, close: 1011}]\n"
          "      pace: {created: 50ms, first_audio: 1s}\n");

  const auto& reply = scenario.model.rules.at(0).reply;
  EXPECT_TRUE(reply.faults.undecodable);
  EXPECT_TRUE(reply.faults.never_ends);
  EXPECT_EQ(reply.faults.stall->after_audio, 2s);
  EXPECT_EQ(reply.faults.stall->lasts, 1s);
  EXPECT_EQ(reply.faults.first_audio_later, 1s);
  EXPECT_EQ(reply.faults.late_deltas_before_done, 3U);
  EXPECT_EQ(reply.faults.late_deltas_after_done, 2U);
  EXPECT_EQ(reply.faults.cancel, openai::Faults::Cancel::unconfirmed);
  ASSERT_EQ(reply.faults.insertions.size(), 2U);
  EXPECT_TRUE(reply.faults.insertions[0].moment.before);
  EXPECT_EQ(std::get<openai::CloseConnection>(reply.faults.insertions[1].what).code, 1011);
  EXPECT_EQ(reply.pace->created.highest, 50ms);
  EXPECT_EQ(reply.pace->audio.lowest, 1s);
}

TEST(ScenarioLoader, CallsLineAndServices) {
  const auto scenario =
      one("track_rules: incident_report\n"
          "seed: 7\n"
          "limit: 30s\n"
          "time: {only: virtual, because: exact}\n"
          "call: {direction: outbound, from: \"+14155550100\", to: \"+14155550123\", outcome: busy}\n"
          "calls: {count: 3, over: 9s}\n"
          "line: {packets: dtx, latency: 40ms, jitter: 5ms, window: 32KiB}\n"
          "twilio: {swallowed_marks: early, close: abrupt}\n"
          "openai: {host: refused, key: wrong, formats: refused, line: {latency: 20ms}}\n");

  EXPECT_EQ(scenario.seed, 7U);
  EXPECT_EQ(scenario.limit, 30s);
  EXPECT_FALSE(scenario.time.in_real);
  ASSERT_EQ(scenario.calls.size(), 3U);
  EXPECT_EQ(scenario.calls[2].at, 6s);
  const auto& plan = scenario.calls[0].plan;
  EXPECT_EQ(plan.rules, twilio::TrackRules::incident_report);
  EXPECT_EQ(plan.direction, twilio::Direction::outbound);
  EXPECT_EQ(plan.outcome, twilio::Outcome::busy);
  EXPECT_EQ(plan.to, "+14155550123");
  EXPECT_EQ(plan.packets, twilio::Packets::dtx);
  EXPECT_EQ(plan.swallowed_marks, twilio::SwallowedMarks::early);
  EXPECT_EQ(plan.knobs.close, twilio::Knobs::Close::abrupt);
  EXPECT_EQ(scenario.twilio_line.window_bytes, 32768U);
  EXPECT_EQ(plan.line.latency, 40ms);
  EXPECT_EQ(plan.line.jitter, 5ms);
  EXPECT_EQ(scenario.openai_line.latency, 20ms);
  EXPECT_EQ(scenario.openai_host, HostState::refused);
  EXPECT_TRUE(scenario.openai_key_wrong);
  EXPECT_TRUE(scenario.model_per_session);
  EXPECT_EQ(scenario.openai.formats, openai::Formats::refused);
}

TEST(ScenarioLoader, LinesByNameAndInDetail) {
  const auto tunnel = one("line: tunnel\n").calls[0].plan.line;
  EXPECT_EQ(tunnel.latency, 60ms);
  EXPECT_EQ(tunnel.jitter, 30ms);
  const auto plan = one("line: {preset: bad, latency: 10ms, packets: always, missing: 2.5%, "
                        "stalls: {every: 2s, of: [10ms, 20ms]}, handset_delay: 100ms}\n")
                        .calls[0]
                        .plan;
  EXPECT_EQ(plan.line.latency, 10ms);
  EXPECT_EQ(plan.line.jitter, 30ms);
  EXPECT_EQ(plan.line.missing, 0.025);
  EXPECT_EQ(plan.line.stall_every, 2s);
  EXPECT_EQ(plan.line.stall_longest, 20ms);
  EXPECT_EQ(plan.line.handset_delay, 100ms);
  EXPECT_EQ(plan.line.callbacks_late, 5s);
  EXPECT_EQ(plan.packets, twilio::Packets::always);
}

TEST(ScenarioLoader, TwiliosManners) {
  const auto knobs =
      one("track_rules: incident_report\n"
          "twilio: {playback_limit: 1s, upstream_limit: 2s, harsh_playback: true, "
          "timestamp_jitter: 0s, first_timestamp: [100ms, 100ms], loss_numbers: skipped, "
          "rtp_timeout: 9s, keys_reported: at_tone_start, keys_audible: true, "
          "outbound_media: true, garbage: close_1002, bad_utf8: close_1007, one_way_message: close_1002, "
          "long_parameter: fail, webhook_timeout: 3s}\n")
          .calls[0]
          .plan.knobs;
  EXPECT_EQ(knobs.playback_limit, 1s);
  EXPECT_EQ(knobs.upstream_limit, 2s);
  EXPECT_TRUE(knobs.harsh_playback && knobs.keys_at_tone_start && knobs.keys_audible && knobs.outbound_media);
  EXPECT_EQ(knobs.timestamp_jitter, 0s);
  EXPECT_EQ(knobs.first_timestamp_min, 100ms);
  EXPECT_EQ(knobs.loss_numbers, twilio::Knobs::LossNumbers::skipped);
  EXPECT_EQ(knobs.rtp_timeout, 9s);
  EXPECT_EQ(knobs.garbage, twilio::Knobs::Garbage::close_1002);
  EXPECT_TRUE(knobs.bad_utf8_as_rfc);
  EXPECT_EQ(knobs.one_way_message, twilio::Knobs::OneWayMessage::close_1002);
  EXPECT_EQ(knobs.long_parameter, twilio::Knobs::LongParameter::fail);
  EXPECT_EQ(knobs.webhook_timeout, 3s);
}

TEST(ScenarioLoader, WhatTheCallerWaitsFor) {
  const auto plan = one("caller:\n"
                        "  - wait_until: 3s\n"
                        "  - no_packets: 1s\n"
                        "  - say: {noise: 1s, level: -40}\n"
                        "  - {wait_for: {reply: hello}, for: 1s}\n"
                        "  - wait_for: {tone: 440}\n"
                        "  - wait_for: silence\n"
                        "model: [{when: greeting, reply: {speech: 2s}, as: hello}]\n")
                        .calls[0]
                        .plan;
  EXPECT_EQ(std::get<twilio::WaitUntil>(plan.caller[0].action).at, 3s);
  EXPECT_EQ(std::get<twilio::NoPackets>(plan.caller[1].action).length, 1s);
  const auto& noise = std::get<twilio::Say>(plan.caller[2].action).clip.mulaw;
  EXPECT_NEAR(runtime::audio::rms_dbfs_mulaw(noise), -40, 0.5);
  const auto& reply = std::get<twilio::WaitFor>(plan.caller[3].action);
  EXPECT_EQ(reply.what, twilio::WaitFor::What::heard_sound);
  EXPECT_EQ(reply.sound, "hello");
  EXPECT_EQ(reply.lasting, 1s);
  EXPECT_EQ(std::get<twilio::WaitFor>(plan.caller[4].action).sound, "tone of 440 Hz");
  EXPECT_EQ(std::get<twilio::WaitFor>(plan.caller[5].action).lasting, 2s);
  ASSERT_EQ(plan.sounds.size(), 2U);
  EXPECT_EQ(plan.sounds[0].hertz, 440);
  EXPECT_EQ(plan.sounds[1].clip.length(), 2s);
}

TEST(ScenarioLoader, FaultsGoWhereTheyStrike) {
  const auto scenario =
      one("caller: [{wait: 1s, as: pause}]\n"
          "calls: {count: 2}\n"
          "faults:\n"
          "  - {do: stop_reading, after_bot_audio: 3s, for: 1s}\n"
          "  - {do: inject, after: pause, message: bad_json, call: 2}\n"
          "  - {do: stall, on: openai, after: pause, in: 2s, for: 1s, towards: bridge, as: stalled}\n");

  ASSERT_EQ(scenario.calls[0].plan.faults.size(), 1U);
  const auto& stop = std::get<twilio::StopReading>(scenario.calls[0].plan.faults[0]);
  EXPECT_EQ(stop.from.when, twilio::Moment::When::bot_audio);
  EXPECT_EQ(stop.from.after, 3s);
  const auto& inject = std::get<twilio::Inject>(scenario.calls[1].plan.faults.at(0));
  EXPECT_EQ(inject.text, twilio::broken_message(twilio::BrokenMessage::bad_json));
  ASSERT_EQ(scenario.faults.size(), 1U);
  EXPECT_EQ(scenario.faults[0].leg, Fault::Leg::openai);
  EXPECT_EQ(scenario.faults[0].anchor, Fault::Anchor::named);
  EXPECT_EQ(scenario.faults[0].towards, Fault::Towards::bridge);
  EXPECT_EQ(scenario.faults[0].in, 2s);
}

TEST(ScenarioLoader, ExpectationsWithTheirWindows) {
  const auto scenario =
      one("caller: [{say: {clip: hello.wav}, as: hello}]\n"
          "model: [{when: caller_finished, reply: {speech: 1s}, as: answer}]\n"
          "expect:\n"
          "  - voicebridge_calls_active == 0\n"
          "  - {after: answer, within: 2s, that: voicebridge_calls_active == 1}\n"
          "  - {between: [1s, 2s], heard: answer, complete: true}\n"
          "  - {that: voicebridge_calls_active <= 1, always: true}\n"
          "  - {model_received: {speech: hello, truncate: heard, tolerance: 40ms}}\n"
          "  - {not_heard: answer}\n");

  ASSERT_EQ(scenario.expectations.size(), 6U);
  const auto& all = scenario.expectations;
  EXPECT_EQ(all[0].window.mode, Window::Mode::at_end);
  EXPECT_EQ(all[1].window.after, "answer");
  EXPECT_EQ(all[1].window.to, 2s);
  EXPECT_EQ(all[1].text, "after: answer, within: 2s, that: voicebridge_calls_active == 1");
  EXPECT_EQ(all[2].window.from, 1s);
  EXPECT_EQ(std::get<HeardCheck>(all[2].check).audio.mulaw.size(), 8000U);
  EXPECT_EQ(all[3].window.mode, Window::Mode::always);
  EXPECT_EQ(std::get<ModelReceivedCheck>(all[4].check).tolerance, 40ms);
  EXPECT_TRUE(std::get<HeardCheck>(all[5].check).absent);
}

TEST(ScenarioLoader, OthersAreWhomADialReaches) {
  const auto others = one(R"(others:
  agent: {number: "+97231112222", answers_after: 1s, say: {speech: 1s}}
  boss: {number: "+97233334444", outcome: no_answer}
  desk: {number: "sip:desk@example.com", steps: [{wait: 1s}, hang_up]}
)")
                          .calls.at(0)
                          .plan.others;

  ASSERT_EQ(others.size(), 3U);
  EXPECT_EQ(others[0].name, "agent");
  EXPECT_EQ(others[0].number, "+97231112222");
  EXPECT_EQ(others[0].answers_after, 1s);
  ASSERT_EQ(others[0].script.size(), 1U);
  EXPECT_EQ(std::get<twilio::Say>(others[0].script[0].action).clip.length(), 1s);
  EXPECT_EQ(others[1].outcome, twilio::Outcome::no_answer);
  EXPECT_EQ(others[1].answers_after, 3s);
  EXPECT_EQ(others[2].script.size(), 2U);
}

TEST(ScenarioLoader, AMatrixIsOneFileAndManyScenarios) {
  const auto all = load_text(
      "matrix: {rules: [twilio_docs, incident_report], seed: [1, 2]}\ntrack_rules: $rules\nseed: $seed\n");

  std::vector<std::string> names;
  for (const auto& scenario : all) names.push_back(scenario.name);
  EXPECT_THAT(names, ElementsAre("x[twilio_docs,1]", "x[twilio_docs,2]", "x[incident_report,1]",
                                 "x[incident_report,2]"));
  EXPECT_EQ(all.at(3).seed, 2U);
  EXPECT_EQ(all.at(3).calls[0].plan.rules, twilio::TrackRules::incident_report);
}

TEST(ScenarioLoader, TheBridgesConfigurationIsPassedOn) {
  const auto scenario =
      one("bridge: {config: {fallback: im-sorry.wav, twiml: {track: none}, limits: {calls: 010}}}\n");

  EXPECT_TRUE(scenario.sets_track);
  EXPECT_THAT(scenario.bridge_config, testing::HasSubstr("/im-sorry.wav"));
  EXPECT_THAT(scenario.bridge_config, testing::HasSubstr(R"("calls":10)")) << "no octal in YAML 1.2";
}

TEST(Measures, DurationsAndSizesCarryUnits) {
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("2min"), 120s);
  EXPECT_EQ(parse_duration("0ms"), 0s);
  EXPECT_FALSE(parse_duration("5"));
  EXPECT_FALSE(parse_duration("s"));
  EXPECT_FALSE(parse_duration("-1s"));
  EXPECT_FALSE(parse_duration("1e9s"));
  EXPECT_FALSE(parse_duration("99999999999h"));
  EXPECT_EQ(parse_size("32KiB"), 32768U);
  EXPECT_EQ(parse_size("0B"), 0U);
  EXPECT_FALSE(parse_size("32"));
  for (const auto* text : {"250ms", "8s", "1.5s", "2min", "0ms"}) {
    EXPECT_EQ(duration_text(*parse_duration(text)), text);
  }
}

TEST(Library, EveryScenarioIsGoodAndSaysWhatTheCallerHears) {
  ClipLibrary clips;

  const Lint all = lint({std::filesystem::path(LINECHECK_SOURCE_DIR) / "scenarios/library"}, clips);

  EXPECT_EQ(all.text, "");
  EXPECT_GE(all.files, 30U);
  for (const auto& scenario : all.scenarios) {
    bool counts = false, hears = false, judges = false;
    for (const auto& expectation : scenario.expectations) {
      const auto* query = std::get_if<QueryCheck>(&expectation.check);
      counts = counts || (query != nullptr && query->text.find("voicebridge_") != std::string::npos);
      hears = hears || std::holds_alternative<HeardCheck>(expectation.check) ||
              (query != nullptr && query->text.find("caller_") != std::string::npos);
      // A call that is turned away has no verdict, and says so in numbers.
      judges = judges || std::holds_alternative<VerdictCheck>(expectation.check) ||
               (query != nullptr && query->text.find("voicebridge_call_verdicts_total") != std::string::npos);
    }
    EXPECT_TRUE(counts && hears && judges) << scenario.name;
  }
}

}  // namespace
}  // namespace scenarios::engine
