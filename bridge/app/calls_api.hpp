#pragma once
#include "bridge/app/state.hpp"
#include "runtime/net/http.hpp"
#include "runtime/net/url.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace bridge::app {

/// The operator's own API. POST /calls starts an outbound call at Twilio; GET /calls lists what this process
/// knows, GET /calls/{CallSid} tells all of one, DELETE ends it. All ask for `Authorization: Bearer` with
/// outbound.api_token. JSON throughout; errors say what to do, and answers which replica gave them.
class CallsApi {
 public:
  explicit CallsApi(State& state) : state_(state) {}
  /// `call_sid`: what stands behind /calls/; empty for /calls itself.
  boost::asio::awaitable<runtime::net::HttpResponse> respond(const runtime::net::HttpRequest& request,
                                                             std::string_view call_sid);

 private:
  runtime::net::HttpResponse show(std::string_view call_sid) const;
  /// Asks for the call's end: 202, and the call as it is now. 200: it is over already.
  boost::asio::awaitable<runtime::net::HttpResponse> finish(std::string call_sid);
  runtime::net::HttpResponse not_here(std::string_view call_sid) const;
  /// `message`: said beside it, if there is any.
  runtime::net::HttpResponse details(int status, std::string_view call_sid, const CallRecord& call,
                                     std::string_view message = {}) const;
  boost::asio::awaitable<runtime::net::HttpResponse> list(std::string target) const;
  boost::asio::awaitable<runtime::net::HttpResponse> create(const runtime::net::HttpRequest& request);
  /// Twilio's answer to Calls.json, turned into ours.
  runtime::net::HttpResponse created(const RestAnswer& answered, const std::string& to,
                                     const std::string& reservation);
  runtime::net::HttpResponse runs_elsewhere(std::string_view call_sid, const CallRecord& call) const;
  runtime::net::Form form_for(const std::string& to, std::string_view placement) const;
  bool allowed(std::string_view number) const;

  State& state_;
};

}  // namespace bridge::app
