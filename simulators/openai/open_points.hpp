#pragma once
#include "runtime/core/time.hpp"
#include "simulators/openai/script.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace simulators::openai {

/// What no public evidence decides (marked "unverified" in openai-realtime.md):
/// the service may do one thing or the other. Each is a setting, whose default
/// is what is thought likeliest.
struct OpenPoints {
  // The connection.
  std::optional<runtime::Duration> pong_within;    // of a ping; absent: missing pongs have no consequence
  std::size_t largest_message_bytes = 21U << 20U;  // 15 MiB of audio in base64, and what is around it
  std::uint16_t too_large_close = 1009;
  std::uint16_t pong_missing_close = 1011;
  std::uint16_t insufficient_permissions_close = 3000;
  enum class Taken { taken, refused };
  Taken call_id_without_model = Taken::taken;  // refused: as a missing model
  // How a session begins that joins a call by call_id; refused: it does not.
  enum class Joining { refused, created, updated } joined_call = Joining::refused;
  Taken compression = Taken::taken;           // permessage-deflate, of a client that offers it
  Taken account_subprotocols = Taken::taken;  // openai-organization.ORG, openai-project.PROJ

  // Items.
  enum class AudioPart { output_audio, audio } retrieved_audio = AudioPart::output_audio;
  Taken fractional_audio_end = Taken::refused;  // taken: cut to whole milliseconds
  Taken second_truncation = Taken::taken;
  Taken unknown_call_id = Taken::refused;
  std::string second_truncation_code = "item_already_truncated";
  std::string not_truncatable_code;  // empty: null
  std::string duplicate_item_code = "invalid_value";
  std::string previous_item_code = "invalid_value";
  std::string unknown_call_id_code = "invalid_value";

  // Events.
  std::string wrong_type_code = "invalid_type";
  std::string transcription_update_code;  // empty: null
  enum class Place { before, after, never };
  Place item_done_when_cut = Place::before;     // of conversation.item.done, to response.output_item.done
  Taken rate_limits_when_cut = Taken::refused;  // taken: they come after that response.done
  enum class Closing { everything, response_only } client_cancel_closes = Closing::everything;
  enum class Echo { whole, as_sent } semantic_vad_echo = Echo::whole;
  // In the usage of a model that reasons.
  enum class Shown { absent, present } reasoning_tokens = Shown::present;

  bool operator==(const OpenPoints&) const = default;
};

/// How a setting is called in a scenario, for the documentation and for the
/// test that there is no other.
struct NamedPoint {
  std::string_view name;
  std::string_view otherwise;  // the default, as a scenario would say it
  std::string_view values;     // in words
  std::string_view where;      // section of the reference
  std::string_view what;
};
std::span<const NamedPoint> named_points();
/// The code that `error` goes out with.
std::string code_of(const ErrorBody& error, const OpenPoints& points);
/// docs/openai-settings.md.
std::string describe_points();

}  // namespace simulators::openai
