#pragma once
#include "runtime/net/http.hpp"
#include "runtime/net/url.hpp"
#include "simulators/twilio/call_book.hpp"
#include "simulators/twilio/environment.hpp"
#include "simulators/twilio/rest_reply.hpp"
#include "simulators/twilio/rest_resources.hpp"
#include "simulators/twilio/rest_settings.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace simulators::twilio {

/// The part of the REST API that a voice application uses: Calls, their Streams and Recordings with
/// Transcriptions. Sans-IO.
class RestApi {
 public:
  RestApi(const Account& account, const RestSettings& settings, CallBook& calls)
      : account_(account), settings_(settings), calls_(calls) {}

  runtime::net::HttpResponse answer(const runtime::net::HttpRequest& request, RestMoment moment);

 private:
  using Response = runtime::net::HttpResponse;
  using Segments = std::vector<std::string_view>;

  std::optional<Response> deny(const runtime::net::HttpRequest& request) const;
  std::optional<std::string> secret_of(std::string_view user) const;
  Response route(const runtime::net::HttpRequest& request, const Segments& path, RestMoment moment);
  Response one_call(const runtime::net::HttpRequest& request, const CallFacts& call, RestMoment moment);
  Response streams(const runtime::net::HttpRequest& request, const CallFacts& call, std::string_view handle,
                   RestMoment moment);
  Response recordings(const runtime::net::HttpRequest& request, const std::vector<const CallFacts*>& calls,
                      std::string_view sid, RestMoment moment) const;
  Response transcriptions(const runtime::net::HttpRequest& request, std::string_view sid,
                          std::string_view recording, RestMoment moment) const;
  Response create(const runtime::net::Form& fields, RestMoment moment);
  Response update(const CallFacts& call, const runtime::net::Form& fields, RestMoment moment);
  Response remove(const CallFacts& call);
  Response create_stream(const CallFacts& call, const runtime::net::Form& fields, RestMoment moment);
  Response shown(const CallFacts& call, RestMoment moment, int status) const;

  const Account& account_;
  const RestSettings& settings_;
  CallBook& calls_;
};

}  // namespace simulators::twilio
