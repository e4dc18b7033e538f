#pragma once
#include "bridge/app/state.hpp"
#include "runtime/net/http.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace bridge::app {

/// The operator's own API: POST /calls starts an outbound call at Twilio, GET /calls lists what this process
/// knows. Both ask for `Authorization: Bearer` with outbound.api_token. JSON throughout; errors say what to
/// do.
class CallsApi {
 public:
  explicit CallsApi(State& state) : state_(state) {}
  boost::asio::awaitable<runtime::net::HttpResponse> respond(const runtime::net::HttpRequest& request);

 private:
  runtime::net::HttpResponse list() const;
  boost::asio::awaitable<runtime::net::HttpResponse> create(const runtime::net::HttpRequest& request);
  /// Twilio's answer to Calls.json, turned into ours.
  runtime::net::HttpResponse created(const RestAnswer& answered, const std::string& to);
  bool allowed(std::string_view number) const;

  State& state_;
};

}  // namespace bridge::app
