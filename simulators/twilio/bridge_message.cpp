#include "simulators/twilio/bridge_message.hpp"

#include "runtime/core/encoding.hpp"
#include "runtime/core/utf8.hpp"

#include <simdjson.h>

#include <optional>
#include <utility>

namespace simulators::twilio {
namespace {

/// The fields of one message, as far as they were found. `problem` wins over all.
struct Fields {
  std::optional<std::string> event;
  std::optional<std::string> stream_sid;
  std::optional<std::string_view> payload;  // base64, still in the parser's buffer
  std::optional<std::string> mark_name;
  bool media = false;
  bool mark = false;
  std::string problem;
};

std::string shortened(std::string_view text) {
  std::string shown(runtime::utf8_prefix(text, 40));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  }
  return text.size() > 40 ? shown + "..." : shown;
}

std::string describe(std::string_view key, std::string_view expected) {
  return "field \"" + shortened(key) + "\" must be " + std::string(expected);
}

}  // namespace

class BridgeMessageReader::Impl {
 public:
  Impl(std::string sid, Tolerance tolerance) : sid_(std::move(sid)), tolerance_(tolerance) {}

  BridgeMessage read(std::string_view payload) {
    buffer_.assign(payload);
    buffer_.reserve(buffer_.size() + simdjson::SIMDJSON_PADDING);
    Fields fields;
    if (const auto error = scan(fields); error != simdjson::SUCCESS) {
      return BadMessage{31951, std::string("no valid JSON object: ") + simdjson::error_message(error)};
    }
    if (!fields.problem.empty()) return BadMessage{31951, std::move(fields.problem)};
    return judge(fields);
  }

 private:
  using Value = simdjson::ondemand::value;

  simdjson::error_code scan(Fields& fields) {
    simdjson::ondemand::document document;
    const simdjson::padded_string_view view(buffer_.data(), buffer_.size(), buffer_.capacity());
    if (const auto error = parser_.iterate(view).get(document)) return error;
    simdjson::ondemand::object object;
    if (const auto error = document.get_object().get(object)) return error;
    for (auto field : object) {
      std::string_view key;
      if (const auto error = field.unescaped_key().get(key)) return error;
      Value value;
      if (const auto error = field.value().get(value)) return error;
      if (const auto error = take(fields, key, value)) return error;
      if (!fields.problem.empty()) return simdjson::SUCCESS;
    }
    const char* rest = nullptr;
    const bool at_end = document.current_location().get(rest) == simdjson::OUT_OF_BOUNDS;
    return at_end ? simdjson::SUCCESS : simdjson::TAPE_ERROR;
  }

  simdjson::error_code take(Fields& fields, std::string_view key, Value value) {
    if (key == "event") return text(fields, key, value, fields.event);
    if (key == "streamSid") return text(fields, key, value, fields.stream_sid);
    if (key == "media") {
      fields.media = true;
      return nested(fields, "media", "payload", value, [&](Value inner) {
        std::string_view found;
        const auto error = inner.get_string().get(found);
        if (error == simdjson::INCORRECT_TYPE) {
          fields.problem = describe("media.payload", "a string");
        } else if (error == simdjson::SUCCESS) {
          fields.payload = found;
        }
        return error == simdjson::INCORRECT_TYPE ? simdjson::SUCCESS : error;
      });
    }
    if (key == "mark") {
      fields.mark = true;
      return nested(fields, "mark", "name", value,
                    [&](Value inner) { return text(fields, "mark.name", inner, fields.mark_name); });
    }
    if (tolerance_.extra_fields) return simdjson::SUCCESS;
    fields.problem = "unexpected field \"" + shortened(key) + "\"; known are event, streamSid, media, mark";
    return simdjson::SUCCESS;
  }

  static simdjson::error_code text(Fields& fields, std::string_view key, Value value,
                                   std::optional<std::string>& into) {
    std::string_view found;
    const auto error = value.get_string().get(found);
    if (error == simdjson::INCORRECT_TYPE) {
      fields.problem = describe(key, "a string");
      return simdjson::SUCCESS;
    }
    if (error == simdjson::SUCCESS) into = std::string(found);
    return error;
  }

  template <class Take>
  simdjson::error_code nested(Fields& fields, std::string_view name, std::string_view only, Value value,
                              Take take_one) {
    simdjson::ondemand::object object;
    if (const auto error = value.get_object().get(object)) {
      if (error != simdjson::INCORRECT_TYPE) return error;
      fields.problem = describe(name, "an object");
      return simdjson::SUCCESS;
    }
    for (auto field : object) {
      std::string_view key;
      if (const auto error = field.unescaped_key().get(key)) return error;
      Value inner;
      if (const auto error = field.value().get(inner)) return error;
      if (key != only) {
        if (tolerance_.extra_fields) continue;
        fields.problem = "unexpected field \"" + std::string(name) + "." + shortened(key) + "\"; known is " +
                         std::string(only);
        return simdjson::SUCCESS;
      }
      if (const auto error = take_one(inner)) return error;
      if (!fields.problem.empty()) return simdjson::SUCCESS;
    }
    return simdjson::SUCCESS;
  }

  BridgeMessage judge(Fields& fields) {
    const auto bad = [](std::string text) { return BadMessage{31951, std::move(text)}; };
    if (!fields.event) return bad("field \"event\" is missing");
    const std::string& event = *fields.event;
    if (event != "media" && event != "mark" && event != "clear") {
      return bad("unknown event \"" + shortened(event) + "\"; a server sends media, mark or clear");
    }
    if (!fields.stream_sid) return bad("field \"streamSid\" is missing");
    if (*fields.stream_sid != sid_) {
      return bad("streamSid \"" + shortened(*fields.stream_sid) + "\" is not this stream's, \"" + sid_ +
                 "\"");
    }
    if (fields.media && event != "media") return bad("field \"media\" does not belong into a " + event);
    if (fields.mark && event != "mark") return bad("field \"mark\" does not belong into a " + event);
    if (event == "clear") return BridgeClear{};
    if (event == "mark") {
      if (!fields.mark_name) return bad("field \"mark.name\" is missing");
      return BridgeMark{std::move(*fields.mark_name)};
    }
    if (!fields.payload) return bad("field \"media.payload\" is missing");
    if (!runtime::base64_decode(*fields.payload, mulaw_)) return bad("media.payload is no base64");
    if (mulaw_.empty() && !tolerance_.empty_payload) return bad("media.payload is empty");
    return BridgeMedia{mulaw_};
  }

  const std::string sid_;
  const Tolerance tolerance_;
  simdjson::ondemand::parser parser_;
  std::string buffer_;
  std::string mulaw_;
};

BridgeMessageReader::BridgeMessageReader(std::string stream_sid, Tolerance tolerance)
    : impl_(std::make_unique<Impl>(std::move(stream_sid), tolerance)) {}
BridgeMessageReader::~BridgeMessageReader() = default;

BridgeMessage BridgeMessageReader::read(std::string_view payload, bool binary) {
  if (binary)
    return BadMessage{31950,
                      "a binary frame of " + std::to_string(payload.size()) + " bytes; messages are text"};
  return impl_->read(payload);
}

}  // namespace simulators::twilio
