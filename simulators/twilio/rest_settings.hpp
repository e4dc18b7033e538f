#pragma once
#include "runtime/core/time.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace simulators::twilio {

/// A second way to sign in: `SK...` and its secret.
struct ApiKey {
  std::string sid;
  std::string secret;
  bool reads_only = false;  // a restricted key: what is no GET is refused (403)
};

/// What an `ApplicationSid` stands for.
struct Application {
  std::string sid;
  std::string voice_url;
  std::string voice_method = "POST";
  std::string fallback_url;
  std::string fallback_method = "POST";
  std::string status_callback;
  std::string status_callback_method = "POST";
};

/// How the account behaves that the REST API serves.
struct RestSettings {
  std::vector<ApiKey> api_keys;
  std::vector<Application> applications;
  std::vector<std::string> own_numbers;  // who may call; empty: any number (else 21210)
  /// The numbers that Twilio's test credentials refuse are refused: +15005550001 and its neighbours.
  bool magic_numbers = true;
  /// Calls created beyond this rate wait as `queued`; 0: none does.
  double calls_per_second = 1;
  /// Calls at once; one created beyond it fails with 10004. 0: any number.
  std::size_t concurrent_calls = 0;
  int forbidden_code = 20003;  // of what a restricted key may not do
  /// Of 21213.
  std::string missing_from = "No 'From' number is specified";
  /// An invalid StatusCallback or StatusCallbackEvent (21609, 21626): false: the call is created, and its
  /// callbacks do not come.
  bool bad_callbacks_refused = false;
  /// The API is eventually consistent: until so long after its creation a call is fetched in vain (20404).
  runtime::Duration visible_after{0};
  /// Requests in work at once; one more is answered by 20429. 0: any number.
  unsigned concurrent_requests = 0;
  /// A call that is still queued has no date_created and date_updated.
  bool null_dates = false;
  /// A request is in work for so long.
  runtime::Duration latency{0};
  /// A call's price is known so long after its end.
  runtime::Duration priced_after = std::chrono::seconds(5);
};

}  // namespace simulators::twilio
