#pragma once
#include "runtime/audio/clip.hpp"
#include "simulators/twilio/twiml.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace simulators::twilio {

/// What `<Say>` and `<Play>` sound like on the line.
class Sounds {
 public:
  struct Spoken {
    runtime::audio::Clip clip;
    std::string remark;  // that it is not what was asked for; empty: it is
  };
  /// The text read aloud once; in English where espeak-ng has no voice for the language, and silence of the
  /// time that reading takes where it cannot read at all.
  const Spoken& say(std::string_view text, std::string_view language);
  /// Keys as tones; `w` is half a second of silence, `W` a whole one.
  static runtime::audio::Clip keys(std::string_view digits);
  /// A fetched file. The finding says why it cannot be played.
  static std::variant<runtime::audio::Clip, Finding> file(std::string_view url, int status,
                                                          std::string_view content_type,
                                                          std::string_view body);
  static runtime::audio::Clip beep();

 private:
  static constexpr std::size_t kKept = 200;  // texts; beyond, all are forgotten
  std::map<std::pair<std::string, std::string>, Spoken> spoken_;
};

/// How long reading `text` aloud takes, at about 15 characters a second.
runtime::Duration reading_time(std::string_view text);

}  // namespace simulators::twilio
