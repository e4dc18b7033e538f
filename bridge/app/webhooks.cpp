#include "bridge/app/webhooks.hpp"

#include "bridge/app/machines.hpp"
#include "bridge/app/twiml.hpp"
#include "bridge/app/ways_on.hpp"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

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

constexpr std::array kRoutes{std::string_view("incoming_call"), std::string_view("outbound_call"),
                             std::string_view("stream_ended"),  std::string_view("transfer_ended"),
                             std::string_view("call_status"),   std::string_view("stream_status"),
                             std::string_view("debugger"),      std::string_view("machine_detection")};

HttpResponse nothing() {
  return make_response(200, kXml, write_verbs_document(""));
}

/// A JSON object's fields, or a form's. A JSON body is signed through its hash in the URL.
Form parameters_of(const runtime::net::HttpRequest& request) {
  if (!request.headers.get("Content-Type").starts_with("application/json")) {
    return runtime::net::decode_form(request.body);
  }
  Form form;
  const auto json = nlohmann::json::parse(request.body, nullptr, false);
  if (!json.is_object()) return form;
  for (const auto& [name, value] : json.items()) {
    form.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return form;
}

/// Nullopt: it is none.
std::optional<int> whole_number(std::string_view text) {
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool all = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return all ? std::optional(number) : std::nullopt;
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
  /// POST /calls writes into its URLs that the call's start is counted where it was asked.
  CallRegistry::Named named(Direction direction) const {
    return {call_sid, direction, field(kCounted.first) == kCounted.second, field(kPlacement)};
  }
};

void count_answer(State& state, std::string_view route, int status) {
  constexpr int kNotNow = 503;
  const auto kind = status < 400 ? "2xx" : status < 500 ? "4xx" : status == kNotNow ? "503" : "5xx";
  state.sheet.counter("voicebridge_webhook_requests_total", {route, kind}).add();
}

boost::asio::awaitable<HttpResponse> Webhooks::respond(const runtime::net::HttpRequest& request,
                                                       std::string_view path) {
  if (std::ranges::find(kRoutes, path) == kRoutes.end()) {
    co_return refuse(404, fmt::format("no such webhook; there are {}", fmt::join(kRoutes, ", ")));
  }
  if (request.method != "POST" && request.method != "GET") {
    auto response = refuse(405, "a webhook takes POST or GET");
    response.headers.add("Allow", "GET, POST");
    count_answer(state_, path, 405);
    co_return response;
  }
  // The query belongs to the URL that is signed; a body's parameters are signed beside it.
  const bool posted = request.method == "POST";
  const auto signed_form = posted ? runtime::net::decode_form(request.body) : Form();
  Hook hook{request, posted ? parameters_of(request) : Form(), ""};
  const auto query = runtime::net::decode_form(runtime::net::query_of(request.target));
  hook.form.insert(hook.form.end(), query.begin(), query.end());
  hook.call_sid = hook.field("CallSid");

  try {
    auto response = refuse(403, "X-Twilio-Signature does not fit this request");
    if (state_.authentic(request, signed_form, hook.call_sid)) response = co_await answer(hook, path);
    state_.settle_calls();
    count_answer(state_, path, response.status);
    co_return response;
  } catch (...) {
    count_answer(state_, path, 500);  // as the server answers what throws
    throw;
  }
}

boost::asio::awaitable<HttpResponse> Webhooks::answer(const Hook& hook, std::string_view path) {
  if (path == "debugger") {
    if (callbacks_.debugger(hook.form)) co_return nothing();
    co_return refuse(400, "expected the parameter Payload, as Twilio's Debugger sends it: a JSON object");
  }
  if (!plausible_sid(hook.call_sid)) {
    co_return refuse(400,
                     "expected the parameter CallSid, as Twilio sends it (CA and 32 hexadecimal digits)");
  }
  if (path == "incoming_call") co_return voice(hook, Direction::inbound);
  if (path == "outbound_call") co_return voice(hook, Direction::outbound);
  if (path == "stream_ended") co_return stream_ended(hook);
  if (path == "transfer_ended") co_return transfer_ended(hook);
  if (path == "call_status") co_return call_status(hook);
  if (path == "machine_detection") co_return co_await machine_detection(hook);
  callbacks_.stream_status(hook.call_sid, runtime::net::query_of(hook.request.target), hook.form);
  co_return nothing();
}

HttpResponse Webhooks::voice(const Hook& hook, Direction direction) {
  const bool ours = direction == Direction::outbound && hook.named(direction).counted;
  if (ours ? !state_.takes_answers() : !state_.takes_calls()) return draining(hook, direction);
  if (const auto number = hook.our_number(direction); state_.config.answering(number) == nullptr) {
    return nobody_answers(hook, direction, number);
  }
  const auto who = hook.field("AnsweredBy").substr(0, 40);
  const auto named = hook.named(direction);
  const auto now = state_.env.clock.now();
  const bool ends = ends_for_machine(state_.config, who);
  if (!ends) {
    if (const auto why = no_place(hook, direction); !why.empty()) return busy(hook, direction, why);
  }
  state_.env.log.info("call={} answered direction={} from={} to={}{}{}", hook.call_sid, to_string(direction),
                      state_.loggable_number(hook.field("From")), state_.loggable_number(hook.field("To")),
                      who.empty() ? "" : " answered_by=", state_.loggable(who));
  if (ends) {
    state_.registry.left_to_machine(named, who, now);
    state_.commons.slots.give_back(hook.call_sid);
    return make_response(200, kXml, write_verbs_document(last_words(state_.config, who)));
  }
  state_.registry.twiml_served(named, now);
  if (!who.empty()) state_.registry.answered_by(named, who, now);
  return stream_document(hook, direction, 1);
}

/// Twilio then asks the fallback URL of the number, or of whoever placed the call; without one the caller
/// hears its announcement of an error. A call of ours has none: who was called is spared the announcement.
HttpResponse Webhooks::draining(const Hook& hook, Direction direction) {
  state_.sheet.counter("voicebridge_calls_refused_total", {"draining"}).add();
  state_.env.log.warn("call={} refused direction={} from={} draining: this bridge takes no new calls",
                      hook.call_sid, to_string(direction), state_.loggable_number(hook.field("From")));
  if (!hook.named(direction).counted) return refuse(503, "draining: this bridge takes no new calls");
  state_.registry.turned_away(hook.call_sid, state_.env.clock.now());
  return make_response(200, kXml, write_verbs_document("<Hangup/>"));
}

/// A refused call costs nobody anything; an outbound one has been answered, and can only end.
HttpResponse Webhooks::nobody_answers(const Hook& hook, Direction direction, std::string_view ours) {
  state_.sheet.counter("voicebridge_calls_refused_total", {"unknown_number"}).add();
  state_.env.log.warn("call={} refused: no agent answers {}; add it to `numbers`, or `default`",
                      hook.call_sid, state_.loggable_number(ours));
  state_.registry.turned_away(hook.call_sid, state_.env.clock.now());
  return make_response(200, kXml,
                       write_verbs_document(direction == Direction::inbound ? "<Reject/>" : "<Hangup/>"));
}

std::string Webhooks::no_place(const Hook& hook, Direction direction) {
  const auto& limits = state_.config.limits;
  auto& slots = state_.commons.slots;
  const auto now = state_.env.clock.now();
  const auto named = hook.named(direction);
  // Who was let in by POST /calls, here or at another replica, has answered by now.
  if (direction == Direction::outbound && named.counted) slots.admit(hook.call_sid, now);
  if (!slots.holds(hook.call_sid) && state_.budget_refuses())
    return fmt::format("budgets.daily_tokens={}", limits.daily_tokens);
  std::optional<std::string_view> source;
  if (direction == Direction::inbound) source = hook.field("From");
  switch (slots.take(hook.call_sid, source, now)) {
    case CallSlots::Answer::all_taken:
      return fmt::format("limits.calls={}", limits.calls);
    case CallSlots::Answer::source_has_its_share:
      return fmt::format("limits.calls_per_source={}", limits.calls_per_source);
    case CallSlots::Answer::taken:
      break;
  }
  return {};
}

HttpResponse Webhooks::busy(const Hook& hook, Direction direction, std::string_view why) {
  const auto& config = state_.config;
  state_.env.log.warn("call={} refused direction={} from={} {}: the line is busy", hook.call_sid,
                      to_string(direction), state_.loggable_number(hook.field("From")), why);
  state_.registry.turned_away(hook.call_sid, state_.env.clock.now());
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
  document.continue_by = config.twiml.continue_by;
  document.prelude = attempt == 1 ? config.twiml.prelude : "";
  const Signer::Stream stream{hook.call_sid, hook.short_field("To"),
                              direction == Direction::outbound ? hook.our_number(direction) : ""};
  document.parameters = {{"CallSid", hook.call_sid}, {"To", std::string(stream.to)}};
  if (!stream.from.empty()) document.parameters.emplace_back("From", stream.from);
  document.parameters.emplace_back(
      "LinecheckToken",
      state_.signer.stream_token(stream, {direction, now, now + config.stream_token.valid_for}));
  const auto evidence = state_.signer.return_query(hook.call_sid, {now, attempt, direction});
  base.target = "/webhook/stream_ended?" + evidence;
  document.return_url = base.text();
  base.target = "/webhook/stream_status?" + evidence;
  document.status_callback = base.text();
  base.scheme = base.secure() ? "wss" : "ws";
  base.target = "/ws/twilio-media";
  document.stream_url = base.text();

  state_.env.log.info("call={} {}", hook.call_sid, track_marker(document.track));
  state_.sheet.counter("voicebridge_twiml_served_total", {document.track}).add();
  return make_response(200, kXml, write_stream_document(document));
}

HttpResponse Webhooks::stream_ended(const Hook& hook) {
  const auto served = state_.signer.check_return(runtime::net::query_of(hook.request.target), hook.call_sid);
  if (!served) {
    state_.env.log.warn(
        "call={} came back by a URL that is not signed with stream_token.secret: it goes on, unhealed",
        hook.call_sid);
    return make_response(200, kXml, WaysOn(state_).document(hook.call_sid, {}));
  }
  CallRegistry::Return back;
  back.call_sid = hook.call_sid;
  back.direction = served->direction;
  back.attempt = served->attempt;
  back.since_served = state_.env.clock.wall_now() - served->at;
  back.refused_by_name = refused_by_name(hook.form);
  back.can_heal = state_.can_heal();
  const auto way_on = state_.registry.returned(back, state_.env.clock.now());
  if (way_on == CallRegistry::WayOn::after_stream) {
    const auto way = state_.registry.take_way_on(hook.call_sid);
    state_.env.log.info("call={} goes on after its stream: {}", hook.call_sid, call::to_string(way.kind));
    state_.commons.slots.give_back(hook.call_sid);
    WaysOn ways(state_);
    ways.left(hook.call_sid, way);
    return make_response(200, kXml, ways.document(hook.call_sid, way));
  }
  if (way_on == CallRegistry::WayOn::hang_up) {
    state_.env.log.info("call={} is hung up, as it was asked to be", hook.call_sid);
    state_.commons.slots.give_back(hook.call_sid);
    const auto call = state_.registry.find(hook.call_sid);
    return make_response(200, kXml, write_verbs_document(last_words(state_.config, call->answered_by)));
  }
  state_.env.log.warn(
      "call={} twilio refused track={}: trying once more with inbound_track; "
      "set `twiml.track: inbound_track` in the configuration to spare every call this detour",
      hook.call_sid, state_.config.twiml.track);
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
  state_.registry.transfer_over(hook.call_sid);
  if (talked) return make_response(200, kXml, write_verbs_document("<Hangup/>"));
  const auto kept = state_.registry.verbs_of(hook.call_sid);
  const auto verbs = kept ? *kept : state_.verbs_for(ours);
  return make_response(200, kXml, write_verbs_document(verbs.if_not_answered));
}

HttpResponse Webhooks::call_status(const Hook& hook) {
  const auto direction =
      hook.field("Direction").starts_with("outbound") ? Direction::outbound : Direction::inbound;
  const auto status = hook.field("CallStatus").substr(0, 40);
  state_.env.log.info("call={} status={} direction={}", hook.call_sid, state_.loggable(status),
                      to_string(direction));
  const auto named = hook.named(direction);
  const auto now = state_.env.clock.now();
  if (const auto who = hook.field("AnsweredBy"); !who.empty() && state_.registry.find(hook.call_sid)) {
    state_.registry.answered_by(named, who.substr(0, 40), now);
  }
  if (state_.registry.status(named, status, now, whole_number(hook.field("SequenceNumber")))) {
    state_.commons.slots.give_back(hook.call_sid);
  }
  return nothing();
}

boost::asio::awaitable<HttpResponse> Webhooks::machine_detection(const Hook& hook) {
  const std::string who(hook.field("AnsweredBy").substr(0, 40));
  const auto now = state_.env.clock.now();
  state_.env.log.info("call={} answered_by={} after {} ms", hook.call_sid, state_.loggable(who),
                      state_.loggable(hook.field("MachineDetectionDuration").substr(0, 10)));
  const auto known = state_.registry.find(hook.call_sid);
  if (known) state_.registry.answered_by(hook.named(Direction::outbound), who, now);
  if (!ends_for_machine(state_.config, who)) co_return nothing();
  if (known) state_.registry.ask_to_end(hook.call_sid, now);
  // Of a call that streams here, or can stream nowhere else, the stream's owner sees to it.
  const bool here = known && (known->streaming || known->ended() || state_.config.replica.alone);
  if (here || !state_.rest.usable()) co_return nothing();
  WaysOn ways(state_);
  auto ending = ways.end_elsewhere(hook.call_sid, who);
  co_await std::move(ending);
  co_return nothing();
}

}  // namespace bridge::app
