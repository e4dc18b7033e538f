#pragma once
#include "bridge/app/config.hpp"
#include "metrics/sheet.hpp"
#include "runtime/async/clock.hpp"
#include "runtime/core/random.hpp"
#include "runtime/net/network.hpp"
#include "runtime/net/url.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace bridge::app {

/// A call as Twilio's API tells of it.
struct RestCall {
  std::string sid, status;
};

/// Why Twilio did not do what it was asked.
struct RestError {
  runtime::error_code network;  // set: no answer came
  int http_status = 0;          // 0: no answer
  int code = 0;                 // Twilio's error code; 0: it named none
  std::string message;          // Twilio's words, or the network's; truncated
  std::string body;             // the answer, as it came; truncated
  bool maybe_taken = false;     // Twilio may have done it all the same
  /// The call has ended already: nothing is left to be done to it. Not what Twilio says of a call that it
  /// does not know (20404): calls that are over it still knows, so that one belongs to another account.
  bool already_over() const { return code == 21220; }
  /// One line for the log, without anything secret.
  std::string text() const;
};

using RestAnswer = std::variant<RestCall, RestError>;

/// All that this bridge asks of Twilio's REST API. Each request is sent again only where doing it twice is
/// the same as doing it once: never after it may have been taken, but for an end, which can be asked for
/// twice. Each coroutine must be awaited by an owner that this outlives.
class TwilioRest {
 public:
  TwilioRest(runtime::net::Network& network, runtime::Clock& clock, runtime::Random& random,
             const Config::Twilio& account, metrics::Sheet& sheet);

  /// There are credentials to ask with.
  bool usable() const { return !account_.account_sid.empty() && !account_.auth_token.empty(); }

  /// POST Calls.json; `form` as the API has it (To, From, Url, ...).
  boost::asio::awaitable<RestAnswer> create(runtime::net::Form form);
  /// Replaces what the call is doing by `twiml`, a whole document. An open stream ends with `stop`.
  boost::asio::awaitable<RestAnswer> update(std::string call_sid, std::string twiml);
  /// Ends the call, whatever it is doing.
  boost::asio::awaitable<RestAnswer> complete(std::string call_sid);

 private:
  enum class Operation { create, update, complete };
  boost::asio::awaitable<RestAnswer> ask(Operation operation, std::string resource, runtime::net::Form form);
  void count(Operation operation, std::string_view outcome);
  runtime::net::HttpRequest request(std::string_view body) const;

  runtime::net::Network& network_;
  runtime::Clock& clock_;
  runtime::Random& random_;
  const Config::Twilio& account_;
  metrics::Sheet& sheet_;
};

}  // namespace bridge::app
