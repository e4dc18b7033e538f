#pragma once
#include "runtime/net/http.hpp"
#include "simulators/twilio/rest_resources.hpp"

#include <string_view>
#include <vector>

namespace simulators::twilio {

/// `GET .../Recordings.json` under `path` (a call's, or the account's): the newest first, in pages.
runtime::net::HttpResponse list_recordings(const std::vector<const CallFacts*>& calls, std::string path,
                                           std::string_view query, const Account& account, RestMoment moment);
/// `GET .../Recordings/{sid}.json`; 404 (for `path`) when none of the calls made it.
runtime::net::HttpResponse show_recording(const std::vector<const CallFacts*>& calls, std::string_view sid,
                                          std::string_view path, const Account& account, RestMoment moment);

}  // namespace simulators::twilio
