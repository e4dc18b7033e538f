#pragma once
#include "simulators/openai/behaviour.hpp"
#include "simulators/openai/event_fields.hpp"
#include "simulators/openai/json.hpp"
#include "simulators/openai/script.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace simulators::openai {

/// Turn detection as the session has it.
struct TurnDetection {
  std::optional<std::int64_t> semantic_wait_ms;  // semantic_vad: its longest wait, by its eagerness
  double threshold = 0.5;
  std::int64_t prefix_padding_ms = 300;
  std::int64_t silence_duration_ms = 500;
  std::optional<std::int64_t> idle_timeout_ms;
  bool create_response = true;
  bool interrupt_response = true;
};

/// The session object: what `session.created` and `session.updated` show, and what `session.update` changes.
/// An update is all or nothing: one bad field rejects the whole.
class SessionConfig {
 public:
  enum class Kind { voice, transcription };
  /// `model`: empty in a session that only transcribes.
  SessionConfig(Kind kind, std::string model, std::string id, std::int64_t expires_at,
                OpenPoints::Echo semantic_echo = OpenPoints::Echo::whole,
                Transcribers transcribers = Transcribers::models);

  /// `patch`: the `session` of a session.update. `voice_locked`: assistant audio is present.
  std::optional<ErrorBody> update(const Json& patch, bool voice_locked);

  /// The formats become these, whatever was asked for; an absent one stays.
  void force(const ConfirmedFormats& formats);

  /// The whole effective session.
  const Json& json() const { return session_; }
  AudioFormat input_format() const;
  AudioFormat output_format() const;
  std::optional<TurnDetection> turn_detection() const;
  /// Model of the input transcription; empty: none wanted.
  std::string transcription_model() const;
  bool wants_logprobs() const;
  Kind kind() const { return kind_; }
  // Of a voice session.
  Json voice() const;
  bool wants_audio() const;

  /// Checks `response` of a response.create against the same rules as the session's fields of that name.
  std::optional<ErrorBody> check_response(const Json& response) const;

 private:
  std::optional<ErrorBody> check_update(const Json& patch, bool voice_locked) const;
  std::int64_t default_silence_ms() const;

  const Kind kind_;
  const std::string model_;
  const OpenPoints::Echo semantic_echo_;
  const Transcribers transcribers_;
  Json session_;
};

/// Models of the second generation: they reason, wait 500 ms and speak as
/// marin, older ones 200 ms as alloy.
bool reasons(std::string_view model);

/// The format that a `format` object names; nullopt when it names none.
std::optional<AudioFormat> format_of(const Json& format);

}  // namespace simulators::openai
