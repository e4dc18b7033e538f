#pragma once
#include "runtime/core/encoding.hpp"
#include "runtime/core/random.hpp"
#include "tests/support/call_driver.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace support {

inline const std::string kStream = "MZ0123456789abcdef0123456789abcdef";
inline const std::string kStartText =
    R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC0123456789abcdef0123456789abcdef",)"
    R"("streamSid":"MZ0123456789abcdef0123456789abcdef","callSid":"CA0123456789abcdef0123456789abcdef",)"
    R"("tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},)"
    R"("customParameters":{}},"streamSid":"MZ0123456789abcdef0123456789abcdef"})";
inline const std::string kCreated = R"({"type":"session.created","session":{"id":"sess_1"}})";
inline const std::string kUpdated =
    R"({"type":"session.updated","session":{"audio":{"input":{"format":{"type":"audio/pcmu"}},)"
    R"("output":{"format":{"type":"audio/pcmu"}}}}})";

inline std::string media(std::uint64_t timestamp, std::size_t bytes = 160) {
  return fmt::format(
      R"({{"event":"media","sequenceNumber":"2","media":{{"track":"inbound","chunk":"1","timestamp":"{}",)"
      R"("payload":"{}"}},"streamSid":"{}"}})",
      timestamp, runtime::base64_encode(std::string(bytes, 'x')), kStream);
}
inline std::string event(const std::string& type) {
  return fmt::format(R"({{"type":"{}","item_id":"item_u"}})", type);
}
inline std::string delta(const std::string& id, std::size_t bytes) {
  return fmt::format(R"({{"type":"response.output_audio.delta","response_id":"{}","item_id":"i_{}",)"
                     R"("content_index":0,"delta":"{}"}})",
                     id, id, runtime::base64_encode(std::string(bytes, '\x10')));
}
inline std::string created(const std::string& id) {
  return fmt::format(R"({{"type":"response.created","response":{{"id":"{}"}}}})", id);
}
inline std::string done(const std::string& id, const std::string& status = "completed") {
  return fmt::format(R"({{"type":"response.done","response":{{"id":"{}","status":"{}","output":[]}}}})", id,
                     status);
}

/// Something random that a peer says or that time does; what the transports do is the caller's affair.
inline void random_event(CallDriver& call, runtime::Random& random, std::uint64_t& timestamp) {
  const std::string id = "r" + std::to_string(random.below(6));
  const std::vector<std::string> events{"input_audio_buffer.speech_started", "input_audio_buffer.committed",
                                        "input_audio_buffer.speech_stopped"};
  switch (random.below(12)) {
    case 0:
    case 1:
      return call.model(delta(id, random.below(3000)));
    case 2:
      return call.model(event(events[random.below(events.size())]));
    case 3:
      return call.model(created(id));
    case 4:
      return call.model(done(id, random.below(2) == 0 ? "completed" : "cancelled"));
    case 5:
    case 6:
      timestamp += random.below(10) == 0 ? 500 : 20;
      return call.twilio(media(timestamp, random.below(2) == 0 ? 160 : random.below(400)));
    case 7:
      return call.twilio(fmt::format(R"({{"event":"mark","streamSid":"{}","mark":{{"name":"r{}.{}"}}}})",
                                     kStream, random.below(4), random.below(20)));
    case 8:
      if (random.below(30) == 0) call.model_closes();
      call.dial();
      call.model(kCreated);
      return call.model(kUpdated);
    case 9:
      if (random.below(4) != 0) return;
      return call.twilio(fmt::format(R"({{"event":"dtmf","streamSid":"{}","dtmf":{{"digit":"{}"}}}})",
                                     kStream, "0123456789*#"[random.below(12)]));
    default:
      return call.pass(std::chrono::milliseconds(random.below(random.below(20) == 0 ? 3000 : 40)));
  }
}

}  // namespace support
