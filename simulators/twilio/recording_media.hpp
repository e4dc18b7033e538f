#pragma once
#include "runtime/net/http.hpp"
#include "simulators/twilio/environment.hpp"
#include "simulators/twilio/facts.hpp"

#include <functional>
#include <optional>
#include <string_view>

namespace simulators::twilio {

/// The recording of this sid; null: none.
using FindRecording = std::function<const RecordingFacts*(std::string_view sid)>;
/// What a RecordingUrl (with or without ".wav") leads to: 16-bit WAV at 8 kHz; 404 for one that is not there.
/// Public, as Twilio's are by default. Nullopt: the request is for something else.
std::optional<runtime::net::HttpResponse> recording_media(const Account& account,
                                                          const runtime::net::HttpRequest& request,
                                                          const FindRecording& find);

}  // namespace simulators::twilio
