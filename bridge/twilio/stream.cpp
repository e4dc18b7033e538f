#include "bridge/twilio/stream.hpp"

#include "bridge/json/fields.hpp"
#include "bridge/json/reader.hpp"
#include "bridge/json/text.hpp"
#include "runtime/core/encoding.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>

namespace bridge::twilio {
namespace {
using json::Slot;
using Received = std::variant<Message, Rejected>;

/// The values that all messages but `start` are made of.
enum Wanted {
  event,
  stream_sid,
  media_track,
  media_timestamp,
  media_payload,
  mark_name,
  dtmf_digit,
  kWanted
};

Rejected wrong_type(const Slot& slot, std::string_view expected) {
  std::string detail(slot.object);
  if (!detail.empty()) detail.push_back('.');
  detail.append(slot.key).append(slot.kind == Slot::Kind::absent ? " is missing" : " is wrong");
  detail.append("; expected ").append(expected);
  return {Breach::wrong_type, std::move(detail)};
}

/// Far beyond any call, which Twilio ends after a day; and it fits whatever is reckoned in nanoseconds.
constexpr std::uint64_t kLatestMs = 7ULL * 24 * 60 * 60 * 1000;

/// Twilio writes its numbers as strings.
bool parse_number(std::string_view text, std::uint64_t& number) {
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end;
}

std::variant<Start, Rejected> read_start(std::string_view payload) {
  const auto tree = nlohmann::json::parse(payload, nullptr, false);
  if (tree.is_discarded()) return Rejected{Breach::malformed_json, "a start message that is no JSON"};
  std::string problem;
  const json::Fields fields(tree, problem);
  const json::Fields inner = fields.object("start");
  const json::Fields format = inner.object("mediaFormat");
  Start start;
  start.stream = StreamSid(inner.text("streamSid"));
  start.call = CallSid(inner.text("callSid"));
  start.account_sid = inner.text("accountSid");
  start.encoding = format.text("encoding");
  constexpr std::int64_t kNoSuchRate = 1'000'000;  // far beyond any sample rate, and within an int
  start.sample_rate = static_cast<int>(std::min(format.integer("sampleRate"), kNoSuchRate));
  start.channels = static_cast<int>(std::min(format.integer("channels"), kNoSuchRate));
  start.parameters = inner.optional_texts("customParameters");
  if (!fields.ok()) return Rejected{Breach::wrong_type, json::excerpt(problem)};
  if (start.stream.value().empty()) return Rejected{Breach::wrong_type, "start.streamSid is empty"};
  if (start.call.value().empty()) return Rejected{Breach::wrong_type, "start.callSid is empty"};
  return start;
}
}  // namespace

class Stream::Impl {
 public:
  Received receive(std::string_view payload, bool binary);
  bool started() const { return started_; }
  bool stopped() const { return stopped_; }
  const StreamSid& sid() const { return sid_; }

 private:
  Received on_start(std::string_view payload);
  Received on_media();
  Received on_dtmf() const;
  Received on_mark() const;
  std::optional<Rejected> out_of_order(std::string_view name) const;
  const Slot& slot(Wanted wanted) const { return slots_.at(wanted); }

