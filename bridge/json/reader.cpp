#include "bridge/json/reader.hpp"

#include <simdjson.h>

#include <string>

namespace bridge::json {
namespace {
namespace dom = simdjson::dom;

void fill(Slot& slot, const dom::element& value) {
  slot = {slot.object, slot.key, Slot::Kind::other};
  if (value.get(slot.text) == simdjson::SUCCESS) slot.kind = Slot::Kind::text;
  if (value.is<std::int64_t>() && value.get(slot.integer) == simdjson::SUCCESS)
    slot.kind = Slot::Kind::integer;
  if (value.is_null()) slot.kind = Slot::Kind::null;
}

void fill_from(const dom::object& fields, std::string_view name, std::span<Slot> slots) {
  for (const auto field : fields) {
    for (Slot& slot : slots) {
      if (slot.object == name && slot.key == field.key) fill(slot, field.value);
    }
  }
}
}  // namespace

class Reader::Impl {
 public:
  Outcome read(std::string_view message, std::span<Slot> slots) {
    for (Slot& slot : slots) slot = {slot.object, slot.key};
    // simdjson reads up to SIMDJSON_PADDING bytes beyond the message.
    if (buffer_.size() < message.size() + simdjson::SIMDJSON_PADDING) {
      buffer_.resize(message.size() + simdjson::SIMDJSON_PADDING);
    }
    message.copy(buffer_.data(), message.size());

    dom::element root;
    constexpr bool kCopyAgain = false;
    if (parser_.parse(buffer_.data(), message.size(), kCopyAgain).get(root) != simdjson::SUCCESS) {
      return Outcome::malformed;
    }
    dom::object fields;
    if (root.get(fields) != simdjson::SUCCESS) return Outcome::not_an_object;
    fill_from(fields, {}, slots);
    for (const auto field : fields) {
      dom::object inner;
      if (!field.key.empty() && field.value.get(inner) == simdjson::SUCCESS)
        fill_from(inner, field.key, slots);
    }
    return Outcome::object;
  }

 private:
  dom::parser parser_;
  std::string buffer_;  // the message and simdjson's padding; only grows
};

Reader::Reader() : impl_(std::make_unique<Impl>()) {}
Reader::~Reader() = default;
Reader::Outcome Reader::read(std::string_view message, std::span<Slot> slots) {
  return impl_->read(message, slots);
}

}  // namespace bridge::json
