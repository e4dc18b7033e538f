#pragma once
#include "runtime/net/http.hpp"
#include "simulators/twilio/environment.hpp"
#include "simulators/twilio/facts.hpp"
#include "simulators/twilio/instruments.hpp"

#include <boost/asio/awaitable.hpp>

#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace simulators::twilio {

/// One request of a call to the application, before it is sent.
struct Ask {
  HttpExchange::Purpose purpose = HttpExchange::Purpose::voice;
  std::string method = "POST";
  std::string url;
  runtime::net::Form form;
};

/// Sends a call's webhooks as Twilio does: signed, with the call's cookies, following redirects. Keeps the
/// exchanges.
class WebClient {
 public:
  struct Parts {
    const Environment& environment;
    const Account& account;
    Instruments& instruments;
    Duration deadline;
  };
  WebClient(Parts parts, std::string call_sid, std::vector<HttpExchange>& exchanges)
      : parts_(parts), call_sid_(std::move(call_sid)), exchanges_(exchanges) {}

  /// How it went; the exchange is also among the call's facts.
  struct Answer {
    int code = 0;  // of the error dictionary; 0: an HTTP answer came, of whatever status
    std::string error;
    int status = 0;
    std::string content_type;
    std::string body;
    std::string url;  // that answered, after redirects
  };
  boost::asio::awaitable<Answer> send(Ask ask);

 private:
  runtime::net::HttpRequest request_for(const Ask& ask, const runtime::net::Url& url) const;
  void keep_cookies(const runtime::net::Headers& headers);
  void note(const HttpExchange& exchange, runtime::WireLog::Direction direction);

  Parts parts_;
  const std::string call_sid_;
  std::vector<HttpExchange>& exchanges_;
  std::map<std::string, std::string> cookies_;
};

}  // namespace simulators::twilio
