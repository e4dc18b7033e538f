#pragma once
#include "runtime/audio/synth.hpp"
#include "scenarios/engine/judgement.hpp"
#include "scenarios/engine/promql/query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace scenarios::engine {

using namespace std::chrono_literals;
using runtime::TimePoint;
using testing::HasSubstr;
namespace twilio = simulators::twilio;
namespace openai = simulators::openai;

inline const TimePoint kStart{100s};
inline const std::string kAnswer = runtime::audio::speech_like(1, runtime::Samples8k(16000)).mulaw;
inline const std::string kOther = runtime::audio::speech_like(2, runtime::Samples8k(8000)).mulaw;

/// One call and one session, and what befell them as a test says.
class Expectations : public testing::Test {
 protected:
  Expectations() {
    evidence_.started_at = kStart;
    evidence_.finished_at = kStart + 10s;
    call_.sid = "CA1";
    session_.session_id = "sess_1";
    evidence_.calls.push_back({&call_, {&session_}, "normal", ""});
    evidence_.timeline = &timeline_;
    evidence_.moments = &moments_;
    evidence_.log = &log_;
    evidence_.journal = &journal_;
    evidence_.first = evidence_.last = {{"voicebridge_build_info", {}, 1}};
  }

  void hear(Duration at, std::string_view mulaw) { call_.heard.append(kStart + at, mulaw); }
  void append(Duration at, std::string_view mulaw) {
    session_.appends.push_back({kStart + at, session_.caller_audio.size(), mulaw.size()});
    session_.caller_audio += mulaw;
  }
  void wire(Duration at, std::string_view lane, std::string_view call, std::string_view text) {
    journal_.record({kStart + at, lane, call, runtime::WireLog::Direction::from_bridge, text});
  }
  Outcome outcome(Check check, Window window = {}) const {
    return judge(Expectation{{}, "", std::move(window), std::move(check)}, evidence_);
  }
  static QueryCheck query(const std::string& text) {
    return {text, {}, std::get<std::shared_ptr<const promql::Query>>(promql::parse(text))};
  }
  static Window window(Window::Mode mode, Duration from, Duration to) {
    return {mode, std::nullopt, from, to};
  }
  static HeardCheck heard(std::string name, std::string mulaw) {
    HeardCheck check;
    check.audio = {std::move(name), std::move(mulaw)};
    return check;
  }

  twilio::CallFacts call_;
  openai::SessionFacts session_;
  std::vector<Timeline::Point> timeline_;
  std::map<std::string, TimePoint> moments_;
  std::deque<LogLine> log_;
  Journal journal_;
  Evidence evidence_;
};

}  // namespace scenarios::engine
