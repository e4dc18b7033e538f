#include "bridge/json/reader.hpp"
#include "bridge/json/text.hpp"
#include "bridge/openai/events.hpp"
#include "bridge/openai/rare_events.hpp"
#include "runtime/core/encoding.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <limits>
#include <optional>
#include <string>

namespace bridge::openai {
namespace {
using json::Slot;
using Decoded = std::variant<Event, Rejected>;

/// The values that the frequent events are made of: deltas of audio and of text.
enum Wanted { event_type, response_id, item_id, content_index, delta, kWanted };

constexpr std::size_t kMostTools = 64;  // calls whose names are remembered; the oldest are forgotten

bool fits_int(std::int64_t number) {
  return number >= 0 && number <= std::numeric_limits<int>::max();
}
}  // namespace

std::string_view to_string(Breach breach) {
  switch (breach) {
    case Breach::malformed_json:
      return "malformed_json";
    case Breach::wrong_type:
      return "wrong_type";
    case Breach::unknown_event:
      return "unknown_event";
    case Breach::binary_frame:
      return "binary_frame";
    case Breach::bad_base64:
      return "bad_base64";
  }
  return "unknown";
}

class Decoder::Impl {
 public:
  Decoded decode(std::string_view payload, bool binary, Dialect dialect);

 private:
  Decoded audio_delta();
  Decoded audio_done() const;
  Decoded with_name(Decoded decoded);
  Decoded of_its_response(Decoded decoded) const;
  std::optional<int> index() const;
  const Slot& slot(Wanted wanted) const { return slots_.at(wanted); }
  bool is_text(Wanted wanted) const { return slot(wanted).kind == Slot::Kind::text; }
  Rejected wrong_type(Wanted wanted, std::string_view expected) const;

  json::Reader reader_;
  std::array<Slot, kWanted> slots_{
      {{"", "type"}, {"", "response_id"}, {"", "item_id"}, {"", "content_index"}, {"", "delta"}}};
  std::string audio_;                  // of the last audio delta
  std::deque<OutputItemAdded> tools_;  // the last kMostTools that were called
};

Rejected Decoder::Impl::wrong_type(Wanted wanted, std::string_view expected) const {
  std::string detail;
  if (wanted != event_type && is_text(event_type)) detail = json::excerpt(slot(event_type).text) + ": ";
  detail.append(slot(wanted).key)
      .append(slot(wanted).kind == Slot::Kind::absent ? " is missing" : " is wrong");
  detail.append("; expected ").append(expected);
  return {Breach::wrong_type, std::move(detail)};
}

Decoded Decoder::Impl::decode(std::string_view payload, bool binary, Dialect dialect) {
  if (binary) return Rejected{Breach::binary_frame, "the Realtime API speaks in text frames only"};
  switch (reader_.read(payload, slots_)) {
    case json::Reader::Outcome::malformed:
      return Rejected{Breach::malformed_json, "not one JSON object from first byte to last"};
    case json::Reader::Outcome::not_an_object:
      return Rejected{Breach::wrong_type, "an event is a JSON object"};
    case json::Reader::Outcome::object:
      break;
  }
  if (!is_text(event_type)) return wrong_type(event_type, "a string");
  const std::string_view named = slot(event_type).text;
  const std::string_view type = dialect == Dialect::beta ? in_ga(named) : named;
  const bool transcript = type == "response.output_audio_transcript.delta";
  const bool text = type == "response.output_text.delta";
  if (type == "response.output_audio.delta") return audio_delta();
  if (type == "response.output_audio.done") return audio_done();
  if (!transcript && !text) return of_its_response(with_name(decode_rare(type, payload, dialect)));

  if (!is_text(response_id)) return wrong_type(response_id, "a string");
  ResponseId response{std::string(slot(response_id).text)};
  if (transcript) {
    const auto said = [this](Wanted wanted) { return is_text(wanted) ? std::string(slot(wanted).text) : ""; };
    return Event(TranscriptDelta{std::move(response), ItemId(said(item_id)), said(delta)});
  }
  return Event(TextDelta{std::move(response)});
}

/// Of the part that an event tells of; the first where it does not say.
std::optional<int> Decoder::Impl::index() const {
  const Slot& said = slot(content_index);
  if (said.kind == Slot::Kind::absent) return 0;
  if (said.kind != Slot::Kind::integer || !fits_int(said.integer)) return std::nullopt;
  return static_cast<int>(said.integer);
}

Decoded Decoder::Impl::audio_done() const {
  if (!is_text(response_id)) return wrong_type(response_id, "a string");
  if (!is_text(item_id)) return wrong_type(item_id, "a string");
  const auto part = index();
  if (!part) return wrong_type(content_index, "a non-negative integer");
  return Event(AudioDone{ResponseId(std::string(slot(response_id).text)),
                         ItemId(std::string(slot(item_id).text)), *part});
}

Decoded Decoder::Impl::audio_delta() {
  if (!is_text(response_id)) return wrong_type(response_id, "a string");
  if (!is_text(item_id)) return wrong_type(item_id, "a string");
  if (!is_text(delta)) return wrong_type(delta, "a base64 string");
  const auto part = index();
  if (!part) return wrong_type(content_index, "a non-negative integer");

  AudioDelta read;
  read.response = ResponseId(std::string(slot(response_id).text));
  read.item = ItemId(std::string(slot(item_id).text));
  read.content_index = *part;
  read.decodable = runtime::base64_decode(slot(delta).text, audio_);
  if (read.decodable) read.audio = audio_;
  return Event(std::move(read));
}

/// The beta dialect names a tool when its item is added, and not again with its arguments.
Decoded Decoder::Impl::with_name(Decoded decoded) {
  auto* event = std::get_if<Event>(&decoded);
  if (event == nullptr) return decoded;
  if (const auto* added = std::get_if<OutputItemAdded>(event); added != nullptr && !added->tool.empty()) {
    tools_.push_back(*added);
    if (tools_.size() > kMostTools) tools_.pop_front();
  }
  auto* call = std::get_if<FunctionCall>(event);
  if (call == nullptr || !call->name.empty()) return decoded;
  const auto added = std::ranges::find(tools_, call->item, &OutputItemAdded::item);
  if (added == tools_.end())
    return Rejected{
        Breach::wrong_type,
        "response.function_call_arguments.done: name is missing; expected here or in the item that "
        "response.output_item.added told of"};
  call->name = added->tool;
  return decoded;
}

/// What a call does not act on says at least that its response goes on.
Decoded Decoder::Impl::of_its_response(Decoded decoded) const {
  const auto* event = std::get_if<Event>(&decoded);
  const bool ignored = event != nullptr && std::holds_alternative<Ignored>(*event);
  if (!ignored || !is_text(response_id)) return decoded;
  return Event(ResponseGoesOn{ResponseId(std::string(slot(response_id).text))});
}

Decoder::Decoder() : impl_(std::make_unique<Impl>()) {}
Decoder::~Decoder() = default;
std::variant<Event, Rejected> Decoder::decode(std::string_view payload, bool binary, Dialect dialect) {
  return impl_->decode(payload, binary, dialect);
}

}  // namespace bridge::openai
