#pragma once
#include "simulators/twilio/script.hpp"

#include <string>
#include <string_view>

namespace simulators::twilio {

/// After which failures a webhook is asked again.
struct RetryPolicy {
  bool connection = true;      // ct: there was none
  bool read = false;           // rt: no answer in time
  bool client_errors = false;  // 4xx
  bool server_errors = false;  // 5xx
};

/// How a webhook is fetched: Twilio's defaults, and what the fragment of its url says instead
/// ("#ct=2000&rc=0": connect within 2 s, no second attempt).
struct ConnectionOverrides {
  Duration connect = 5s;   // ct: TCP, each attempt
  Duration read = 15s;     // rt: from the connection to the answer
  Duration total = 15s;    // tt
  unsigned retries = 1;    // rc
  RetryPolicy retry;       // rp: several, separated by commas; all: each of them
  bool total_set = false;  // by the url: then its timeout has a code of its own (11203)
  std::string url;         // without the fragment
};
/// Values outside of Twilio's limits, and names that are not known here, are left alone. `webhook_timeout`:
/// the default of `read` and `total`.
ConnectionOverrides read_overrides(std::string_view url, Duration webhook_timeout);

}  // namespace simulators::twilio
