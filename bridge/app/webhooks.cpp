#include "bridge/app/webhooks.hpp"

#include "bridge/app/twiml.hpp"
#include "bridge/app/ways_on.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

namespace bridge::app {
namespace {

using runtime::net::Form;
using runtime::net::HttpResponse;
using runtime::net::make_response;

constexpr std::string_view kXml = "text/xml; charset=utf-8";
constexpr std::size_t kParameterMost = 480;  // Twilio: name and value together below 500 characters

HttpResponse refuse(int status, std::string_view why) {
  return make_response(status, kText, fmt::format("{}\n", why));
}

bool plausible_sid(std::string_view sid) {
  return sid.size() <= 64 && std::ranges::all_of(sid, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

bool refused_by_name(const Form& form) {
  return runtime::net::field(form, "ErrorCode") == "31941" ||
         runtime::net::field(form, "StreamErrorCode") == "31941";
}

}  // namespace

struct Webhooks::Hook {
  const runtime::net::HttpRequest& request;
  Form form;
  std::string call_sid;
  std::string_view field(std::string_view name) const { return runtime::net::field(form, name); }
  /// A parameter of the call as it fits into the stream's.
  std::string_view short_field(std::string_view name) const { return field(name).substr(0, kParameterMost); }
  /// The number that decides which agent speaks.
  std::string_view our_number(Direction direction) const {
    return short_field(direction == Direction::inbound ? "To" : "From");
  }
};

void count_answer(State& state, std::string_view route, int status) {
  const auto kind = status < 400 ? "2xx" : status < 500 ? "4xx" : "5xx";
  state.sheet.counter("voicebridge_webhook_requests_total", {route, kind}).add();
}

HttpResponse Webhooks::respond(const runtime::net::HttpRequest& request, std::string_view path) {
  const auto routes = {"incoming_call", "outbound_call", "stream_ended", "transfer_ended", "call_status"};
  if (std::ranges::find(routes, path) == routes.end()) {
    return refuse(404,
                  "no such webhook; there are incoming_call, outbound_call, stream_ended, transfer_ended and "
                  "call_status");
  }
  if (request.method != "POST" && request.method != "GET") {
    auto response = refuse(405, "a webhook takes POST or GET");
    response.headers.add("Allow", "GET, POST");
    count_answer(state_, path, 405);
    return response;
  }
  // The query belongs to the URL that is signed; a body's parameters are signed beside it.
  const auto query = runtime::net::decode_form(runtime::net::query_of(request.target));
  const auto body = request.method == "POST" ? runtime::net::decode_form(request.body) : Form();
  Hook hook{request, body, ""};
  hook.form.insert(hook.form.end(), query.begin(), query.end());
  hook.call_sid = hook.field("CallSid");

  HttpResponse response;
  if (!state_.authentic(request, body)) {
    response = refuse(403, "X-Twilio-Signature does not fit this request");
  } else if (hook.call_sid.empty() || !plausible_sid(hook.call_sid)) {
    response =
        refuse(400, "expected the parameter CallSid, as Twilio sends it (CA and 32 hexadecimal digits)");
  } else if (path == "incoming_call") {
    response = voice(hook, Direction::inbound);
  } else if (path == "outbound_call") {
    response = voice(hook, Direction::outbound);
  } else if (path == "stream_ended") {
    response = stream_ended(hook);
  } else if (path == "transfer_ended") {
    response = transfer_ended(hook);
  } else {
    response = call_status(hook);
  }
  count_answer(state_, path, response.status);
  return response;
}

HttpResponse Webhooks::voice(const Hook& hook, Direction direction) {
  if (!state_.takes_calls()) return refuse(503, "draining: this bridge takes no new calls");
  if (const auto ours = hook.our_number(direction); state_.config.answering(ours) == nullptr) {
    return nobody_answers(hook, direction, ours);
  }
  const auto place = state_.commons.slots.take(hook.call_sid, hook.field("From"), state_.env.clock.now());
  if (place != CallSlots::Answer::taken) return busy(hook, direction, place);
  state_.env.log.info("call={} answered direction={} from={} to={}", hook.call_sid, to_string(direction),
                      state_.loggable(hook.field("From")), state_.loggable(hook.field("To")));
  state_.registry.twiml_served(hook.call_sid, direction, state_.env.clock.now());
  return stream_document(hook, direction, 1);
}

/// A refused call costs nobody anything; an outbound one has been answered, and can only end.
HttpResponse Webhooks::nobody_answers(const Hook& hook, Direction direction, std::string_view ours) {
  state_.sheet.counter("voicebridge_calls_refused_total", {"unknown_number"}).add();
  state_.env.log.warn("call={} refused: no agent answers {}; add it to `numbers`, or `default`",
                      hook.call_sid, state_.loggable(ours));
  return make_response(200, kXml,
                       write_verbs_document(direction == Direction::inbound ? "<Reject/>" : "<Hangup/>"));
}

HttpResponse Webhooks::busy(const Hook& hook, Direction direction, CallSlots::Answer why) {
  const auto& config = state_.config;
  const bool all = why == CallSlots::Answer::all_taken;
  state_.env.log.warn("call={} refused direction={} from={} {}={}: the line is busy", hook.call_sid,
                      to_string(direction), state_.loggable(hook.field("From")),
                      all ? "limits.calls" : "limits.calls_per_source",
                      all ? config.limits.calls : config.limits.calls_per_source);
  // Whoever was called has answered already: there is nothing left to reject.
  const bool rejects = config.twiml.busy.find("<Reject") != std::string::npos;
  const bool hang_up = direction == Direction::outbound && rejects;
  return make_response(200, kXml, write_verbs_document(hang_up ? "<Hangup/>" : config.twiml.busy));
}

HttpResponse Webhooks::stream_document(const Hook& hook, Direction direction, int attempt) {
  const auto& config = state_.config;
  auto base = state_.public_url_of(hook.request);
  const auto now = state_.env.clock.wall_now();
  StreamDocument document;
  document.track = attempt == 1 ? config.twiml.track : "inbound_track";
  document.verb = config.twiml.verb;
  document.prelude = attempt == 1 ? config.twiml.prelude : "";
  const Signer::Stream stream{hook.call_sid, hook.short_field("To"),
                              direction == Direction::outbound ? hook.our_number(direction) : ""};
  document.parameters = {{"CallSid", hook.call_sid}, {"To", std::string(stream.to)}};
  if (!stream.from.empty()) document.parameters.emplace_back("From", stream.from);
  document.parameters.emplace_back(
      "LinecheckToken", state_.signer.stream_token(stream, direction, now + config.stream_token.valid_for));
  base.target =
      "/webhook/stream_ended?" + state_.signer.return_query(hook.call_sid, {now, attempt, direction});
  document.redirect_url = base.text();
  base.scheme = base.secure() ? "wss" : "ws";
  base.target = "/ws/twilio-media";
  document.stream_url = base.text();

  state_.env.log.info("{}", track_marker(document.track));
  state_.sheet.counter("voicebridge_twiml_served_total", {document.track}).add();
  return make_response(200, kXml, write_stream_document(document));
}

HttpResponse Webhooks::stream_ended(const Hook& hook) {
  const auto served = state_.signer.check_return(runtime::net::query_of(hook.request.target), hook.call_sid);
  if (!served) {
    state_.env.log.warn(
        "call={} came back by a URL that is not signed with stream_token.secret: it goes on, unhealed",
        hook.call_sid);
    return make_response(200, kXml, write_verbs_document(state_.config.twiml.after_stream));
  }
  const auto& twiml = state_.config.twiml;
  CallRegistry::Return back;
  back.call_sid = hook.call_sid;
  back.direction = served->direction;
  back.attempt = served->attempt;
  back.since_served = state_.env.clock.wall_now() - served->at;
  back.refused_by_name = refused_by_name(hook.form);
  back.can_heal = twiml.verb == Config::Twiml::Verb::connect && twiml.track == "both_tracks";
  if (state_.registry.returned(back, state_.env.clock.now()) == CallRegistry::WayOn::after_stream) {
    const auto way = state_.registry.take_way_on(hook.call_sid);
    state_.env.log.info("call={} goes on after its stream: {}", hook.call_sid, call::to_string(way.kind));
    state_.commons.slots.give_back(hook.call_sid);
    return make_response(200, kXml, WaysOn(state_).document(way));
  }
  state_.env.log.warn(
      "call={} twilio refused track={}: trying once more with inbound_track; "
      "set `twiml.track: inbound_track` in the configuration to spare every call this detour",
      hook.call_sid, twiml.track);
  return stream_document(hook, served->direction, served->attempt + 1);
}

/// The other party of a transfer is gone, or never came.
HttpResponse Webhooks::transfer_ended(const Hook& hook) {
  constexpr std::array<std::string_view, 6> kKnown{"completed", "answered", "busy",
                                                   "no-answer", "failed",   "canceled"};
  const auto status = hook.field("DialCallStatus");
  const bool known = std::ranges::find(kKnown, status) != kKnown.end();
  state_.sheet.counter("voicebridge_transfers_total", {known ? status : "other"}).add();
  state_.env.log.info("call={} transfer_ended status={}", hook.call_sid, known ? status : "other");
  const bool talked = status == "completed" || status == "answered";
  const bool inbound = !hook.field("Direction").starts_with("outbound");
  const auto ours = hook.our_number(inbound ? Direction::inbound : Direction::outbound);
  const auto* agent = state_.config.answering(ours);
  if (talked || agent == nullptr || !agent->model.tools.transfer) {
    return make_response(200, kXml, write_verbs_document("<Hangup/>"));
  }
  return make_response(200, kXml, write_verbs_document(agent->model.tools.transfer->if_not_answered));
}

HttpResponse Webhooks::call_status(const Hook& hook) {
  const auto direction =
      hook.field("Direction").starts_with("outbound") ? Direction::outbound : Direction::inbound;
  state_.env.log.info("call={} status={} direction={}", hook.call_sid, hook.field("CallStatus"),
                      to_string(direction));
  const auto now = state_.env.clock.now();
  if (state_.registry.status(hook.call_sid, direction, hook.field("CallStatus"), now)) {
    state_.commons.slots.give_back(hook.call_sid);
  }
  return make_response(200, kXml, write_verbs_document(""));
}

}  // namespace bridge::app
