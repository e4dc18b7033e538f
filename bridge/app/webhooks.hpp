#pragma once
#include "bridge/app/callbacks.hpp"
#include "bridge/app/state.hpp"
#include "runtime/net/http.hpp"

#include <boost/asio/awaitable.hpp>

#include <string_view>

namespace bridge::app {

/// Twilio's webhooks: each request answered from what it says and what the registry knows. No I/O, but for
/// telling Twilio to end a call whose stream is not here.
class Webhooks {
 public:
  explicit Webhooks(State& state) : state_(state), callbacks_(state) {}

  /// `path` below /webhook. 404 for an unknown one.
  boost::asio::awaitable<runtime::net::HttpResponse> respond(const runtime::net::HttpRequest& request,
                                                             std::string_view path);

 private:
  struct Hook;  // one request, taken apart

  boost::asio::awaitable<runtime::net::HttpResponse> answer(const Hook& hook, std::string_view path);
  runtime::net::HttpResponse voice(const Hook& hook, Direction direction);
  runtime::net::HttpResponse draining(const Hook& hook, Direction direction);
  runtime::net::HttpResponse nobody_answers(const Hook& hook, Direction direction, std::string_view ours);
  /// Takes the call's place. Which limit keeps it out, for the log; empty: none.
  std::string no_place(const Hook& hook, Direction direction);
  /// For a call that finds no place: the line is busy.
  runtime::net::HttpResponse busy(const Hook& hook, Direction direction, std::string_view why);
  runtime::net::HttpResponse stream_ended(const Hook& hook);
  runtime::net::HttpResponse transfer_ended(const Hook& hook);
  runtime::net::HttpResponse call_status(const Hook& hook);
  /// Twilio's verdict on who answered, where the document did not wait for it.
  boost::asio::awaitable<runtime::net::HttpResponse> machine_detection(const Hook& hook);
  /// TwiML that opens the stream; logs the marker and counts it.
  runtime::net::HttpResponse stream_document(const Hook& hook, Direction direction, int attempt);

  State& state_;
  Callbacks callbacks_;
};

/// Counts one answer under voicebridge_webhook_requests_total.
void count_answer(State& state, std::string_view route, int status);

}  // namespace bridge::app
