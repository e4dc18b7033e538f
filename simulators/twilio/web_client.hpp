#pragma once
#include "runtime/net/http.hpp"
#include "runtime/net/network.hpp"
#include "simulators/twilio/connection_overrides.hpp"
#include "simulators/twilio/environment.hpp"
#include "simulators/twilio/facts.hpp"
#include "simulators/twilio/instruments.hpp"
#include "simulators/twilio/line.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// One request of a call to the application, before it is sent.
struct Ask {
  HttpExchange::Purpose purpose = HttpExchange::Purpose::voice;
  std::string method = "POST";
  std::string url;
  runtime::net::Form form;
};

/// Sends a call's webhooks as Twilio does: signed, with the call's cookies, following redirects, trying twice
/// to connect, within the limits that the url's fragment may set. A GET is asked again with If-None-Match,
/// and answered from what is kept; a POST never. Keeps the exchanges.
class WebClient {
 public:
  struct Parts {
    const Environment& environment;
    const Account& account;
    Instruments& instruments;
    const Knobs& knobs;
    const LineTraits& line;
  };
  WebClient(Parts parts, std::string call_sid, std::vector<HttpExchange>& exchanges);

  /// How it went; the exchange is also among the call's facts.
  struct Answer {
    int code = 0;  // of the error dictionary; 0: an HTTP answer came, of whatever status
    std::string error;
    int status = 0;
    std::string content_type;
    bool chunked = false;
    std::string body;
    std::string url;           // that answered, after redirects
    std::size_t exchange = 0;  // index of the last one: redirects and further tries have one each
  };
  boost::asio::awaitable<Answer> send(Ask ask);

 private:
  struct Kept {
    std::string etag;
    std::string last_modified;
    std::string content_type;
    std::string body;
  };
  boost::asio::awaitable<runtime::net::Fetched> fetch(const Ask& ask, std::size_t& exchange,
                                                      runtime::net::Url url,
                                                      runtime::net::HttpRequest request,
                                                      ConnectionOverrides limits, TimePoint deadline);
  boost::asio::awaitable<runtime::net::Fetched> over_the_line(runtime::net::Url url,
                                                              runtime::net::HttpRequest request,
                                                              Duration read);
  void settle(runtime::net::Form& form) const;
  runtime::net::HttpRequest request_for(const Ask& ask, const std::string& token) const;
  void keep_cookies(const runtime::net::Headers& headers);
  void keep_answer(const Ask& ask, const runtime::net::Headers& headers, Answer& answer);
  void note(const HttpExchange& exchange, runtime::WireLog::Direction direction);
  std::size_t begin_exchange(const Ask& ask, const runtime::net::HttpRequest& request);
  Answer note_answer(std::size_t exchange, runtime::net::HttpResponse response);

  Parts parts_;
  Line to_bridge_, from_bridge_;
  const std::string call_sid_;
  std::vector<HttpExchange>& exchanges_;
  std::map<std::string, std::string> cookies_;
  std::map<std::string, Kept> kept_;  // by url
};

}  // namespace simulators::twilio
