#pragma once
#include "runtime/net/http.hpp"
#include "simulators/twilio/rest_resources.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// `GET .../Transcriptions.json` under `path`: of the account, or of the recording `recording` (not empty).
/// The newest first, in pages.
runtime::net::HttpResponse list_transcriptions(const std::vector<const CallFacts*>& calls,
                                               std::string_view recording, std::string path,
                                               std::string_view query, const Account& account,
                                               RestMoment moment);
/// `GET .../Transcriptions/{sid}.json`; 404 (for `path`) when no call has it.
runtime::net::HttpResponse show_transcription(const std::vector<const CallFacts*>& calls,
                                              std::string_view sid, std::string_view path,
                                              const Account& account, RestMoment moment);

}  // namespace simulators::twilio
