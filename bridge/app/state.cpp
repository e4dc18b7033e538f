#include "bridge/app/state.hpp"

#include "bridge/app/machines.hpp"
#include "bridge/app/signature.hpp"
#include "bridge/call/phone.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace bridge::app {
namespace {

/// Twilio asks for a call's document right after it was answered, or knows by whom, and for the stream right
/// after it was told to; this long after that, none is coming.
constexpr runtime::Duration kFollows = 5s;

}  // namespace

bool plausible_sid(std::string_view sid) {
  return !sid.empty() && sid.size() <= 64 && std::ranges::all_of(sid, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

State::State(Environment environment, Config configuration, Commons& shared)
    : env(environment),
      config(std::move(configuration)),
      sheet(env.metrics.add_sheet({"voicebridge_"})),
      commons(shared),
      signer(shared.signer),
      registry(shared.registry),
      rest(env.network, env.clock, env.random, config.twilio, sheet) {}

bool State::takes_calls() const {
  const auto since = commons.draining_since();
  return !since || env.clock.now() < *since + config.drain.accept_for;
}

bool State::takes_answers() const {
  const auto since = commons.draining_since();
  const auto grace = config.drain.accept_for + config.drain.grace;
  return !since || (!commons.is_cut() && env.clock.now() < *since + grace);
}

bool State::awaits_answer() const {
  // Of several replicas another one answers as well.
  return config.replica.alone &&
         registry.awaiting_answer(env.clock.now() - detection_takes(config) - kFollows);
}

bool State::awaits_transfer() const {
  return config.replica.alone && registry.awaiting_transfer(env.clock.now());
}

bool State::takes_streams() const {
  // Behind verbs that take a time of their own a stream may come as long as its token opens it.
  const auto follows = config.twiml.prelude.empty() ? kFollows : config.stream_token.valid_for;
  return takes_calls() || registry.awaiting_stream(env.clock.now() - follows);
}

runtime::net::Url State::public_url_of(const runtime::net::HttpRequest& request) const {
  runtime::net::Url url;
  if (config.allow_host_header) {
    const auto forwarded = request.headers.get("X-Forwarded-Proto");
    const std::string scheme = !forwarded.empty() ? std::string(forwarded)
                               : request.secure   ? "https"
                                                  : "http";
    const auto parsed = runtime::net::parse_url(fmt::format("{}://{}/", scheme, request.headers.get("Host")));
    if (parsed) url = *parsed;
  }
  if (url.host.empty() && config.public_url) url = *config.public_url;
  url.target = request.target;
  if (request.upgrade) url.scheme = url.secure() ? "wss" : "ws";
  return url;
}

bool State::authentic(const runtime::net::HttpRequest& request, const runtime::net::Form& form,
                      std::string_view call_sid) {
  if (!config.twilio.validate_signatures) return true;
  const auto url = public_url_of(request);
  const auto signature = request.headers.get("X-Twilio-Signature");
  const SignedRequest signed_request{url, form, request.body, signature};
  if (request_valid(config.twilio.auth_token, signed_request, config.twilio.unsigned_parameters)) return true;
  const std::string_view failure = signature.empty() ? "missing" : "wrong";
  sheet.counter("voicebridge_signature_failures_total", {failure, request.upgrade ? "stream" : "webhook"})
      .add();
  const auto prefix = plausible_sid(call_sid) ? fmt::format("call={} ", call_sid) : std::string();
  env.log.warn(
      "{}signature={} peer={} path={} checked_against={}: is public_url the address that Twilio uses?",
      prefix, failure, request.peer, runtime::net::path_of(request.target),
      url.text().substr(0, url.text().find('?')));
  return false;
}

Verbs State::verbs_for(std::string_view number) const {
  Verbs verbs{config.twiml.after_stream, config.twiml.when_bot_is_gone, "<Hangup/>"};
  const auto* agent = config.answering(number);
  if (agent != nullptr && agent->model.tools.transfer)
    verbs.if_not_answered = agent->model.tools.transfer->if_not_answered;
  return verbs;
}

bool State::can_heal() const {
  return config.twiml.verb == Config::Twiml::Verb::connect && config.twiml.track == "both_tracks";
}

bool State::budget_refuses() {
  if (!commons.day.spent(env.clock.wall_now())) return false;
  sheet.counter("voicebridge_calls_refused_total", {"budget"}).add();
  sheet.counter("voicebridge_token_budget_spent_total", {"daily"}).add();
  return true;
}

std::string State::loggable(std::string_view text) const {
  return config.call.mask_numbers ? call::masked(text) : std::string(text);
}

std::string State::loggable_number(std::string_view number) const {
  return config.call.mask_numbers ? call::masked_number(number) : std::string(number);
}

}  // namespace bridge::app
