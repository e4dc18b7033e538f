#pragma once
#include "runtime/core/time.hpp"
#include "runtime/net/http.hpp"
#include "runtime/net/url.hpp"
#include "simulators/twilio/environment.hpp"
#include "simulators/twilio/facts.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// What `POST Calls.json` asks for.
struct CreateCall {
  std::string to;
  std::string from;
  std::string url;
  std::string method = "POST";
  std::string document;  // `Twiml`, when there is no Url
  std::string status_callback;
  std::string status_callback_method = "POST";
  std::vector<std::string> status_events;  // empty: "completed"
  std::vector<TwilioError> problems;       // accepted all the same (21626)
  std::optional<Duration> ring_timeout;
  std::optional<Duration> time_limit;
};

/// The calls that the API acts on.
class CallBook {
 public:
  virtual ~CallBook() = default;
  virtual const CallFacts& create(CreateCall request) = 0;
  virtual const CallFacts* find_call(std::string_view sid) const = 0;
  /// `status`: "completed" or "canceled".
  virtual void end_call(std::string_view sid, std::string_view status) = 0;
  virtual void redirect_call(std::string_view sid, std::string url, std::string method,
                             std::string document) = 0;
};

/// The part of the REST API that a voice bridge uses: create, fetch, update and end a call. Sans-IO.
class RestApi {
 public:
  RestApi(const Account& account, CallBook& calls) : account_(account), calls_(calls) {}

  /// `now` and `wall`: the same moment, to date the calls' times.
  struct Moment {
    TimePoint now;
    runtime::WallTime wall;
  };
  runtime::net::HttpResponse answer(const runtime::net::HttpRequest& request, Moment moment);

 private:
  std::optional<runtime::net::HttpResponse> deny(const runtime::net::HttpRequest& request) const;
  runtime::net::HttpResponse create(const runtime::net::Form& form, Moment moment);
  runtime::net::HttpResponse update(const CallFacts& call, const runtime::net::Form& form, Moment moment);
  std::string resource(const CallFacts& call, Moment moment) const;

  const Account& account_;
  CallBook& calls_;
};

}  // namespace simulators::twilio
