#pragma once
#include "bridge/openai/audio_format.hpp"
#include "bridge/openai/dialect.hpp"
#include "bridge/openai/events.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bridge::openai {

/// What a session is asked to be: one `session.update`.
struct SessionSettings {
  Dialect dialect = Dialect::ga;
  AudioFormat audio = AudioFormat::pcmu;  // both ways; the line's own needs no conversion
  std::string instructions;
  std::string voice = "marin";
  std::string transcription_model;  // empty: no input transcription
  std::string language;             // of the transcription; empty: not said
  enum class Detector { server_vad, semantic_vad } detector = Detector::server_vad;
  std::string eagerness = "auto";  // semantic_vad: low, medium, high, auto
  // server_vad
  double threshold = 0.5;
  int prefix_padding_ms = 300;
  int silence_duration_ms = 500;
  std::optional<int> idle_timeout_ms;  // of nobody speaking; then the service answers the silence
  // Both detectors.
  bool create_response = true;
  bool interrupt_response = true;
  struct Tool {
    std::string name, description;
    std::string parameters_json;  // JSON schema
  };
  std::vector<Tool> tools;
};

// Client events. Each replaces `out` (capacity kept) with one text message.
void write_session_update(std::string& out, const SessionSettings& settings, std::string_view event_id);
/// `audio`: in the session's input format.
void write_append(std::string& out, std::string_view audio);
/// `tag` travels as metadata.linecheck and comes back in ResponseCreated::create_tag.
void write_response_create(std::string& out, std::string_view event_id, std::string_view tag,
                           std::string_view instructions);
void write_response_cancel(std::string& out, std::string_view event_id, const ResponseId& response);
void write_truncate(std::string& out, std::string_view event_id, const ItemId& item, int content_index,
                    std::int64_t audio_end_ms);
void write_function_output(std::string& out, std::string_view event_id, std::string_view call_id,
                           std::string_view output);
/// Takes an item out of the conversation: a noise that was taken for a turn.
void write_item_delete(std::string& out, std::string_view event_id, const ItemId& item);
/// What was said before, for a session that goes on with a conversation. `role`: "user", "assistant", or
/// "system". An `item` without a name is named by the service. `behind`: its place; none: the end.
void write_said(std::string& out, Dialect dialect, const ItemId& item, std::string_view role,
                std::string_view text, const ItemId& behind = {});
/// Likewise, of the caller, as sound in the session's input format.
void write_said_aloud(std::string& out, const ItemId& item, std::string_view audio);
void write_function_call(std::string& out, const ItemId& item, std::string_view call_id,
                         std::string_view name, std::string_view arguments);
void write_old_function_output(std::string& out, const ItemId& item, std::string_view call_id,
                               std::string_view output);
/// A user message of text (keys that the caller pressed).
void write_user_text(std::string& out, std::string_view event_id, const ItemId& item, std::string_view text);

}  // namespace bridge::openai