  json::Reader reader_;
  std::array<Slot, kWanted> slots_{{{"", "event"},
                                    {"", "streamSid"},
                                    {"media", "track"},
                                    {"media", "timestamp"},
                                    {"media", "payload"},
                                    {"mark", "name"},
                                    {"dtmf", "digit"}}};
  std::string mulaw_;  // of the last media message
  StreamSid sid_;
  bool started_ = false;
  bool stopped_ = false;
};

Received Stream::Impl::receive(std::string_view payload, bool binary) {
  if (binary) return Rejected{Breach::binary_frame, "Twilio speaks in text frames only"};
  switch (reader_.read(payload, slots_)) {
    case json::Reader::Outcome::malformed:
      return Rejected{Breach::malformed_json, "not one JSON object from first byte to last"};
    case json::Reader::Outcome::not_an_object:
      return Rejected{Breach::wrong_type, "a message is a JSON object"};
    case json::Reader::Outcome::object:
      break;
  }
  if (slot(event).kind != Slot::Kind::text) return wrong_type(slot(event), "a string");
  const std::string_view name = slot(event).text;
  if (name == "connected") return Connected{};
  if (name == "start") return on_start(payload);
  const bool known = name == "media" || name == "dtmf" || name == "mark" || name == "stop";
  if (!known) return Rejected{Breach::unknown_event, "event \"" + json::excerpt(name) + "\""};
  if (auto breach = out_of_order(name)) return std::move(*breach);
  if (name == "media") return on_media();
  if (name == "dtmf") return on_dtmf();
  if (name == "mark") return on_mark();
  stopped_ = true;
  return Stop{};
}

/// What holds for every message of a started stream.
std::optional<Rejected> Stream::Impl::out_of_order(std::string_view name) const {
  if (!started_) return Rejected{Breach::before_start, std::string(name) + " before start"};
  if (stopped_) return Rejected{Breach::after_stop, std::string(name) + " after stop"};
  const Slot& sid = slot(stream_sid);
  if (sid.kind != Slot::Kind::text) return wrong_type(sid, "a string");
  if (sid.text == sid_.value()) return std::nullopt;
  return Rejected{Breach::wrong_stream, "streamSid " + json::excerpt(sid.text) + ", but this stream is " +
                                            json::excerpt(sid_.value())};
}

Received Stream::Impl::on_start(std::string_view payload) {
  if (stopped_) return Rejected{Breach::after_stop, "start after stop"};
  if (started_) return Rejected{Breach::second_start, "start, on a stream that has begun"};
  auto read = read_start(payload);
  if (auto* rejected = std::get_if<Rejected>(&read)) return std::move(*rejected);
  auto& start = std::get<Start>(read);
  const Slot& outer = slot(stream_sid);
  if (outer.kind != Slot::Kind::text) return wrong_type(outer, "a string");
  if (outer.text != start.stream.value()) {
    return Rejected{Breach::wrong_stream, "streamSid and start.streamSid differ"};
  }
  sid_ = start.stream;
  started_ = true;
  return std::move(start);
}

Received Stream::Impl::on_media() {
  Media media;
  if (slot(media_track).kind != Slot::Kind::text) return wrong_type(slot(media_track), "a string");
  if (slot(media_timestamp).kind != Slot::Kind::text ||
      !parse_number(slot(media_timestamp).text, media.timestamp_ms) || media.timestamp_ms > kLatestMs) {
    return wrong_type(slot(media_timestamp), "milliseconds as a string, since the stream's start (" +
                                                 std::to_string(kLatestMs) + " at most)");
  }
  if (slot(media_payload).kind != Slot::Kind::text) return wrong_type(slot(media_payload), "a base64 string");
  if (!runtime::base64_decode(slot(media_payload).text, mulaw_)) {
    return Rejected{Breach::bad_base64,
                    "media.payload of " + std::to_string(slot(media_payload).text.size()) + " characters"};
  }
  media.mulaw = mulaw_;
  media.inbound = slot(media_track).text == "inbound";
  return media;
}

Received Stream::Impl::on_dtmf() const {
  static constexpr std::string_view kKeys = "0123456789*#ABCD";
  const Slot& digit = slot(dtmf_digit);
  const bool valid = digit.kind == Slot::Kind::text && digit.text.size() == 1 &&
                     kKeys.find(digit.text.front()) != std::string_view::npos;
  if (!valid) return wrong_type(digit, "one of 0-9 * # A-D");
  return Dtmf{digit.text.front()};
}

Received Stream::Impl::on_mark() const {
  if (slot(mark_name).kind != Slot::Kind::text) return wrong_type(slot(mark_name), "a string");
  return MarkEcho{slot(mark_name).text};
}

Stream::Stream() : impl_(std::make_unique<Impl>()) {}
Stream::~Stream() = default;
std::variant<Message, Rejected> Stream::receive(std::string_view payload, bool binary) {
  return impl_->receive(payload, binary);
}
bool Stream::started() const {
  return impl_->started();
}
bool Stream::stopped() const {
  return impl_->stopped();
}
const StreamSid& Stream::sid() const {
  return impl_->sid();
}

void write_media(std::string& out, const StreamSid& stream, std::string_view mulaw) {
  out.assign(R"({"event":"media","streamSid":)");
  json::append_string(out, stream.value());
  out.append(R"(,"media":{"payload":")");
  runtime::base64_append(out, mulaw);
  out.append(R"("}})");
}

void write_mark(std::string& out, const StreamSid& stream, std::string_view name) {
  out.assign(R"({"event":"mark","streamSid":)");
  json::append_string(out, stream.value());
  out.append(R"(,"mark":{"name":)");
  json::append_string(out, name);
  out.append("}}");
}

void write_clear(std::string& out, const StreamSid& stream) {
  out.assign(R"({"event":"clear","streamSid":)");
  json::append_string(out, stream.value());
  out.push_back('}');
}

}  // namespace bridge::twilio
