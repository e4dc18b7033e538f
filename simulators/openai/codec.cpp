#include "simulators/openai/codec.hpp"

#include "runtime/core/encoding.hpp"
#include "simulators/openai/errors.hpp"
#include "simulators/openai/fields.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace simulators::openai {
namespace {

constexpr std::size_t kLongestId = 512;
constexpr std::size_t kDepth = 64;  // of nesting; deeper input is refused instead of recursed into

/// The deepest nesting of brackets outside strings, without parsing.
bool nested_too_deeply(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDepth) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return false;
}

std::string text_or_empty(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

ClientEvent decode_control(std::string_view text) {
  if (nested_too_deeply(text)) return BadEvent{errors::invalid_json("Nesting is too deep."), {}};
  Json body = Json::parse(text, nullptr, false);
  if (body.is_discarded()) return BadEvent{errors::invalid_json("The text is not valid JSON."), {}};
  if (!body.is_object()) return BadEvent{errors::invalid_json("Expected an object."), {}};
  std::string event_id = text_or_empty(body, "event_id");
  const auto type = body.find("type");
  if (type == body.end()) return BadEvent{errors::missing_type(), std::move(event_id)};
  if (!type->is_string()) {
    return BadEvent{errors::invalid_type("type", "a string", kind_of(*type)), std::move(event_id)};
  }
  std::string name = type->get<std::string>();
  return ControlEvent{std::move(name), std::move(event_id), std::move(body)};
}

void append_part(std::string& out, const PartRef& part) {
  out += R"(,"response_id":")";
  out += part.response;
  out += R"(","item_id":")";
  out += part.item;
  out += R"(","output_index":)";
  out += std::to_string(part.output_index);
  out += R"(,"content_index":0)";
}

std::string delta_head(std::string_view type, std::string_view event_id, const PartRef& part,
                       std::size_t payload) {
  std::string out;
  out.reserve(payload + 256);
  out += R"({"type":")";
  out += type;
  out += R"(","event_id":")";
  out += event_id;
  out += '"';
  append_part(out, part);
  out += R"(,"delta":")";
  return out;
}

/// The shape that most clients write to the byte: nothing is left to parse but the end of the audio.
std::optional<AppendEvent> plain_append(std::string_view text) {
  constexpr std::string_view kHead = R"({"type":"input_audio_buffer.append","audio":")";
  constexpr std::string_view kTail = R"("})";
  if (text.size() < kHead.size() + kTail.size() || !text.starts_with(kHead) || !text.ends_with(kTail)) {
    return std::nullopt;
  }
  const auto audio = text.substr(kHead.size(), text.size() - kHead.size() - kTail.size());
  if (audio.find('"') != std::string_view::npos || audio.find('\\') != std::string_view::npos) {
    return std::nullopt;
  }
  return AppendEvent{audio, {}};
}

}  // namespace

class ClientDecoder::Impl {
 public:
  /// The text as an append event; nullopt when it is something else, or when only the slow road can tell what
  /// is wrong with it.
  std::optional<AppendEvent> append(std::string_view text) {
    if (auto plain = plain_append(text)) return plain;
    buffer_.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    buffer_.assign(text);
    simdjson::ondemand::document document;
    const simdjson::padded_string_view padded(buffer_.data(), buffer_.size(), buffer_.capacity());
    if (parser_.iterate(padded).get(document) != simdjson::SUCCESS) return std::nullopt;
    simdjson::ondemand::object object;
    if (document.get_object().get(object) != simdjson::SUCCESS) return std::nullopt;
    AppendEvent event;
    bool is_append = false;
    bool has_audio = false;
    for (auto field : object) {
      std::string_view key;
      std::string_view value;
      if (field.unescaped_key().get(key) != simdjson::SUCCESS) return std::nullopt;
      if (field.value().get_string().get(value) != simdjson::SUCCESS) return std::nullopt;
      if (key == "type") {
        if (value != "input_audio_buffer.append") return std::nullopt;
        is_append = true;
      } else if (key == "audio") {
        event.audio = value;
        has_audio = true;
      } else if (key == "event_id") {
        event.event_id = value;
      } else {
        return std::nullopt;
      }
    }
    // What may be too long is counted on the slow road.
    if (!is_append || !has_audio || event.event_id.size() > kLongestId) return std::nullopt;
    // Trailing text makes the message something else.
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return std::nullopt;
    return event;
  }

 private:
  simdjson::ondemand::parser parser_;
  std::string buffer_;
};

ClientDecoder::ClientDecoder() : impl_(std::make_unique<Impl>()) {}
ClientDecoder::~ClientDecoder() = default;

ClientEvent ClientDecoder::decode(std::string_view text) {
  if (auto append = impl_->append(text)) return *std::move(append);
  return decode_control(text);
}

std::string audio_delta(std::string_view type, std::string_view event_id, const PartRef& part,
                        std::string_view audio) {
  std::string out = delta_head(type, event_id, part, audio.size() / 3 * 4 + 4);
  runtime::base64_append(out, audio);
  out += R"("})";
  return out;
}

std::string raw_audio_delta(std::string_view type, std::string_view event_id, const PartRef& part,
                            std::string_view text) {
  std::string out = delta_head(type, event_id, part, text.size());
  out += text;
  out += R"("})";
  return out;
}

std::string beta_name(std::string_view type) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kPrefixes = {{
      {"response.output_audio_transcript.", "response.audio_transcript."},
      {"response.output_audio.", "response.audio."},
      {"response.output_text.", "response.text."},
  }};
  for (const auto& [ga, beta] : kPrefixes) {
    if (type.starts_with(ga)) return std::string(beta) + std::string(type.substr(ga.size()));
  }
  if (type == "conversation.item.added") return "conversation.item.created";
  if (type == "conversation.item.done") return {};
  return std::string(type);
}

namespace {

Json or_null(std::string_view text) {
  return text.empty() ? Json() : Json(text);
}

}  // namespace

Json error_event(const ErrorBody& error, std::string_view client_event_id) {
  Json body;
  body["type"] = error.type;
  body["code"] = or_null(error.code);
  body["message"] = error.message;
  body["param"] = or_null(error.param);
  body["event_id"] = or_null(client_event_id);
  Json event;
  event["type"] = "error";
  event["error"] = std::move(body);
  return event;
}

std::string http_error_body(const ErrorBody& error) {
  Json body;
  body["error"] = {{"message", error.message},
                   {"type", error.type},
                   {"param", or_null(error.param)},
                   {"code", or_null(error.code)}};
  return dump(body);
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace simulators::openai
