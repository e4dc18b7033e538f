#include "scenarios/engine/reading.hpp"
#include "simulators/openai/open_points.hpp"

// What nobody has recorded of the service: `openai: {unverified: ...}`.
namespace scenarios::engine {
namespace {

using simulators::openai::OpenPoints;
using Taken = OpenPoints::Taken;

constexpr Word<Taken> kTaken[] = {{"taken", Taken::taken}, {"refused", Taken::refused}};
constexpr Word<OpenPoints::AudioPart> kAudioParts[] = {{"output_audio", OpenPoints::AudioPart::output_audio},
                                                       {"audio", OpenPoints::AudioPart::audio}};
constexpr Word<OpenPoints::Place> kPlaces[] = {{"before", OpenPoints::Place::before},
                                               {"after", OpenPoints::Place::after},
                                               {"never", OpenPoints::Place::never}};
constexpr Word<OpenPoints::Joining> kJoinings[] = {{"refused", OpenPoints::Joining::refused},
                                                   {"created", OpenPoints::Joining::created},
                                                   {"updated", OpenPoints::Joining::updated}};
constexpr Word<OpenPoints::Closing> kClosings[] = {{"everything", OpenPoints::Closing::everything},
                                                   {"response_only", OpenPoints::Closing::response_only}};
constexpr Word<OpenPoints::Echo> kEchoes[] = {{"whole", OpenPoints::Echo::whole},
                                              {"as_sent", OpenPoints::Echo::as_sent}};
constexpr Word<OpenPoints::Shown> kShown[] = {{"absent", OpenPoints::Shown::absent},
                                              {"present", OpenPoints::Shown::present}};

template <class T, std::size_t N>
void read_word(const Field& field, std::string_view key, const Word<T> (&words)[N], T& value) {
  if (field.has(key)) value = choose(field.text(key), words);
}

void read_close(const Field& field, std::string_view key, std::uint16_t& code) {
  if (field.has(key)) code = read_close_code(field, key);
}

/// null: the error has none.
void read_code(const Field& field, std::string_view key, std::string& code) {
  if (!field.has(key)) return;
  code = field.at(key).is_text() ? field.text(key) : std::string();
}

}  // namespace

void read_open_points(const Field& field, OpenPoints& points) {
  if (field.has("pong_within") && field.text("pong_within") != "never") {
    points.pong_within = field.duration_if("pong_within");
  }
  if (field.has("largest_message")) points.largest_message_bytes = field.at("largest_message").size();
  read_close(field, "pong_missing_close", points.pong_missing_close);
  read_close(field, "too_large_close", points.too_large_close);
  read_close(field, "insufficient_permissions_close", points.insufficient_permissions_close);
  read_word(field, "call_id_without_model", kTaken, points.call_id_without_model);
  read_word(field, "joined_call", kJoinings, points.joined_call);
  read_word(field, "compression", kTaken, points.compression);
  read_word(field, "account_subprotocols", kTaken, points.account_subprotocols);
  read_word(field, "fractional_audio_end", kTaken, points.fractional_audio_end);
  read_word(field, "second_truncation", kTaken, points.second_truncation);
  read_word(field, "unknown_call_id", kTaken, points.unknown_call_id);
  read_word(field, "rate_limits_when_cut", kTaken, points.rate_limits_when_cut);
  read_word(field, "retrieved_audio", kAudioParts, points.retrieved_audio);
  read_word(field, "item_done_when_cut", kPlaces, points.item_done_when_cut);
  read_word(field, "client_cancel_closes", kClosings, points.client_cancel_closes);
  read_word(field, "semantic_vad_echo", kEchoes, points.semantic_vad_echo);
  read_word(field, "reasoning_tokens", kShown, points.reasoning_tokens);
  read_code(field, "second_truncation_code", points.second_truncation_code);
  read_code(field, "not_truncatable_code", points.not_truncatable_code);
  read_code(field, "duplicate_item_code", points.duplicate_item_code);
  read_code(field, "previous_item_code", points.previous_item_code);
  read_code(field, "unknown_call_id_code", points.unknown_call_id_code);
  read_code(field, "wrong_type_code", points.wrong_type_code);
  read_code(field, "transcription_update_code", points.transcription_update_code);
}

}  // namespace scenarios::engine
