#include "simulators/twilio/recording_media.hpp"

#include "runtime/audio/g711.hpp"
#include "runtime/audio/wav.hpp"

#include <string>

namespace simulators::twilio {
namespace {

runtime::audio::Pcm interleaved(const runtime::audio::Pcm& left, const runtime::audio::Pcm& right) {
  runtime::audio::Pcm both;
  both.reserve(2 * left.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    both.push_back(left[i]);
    both.push_back(i < right.size() ? right[i] : std::int16_t{0});
  }
  return both;
}

}  // namespace

std::optional<runtime::net::HttpResponse> recording_media(const Account& account,
                                                          const runtime::net::HttpRequest& request,
                                                          const FindRecording& find) {
  const std::string prefix = "/2010-04-01/Accounts/" + account.sid + "/Recordings/";
  std::string_view path = runtime::net::path_of(request.target);
  if (request.method != "GET" || !path.starts_with(prefix) || path.ends_with(".json")) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (path.ends_with(".wav")) path.remove_suffix(4);
  const RecordingFacts* recording = find(path);
  if (recording == nullptr || recording->running) {
    return runtime::net::make_response(404, "text/plain",
                                       "there is no recording " + std::string(path) +
                                           (recording == nullptr ? "\n" : " yet: it is running\n"));
  }
  runtime::audio::Pcm pcm = runtime::audio::mulaw_decode(recording->mulaw);
  if (!recording->second.empty()) pcm = interleaved(pcm, runtime::audio::mulaw_decode(recording->second));
  return runtime::net::make_response(
      200, "audio/x-wav", runtime::audio::wav_bytes(pcm, 8000, static_cast<int>(recording->channels())));
}

}  // namespace simulators::twilio
