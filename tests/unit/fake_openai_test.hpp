#pragma once
#include "runtime/audio/synth.hpp"
#include "runtime/core/encoding.hpp"
#include "runtime/core/random.hpp"
#include "simulators/openai/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulators::openai {

using namespace std::chrono_literals;

/// One session, stepped by hand: what it sends, and when.
class FakeSessionTest : public testing::Test {
 protected:
  struct Sent {
    runtime::Duration at;  // since the test's start
    std::string type;
    Json event;
  };

  void open(Behaviour behaviour = {}) {
    player_.emplace(script_, random_, talk_);
    Session::Setup setup;
    setup.model = model_;
    setup.kind = kind_;
    setup.dialect = dialect_;
    setup.initial = initial_;
    setup.behaviour = std::move(behaviour);
    setup.opened_unix_seconds = 1'785'214'050;
    session_.emplace(std::move(setup), *player_, random_, counts_, facts_, observer_, now_);
  }
  /// A session as a phone bridge wants it, with what was sent so far forgotten.
  void open_phone(std::string_view extra_turn_detection = "", Behaviour behaviour = {}) {
    open(std::move(behaviour));
    pass(10ms);
    say(std::string(R"({"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":)") +
        R"({"type":"audio/pcmu"},"turn_detection":{"type":"server_vad","silence_duration_ms":200)" +
        std::string(extra_turn_detection) + R"(}},"output":{"format":{"type":"audio/pcmu"}}}}})");
    pass(10ms);
    sent_.clear();
  }
  void say(std::string_view text) {
    session_->receive(text, false, now_);
    session_->advance(now_);
    collect();
  }
  void pass(runtime::Duration span) {
    const auto end = now_ + span;
    while (session_->next_due() && *session_->next_due() <= end) {
      now_ = std::max(now_, *session_->next_due());
      session_->advance(now_);
      collect();
    }
    now_ = end;
  }
  void append(std::string_view audio) {
    say(R"({"type":"input_audio_buffer.append","audio":")" + runtime::base64_encode(audio) + R"("})");
  }
  /// Media as a phone line brings it: 20 ms every 20 ms.
  void append_in_time(std::string_view mulaw) {
    for (std::size_t from = 0; from < mulaw.size(); from += 160) {
      append(mulaw.substr(from, 160));
      pass(20ms);
    }
  }
  static std::string speech(runtime::Duration length) {
    return runtime::audio::speech_like(1, samples(length)).mulaw;
  }
  static std::string silence(runtime::Duration length) {
    return runtime::audio::silence(samples(length)).mulaw;
  }
  static runtime::Samples8k samples(runtime::Duration length) {
    return std::chrono::duration_cast<runtime::Samples8k>(length);
  }
  void caller_speaks(runtime::Duration length) { append_in_time(speech(length) + silence(300ms)); }

  void collect() {
    for (Outgoing& message : session_->outlet().take()) {
      if (message.kind == Outgoing::Kind::ping) {
        pings_.push_back(now_ - start_);
        continue;
      }
      Sent sent{now_ - start_, "", {}};
      if (message.kind == Outgoing::Kind::text) {
        sent.event = Json::parse(message.text, nullptr, false);
        const bool typed =
            sent.event.is_object() && sent.event.contains("type") && sent.event["type"].is_string();
        sent.type = sent.event.is_discarded() ? "not json"
                    : typed                   ? sent.event["type"].get<std::string>()
                                              : "no type";
      } else {
        sent.type = message.kind == Outgoing::Kind::close
                        ? "close " + std::to_string(message.reason.code) + " " + message.reason.text
                    : message.kind == Outgoing::Kind::abort ? "abort"
                                                            : "half open";
      }
      if (message.kind == Outgoing::Kind::text) everything_.push_back(sent.event);
      sent_.push_back(std::move(sent));
    }
  }
  /// Types in order; audio and transcript deltas in a row as one.
  std::vector<std::string> types() const {
    std::vector<std::string> names;
    for (const Sent& sent : sent_) {
      const bool delta = sent.type.ends_with(".delta");
      if (delta && !names.empty() && names.back() == sent.type) continue;
      names.push_back(sent.type);
    }
    return names;
  }
  /// The same without deltas.
  std::vector<std::string> milestones() const {
    std::vector<std::string> names = types();
    std::erase_if(names, [](const std::string& name) { return name.ends_with(".delta"); });
    return names;
  }
  const Json& first(std::string_view type) const {
    static const Json none;
    for (const Sent& sent : sent_) {
      if (sent.type == type) return sent.event;
    }
    ADD_FAILURE() << "no " << type << " was sent";
    return none;
  }
  std::size_t count(std::string_view type) const {
    return static_cast<std::size_t>(
        std::count_if(sent_.begin(), sent_.end(), [&](const Sent& sent) { return sent.type == type; }));
  }
  /// `code: message` of the last error.
  std::string last_error() const {
    if (facts_.errors_sent.empty()) return "none";
    const ErrorBody& error = facts_.errors_sent.back().error;
    return error.code + ": " + error.message;
  }
  Rule& rule(When::Kind kind, std::string as = {}) {
    Rule made;
    made.when.kind = kind;
    made.as = std::move(as);
    return script_.rules.emplace_back(std::move(made));
  }
  static Speech spoken(runtime::Duration length, std::string transcript = "One two three four.") {
    return {runtime::audio::speech_like(7, samples(length)).mulaw, std::move(transcript)};
  }

  std::string model_ = "gpt-realtime";
  SessionConfig::Kind kind_ = SessionConfig::Kind::voice;
  Dialect dialect_ = Dialect::ga;
  Json initial_;
  runtime::SeededRandom random_{42};
  Counts counts_{nullptr};
  SessionFacts facts_;
  Observer* observer_ = nullptr;
  Script script_;
  SmallTalk talk_;
  std::optional<ScriptPlayer> player_;
  std::optional<Session> session_;
  const runtime::TimePoint start_{1s};
  runtime::TimePoint now_ = start_;
  std::vector<Sent> sent_;
  std::vector<runtime::Duration> pings_;
  std::vector<Json> everything_;  // all events of all sessions
};

}  // namespace simulators::openai
