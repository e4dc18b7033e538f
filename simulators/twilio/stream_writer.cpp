#include "simulators/twilio/stream_writer.hpp"

#include "runtime/core/encoding.hpp"

#include <nlohmann/json.hpp>

#include <charconv>

namespace simulators::twilio {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

/// As a JSON string, quotes included. Bytes that are no UTF-8 are replaced: they could not be sent in a text
/// message.
std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void StreamWriter::connected(std::string& out) {
  out += R"({"event":"connected","protocol":"Call","version":"1.0.0"})";
}

void StreamWriter::sequence(std::string& out) {
  out += R"("sequenceNumber":")";
  append_number(out, ++sequence_);
  out += '"';
}

void StreamWriter::start(std::string& out) {
  out += R"({"event":"start",)";
  sequence(out);
  out += R"(,"start":{"accountSid":)" + json_text(id_.account_sid) + R"(,"streamSid":)" +
         json_text(id_.stream_sid) + R"(,"callSid":)" + json_text(id_.call_sid) + R"(,"tracks":[)";
  for (std::size_t i = 0; i < id_.tracks.size(); ++i) out += (i == 0 ? "" : ",") + json_text(id_.tracks[i]);
  out +=
      R"(],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{)";
  for (std::size_t i = 0; i < id_.parameters.size(); ++i) {
    out +=
        (i == 0 ? "" : ",") + json_text(id_.parameters[i].first) + ":" + json_text(id_.parameters[i].second);
  }
  out += R"(}},"streamSid":)" + json_text(id_.stream_sid) + "}";
}

void StreamWriter::media(std::string& out, Track track, std::uint64_t timestamp_ms, std::string_view mulaw) {
  const bool inbound = track == Track::inbound;
  out += R"({"event":"media",)";
  sequence(out);
  out += inbound ? R"(,"media":{"track":"inbound","chunk":")" : R"(,"media":{"track":"outbound","chunk":")";
  append_number(out, ++chunks_[inbound ? 0 : 1]);
  out += R"(","timestamp":")";
  append_number(out, timestamp_ms);
  out += R"(","payload":")";
  runtime::base64_append(out, mulaw);
  out += R"("},"streamSid":")";
  out += id_.stream_sid;
  out += "\"}";
}

void StreamWriter::skip(Track track) {
  ++sequence_;
  ++chunks_[track == Track::inbound ? 0 : 1];
}

void StreamWriter::dtmf(std::string& out, char digit) {
  out += R"({"event":"dtmf","streamSid":)" + json_text(id_.stream_sid) + ",";
  sequence(out);
  out += R"(,"dtmf":{"track":"inbound_track","digit":)" + json_text(std::string_view(&digit, 1)) + "}}";
}

void StreamWriter::mark(std::string& out, std::string_view name) {
  out += R"({"event":"mark",)";
  sequence(out);
  out += R"(,"streamSid":)" + json_text(id_.stream_sid) + R"(,"mark":{"name":)" + json_text(name) + "}}";
}

void StreamWriter::stop(std::string& out) {
  out += R"({"event":"stop",)";
  sequence(out);
  out += R"(,"streamSid":)" + json_text(id_.stream_sid) + R"(,"stop":{"accountSid":)" +
         json_text(id_.account_sid) + R"(,"callSid":)" + json_text(id_.call_sid) + "}}";
}

}  // namespace simulators::twilio
