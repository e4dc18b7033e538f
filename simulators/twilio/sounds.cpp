#include "simulators/twilio/sounds.hpp"

#include "runtime/audio/sound_file.hpp"
#include "runtime/audio/speech.hpp"
#include "runtime/audio/synth.hpp"

#include <algorithm>

namespace simulators::twilio {
namespace audio = runtime::audio;
using namespace std::chrono_literals;
using runtime::Samples8k;
namespace {

constexpr Samples8k kKeyTone{8 * 100};
constexpr Samples8k kKeyGap{8 * 100};

Samples8k samples(runtime::Duration length) {
  return std::chrono::duration_cast<Samples8k>(length);
}

/// The language as espeak-ng may know it: whole first, then its first part ("cmn-CN", then "cmn").
std::variant<audio::Clip, std::string> read_aloud(std::string_view text, std::string_view language) {
  audio::Voice voice;
  voice.name = std::string(language);
  auto spoken = audio::speak(text, voice);
  const auto dash = language.find('-');
  if (std::holds_alternative<audio::Clip>(spoken) || dash == std::string_view::npos) return spoken;
  voice.name = std::string(language.substr(0, dash));
  return audio::speak(text, voice);
}

}  // namespace

runtime::Duration reading_time(std::string_view text) {
  const auto characters = std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  return characters * 66ms;
}

const audio::Clip& Sounds::say(std::string_view text, std::string_view language) {
  const std::pair key{std::string(language), std::string(text)};
  const auto known = spoken_.find(key);
  if (known != spoken_.end()) return known->second;
  if (spoken_.size() == kKept) spoken_.clear();
  auto spoken = read_aloud(text, language);
  auto* clip = std::get_if<audio::Clip>(&spoken);
  auto heard = clip != nullptr ? std::move(*clip) : audio::silence(samples(reading_time(text)));
  return spoken_.emplace(key, std::move(heard)).first->second;
}

audio::Clip Sounds::keys(std::string_view digits) {
  audio::Clip all;
  for (const char key : digits) {
    if (key == 'w' || key == 'W') {
      all.mulaw += audio::silence(samples(key == 'w' ? 500ms : 1000ms)).mulaw;
    } else {
      all.mulaw += audio::dtmf(std::string_view(&key, 1), kKeyTone, kKeyGap).mulaw;
    }
  }
  return all;
}

std::variant<audio::Clip, Finding> Sounds::file(std::string_view url, int status,
                                                std::string_view content_type, std::string_view body) {
  const std::string name(url);
  if (status < 200 || status > 299) {
    return Finding{11200, false, "<Play> " + name + ": answered " + std::to_string(status)};
  }
  const auto type = content_type.substr(0, content_type.find(';'));
  if (!type.starts_with("audio/")) {
    return Finding{13420, false,
                   "<Play> " + name + ": Content-Type \"" + std::string(content_type) +
                       "\"; it must be audio/mpeg, audio/wav or another of audio/*"};
  }
  if ((type == "audio/ulaw" || type == "audio/basic") && !body.starts_with(".snd")) {
    return audio::Clip{std::string(body)};
  }
  auto clip = audio::decode_clip(body, name);
  if (auto* decoded = std::get_if<audio::Clip>(&clip)) return std::move(*decoded);
  return Finding{11200, false, "<Play> " + std::get<std::string>(clip)};
}

audio::Clip Sounds::beep() {
  return audio::tone(1000, -20, samples(1s));
}

}  // namespace simulators::twilio
