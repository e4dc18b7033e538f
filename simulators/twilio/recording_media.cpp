#include "simulators/twilio/recording_media.hpp"

#include "runtime/audio/g711.hpp"
#include "runtime/audio/wav.hpp"

#include <string>

namespace simulators::twilio {

std::optional<runtime::net::HttpResponse> recording_media(const Account& account,
                                                          const runtime::net::HttpRequest& request,
                                                          const FindRecording& find) {
  const std::string prefix = "/2010-04-01/Accounts/" + account.sid + "/Recordings/";
  std::string_view path = runtime::net::path_of(request.target);
  if (request.method != "GET" || !path.starts_with(prefix) || path.ends_with(".json")) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (path.ends_with(".wav")) path.remove_suffix(4);
  const RecordingFacts* recording = find(path);
  if (recording == nullptr) {
    return runtime::net::make_response(404, "text/plain",
                                       "there is no recording " + std::string(path) + "\n");
  }
  return runtime::net::make_response(
      200, "audio/x-wav", runtime::audio::wav_bytes(runtime::audio::mulaw_decode(recording->mulaw), 8000));
}

}  // namespace simulators::twilio
