#pragma once
#include "runtime/net/http.hpp"
#include "simulators/twilio/rest_resources.hpp"

#include <vector>

namespace simulators::twilio {

/// `GET Calls.json`: the newest first, filtered and in pages. `calls` in the order of their beginning;
/// `query` as on the request line.
runtime::net::HttpResponse list_calls(const std::vector<const CallFacts*>& calls, std::string_view query,
                                      const Account& account, const RestSettings& settings,
                                      RestMoment moment);

}  // namespace simulators::twilio
