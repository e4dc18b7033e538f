#include "bridge/call/machine.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace bridge::call {
using namespace std::chrono_literals;
using openai::Session;
using runtime::Duration;
using runtime::TimePoint;

namespace {
constexpr Duration kAppendsStuck = 2s;  // design.md: the caller's direction of pipeline_blockage
Reason to_reason(openai::Unreachable why) {
  switch (why) {
    case openai::Unreachable::network:
      return Reason::network;
    case openai::Unreachable::auth:
      return Reason::auth;
    case openai::Unreachable::model:
      return Reason::model;
    case openai::Unreachable::quota:
      return Reason::quota;
  }
  return Reason::network;
}
}  // namespace

Machine::Machine(Instruments& instruments, spdlog::logger& log)
    : count_(instruments),
      log_(log),
      markers_(log),
      caller_(instruments),
      speaker_(settings_, instruments, markers_),
      dialogue_(settings_, instruments, speaker_, markers_, outbox_, log) {}

void Machine::count_breach(std::string_view peer, std::string_view kind, const std::string& detail) {
  count_.count_breach(peer, kind);
  if (!breaches_logged_.insert(std::string(peer) + " " + std::string(kind)).second) return;
  log_.warn("{}peer={} breach={}: {} (further ones of this kind are counted, not logged)", prefix_, peer,
            kind, detail);
}

// Twilio's leg
// -------------------------------------------------------------------------------------------------

std::optional<twilio::Start> Machine::twilio_message(std::string_view payload, bool binary, TimePoint now) {
  auto received = stream_.receive(payload, binary);
  if (const auto* rejected = std::get_if<twilio::Rejected>(&received)) {
    count_breach("twilio", to_string(rejected->breach), rejected->detail);
    return std::nullopt;
  }
  auto& message = std::get<twilio::Message>(received);
  if (auto* start = std::get_if<twilio::Start>(&message)) return std::move(*start);
  if (begun()) twilio_event(message, now);
  return std::nullopt;
}

void Machine::too_big(std::string_view peer) {
  count_breach(peer, "too_big", "a message above the limit of limits.message_size ended the connection");
}

void Machine::begin(const twilio::Start& start, Settings settings, TimePoint now) {
  settings_ = std::move(settings);
  call_sid_ = start.call.value();
  prefix_ = "call=" + call_sid_ + " ";
  markers_.begin(prefix_, settings_.markers);
  dialogue_.identify(call_sid_);
  begun_at_ = now;
  caller_.begin({settings_.gap_after, std::chrono::floor<runtime::Samples8k>(settings_.caller_buffer)}, now);
  speaker_.begin(start.stream, now);
  wants_dial_ = true;
  log_.info("{}stream={} started agent={}", prefix_, start.stream.value(), settings_.agent);
}

void Machine::twilio_event(const twilio::Message& message, TimePoint now) {
  if (const auto* media = std::get_if<twilio::Media>(&message)) {
    ++tally_.frames_from_caller;
    if (!media->inbound) return;
    caller_.media(media->mulaw, media->timestamp_ms, now);
    dialogue_.hear(media->mulaw);
  } else if (const auto* key = std::get_if<twilio::Dtmf>(&message)) {
    dialogue_.key(key->digit, uncertainty(), now);
  } else if (const auto* mark = std::get_if<twilio::MarkEcho>(&message)) {
    ++tally_.marks_from_twilio;
    (void)speaker_.echoed(mark->name, now);
  } else if (std::holds_alternative<twilio::Stop>(message)) {
    end({dialogue_.tools().transferring() ? "transfer" : "caller"});
  }
}

void Machine::twilio_ended() {
  end({"caller"});
}

std::size_t Machine::to_twilio(std::vector<Outgoing>& batch, std::size_t most, TimePoint now) {
  if (!begun() || stopped()) return 0;
  return speaker_.fill(batch, most, now);
}

void Machine::twilio_took(const Outgoing& message, TimePoint now) {
  if (message.kind == Outgoing::Kind::frame) ++tally_.frames_to_caller;
  if (message.kind == Outgoing::Kind::clear) ++tally_.clears_to_twilio;
  speaker_.taken(message, now);
}

// OpenAI's leg
// -------------------------------------------------------------------------------------------------

bool Machine::take_dial() {
  return std::exchange(wants_dial_, false);
}

void Machine::model_message(std::string_view payload, bool binary, TimePoint now) {
  auto decoded = decoder_.decode(payload, binary);
  if (const auto* rejected = std::get_if<openai::Rejected>(&decoded)) {
    count_breach("openai", to_string(rejected->breach), rejected->detail);
    return;
  }
  const auto& event = std::get<openai::Event>(decoded);
  const auto* delta = std::get_if<openai::AudioDelta>(&event);
  if (delta != nullptr) ++tally_.deltas_from_model;
  if (delta != nullptr && !delta->decodable) {
    count_breach("openai", "bad_base64", "an audio delta's `delta` is not base64");
  }
  if (session_->phase() == Session::Phase::ready) {
    dialogue_.handle(event, uncertainty(), now);
    return;
  }
  if (const auto* error = std::get_if<openai::ApiError>(&event)) count_.count_openai_failure(error->code);
  react(session_->on_event(event), now);
}

void Machine::model_dialling(TimePoint now) {
  auto wanted = settings_.model.session;
  wanted.tools = tool_definitions(settings_.model.tools);
  session_.emplace(std::move(wanted), call_sid_);
  session_over_ = false;
  dialled_at_ = now;
}

void Machine::model_dial_failed(int http_status, std::string_view what, TimePoint now) {
  count_.count_openai_failure("connection");
  react(session_->on_dial_failed(http_status, what), now);
}

void Machine::model_closed(int close_code, std::string_view reason, TimePoint now) {
  if (ending_) return;
  if (session_ && session_->phase() != Session::Phase::ready) {
    if (session_->phase() != Session::Phase::failed) react(session_->on_closed(close_code, reason), now);
    return;
  }
  log_.warn("{}OpenAI closed the session: code={} reason=\"{}\"", prefix_, close_code, reason.substr(0, 200));
  lose_session(now);
}

void Machine::react(Session::Next next, TimePoint now) {
  switch (next) {
    case Session::Next::wait:
      return;
    case Session::Next::send_update:
      outbox_.push(session_->update());
      return;
    case Session::Next::ready:
      ready_once_ = true;
      log_.info("{}session={} ready after {:.3f} s", prefix_, session_->session_id(),
                runtime::seconds(now - dialled_at_));
      dialogue_.session_ready(now);
      return;
    case Session::Next::failed: {
      failure_ = session_->failure();
      session_over_ = true;
      log_.error(
          "{}no OpenAI session: {} reason={} said=\"{}\"; check the network, openai.api_key, openai.model "
          "and the "
          "account's quota, in this order",
          prefix_, failure_->misconfigured ? "misconfigured" : "unreachable",
          to_string(to_reason(failure_->reason)), failure_->said);
      end({"openai"});
      return;
    }
  }
}

/// The session died under a running call: one more is dialled, and what it owes is asked for again.
void Machine::lose_session(TimePoint now) {
  session_over_ = true;
  outbox_.clear();
  caller_.drop(ModelDrop::session_lost);
  audio_in_flight_ = false;
  dialogue_.session_lost(now);
  if (std::exchange(redialled_, true)) {
    end({"openai"});
  } else {
    wants_dial_ = true;
  }
}

bool Machine::to_model(std::string& out, TimePoint now) {
  if (!session_ || session_over_) return false;
  if (auto request = outbox_.pop()) {
    out = std::move(*request);
    return true;
  }
  if (session_->phase() != Session::Phase::ready) return false;
  const auto chunk = caller_.take(now);
  if (chunk.empty()) return false;
  openai::write_append(out, chunk);
  audio_in_flight_ = true;
  return true;
}

void Machine::model_took(TimePoint now) {
  if (!std::exchange(audio_in_flight_, false)) return;
  ++tally_.appends_to_model;
  caller_.appended(now);
}

// Time
// ---------------------------------------------------------------------------------------------------------

Duration Machine::uncertainty() const {
  return caller_.delay_spread().value_or(0ns);
}

void Machine::tick(TimePoint now) {
  if (!begun() || ending_) return;
  if (!stopped()) caller_.tick(now);
  dialogue_.tick(uncertainty(), now);
  if (caller_.blocked(now) >= kAppendsStuck) caller_path_blocked_ = true;
  if (session_ && !session_over_ && session_->phase() != Session::Phase::ready &&
      now - dialled_at_ >= settings_.model.ready_within) {
    react(session_->on_deadline(), now);
  }
  if (dialogue_.session_dead() && !session_over_) {
    log_.warn("{}a cancel was not confirmed within {} s: the session is dead, one more is dialled", prefix_,
              runtime::seconds(settings_.cancel_confirm));
    lose_session(now);
  }
  if (dialogue_.wants_hang_up()) end({"bridge"});
  const Duration age = now - *begun_at_;
  const Duration farewell = std::min(settings_.farewell, settings_.max_call / 2);
  if (farewell > Duration(0) && age >= settings_.max_call - farewell) dialogue_.say_goodbye(now);
  if (dialogue_.said_goodbye() || age >= settings_.max_call) end({"limit"});
}

void Machine::end(Ending ending) {
  if (!ending_) ending_ = std::move(ending);
}

// Judgement
// ----------------------------------------------------------------------------------------------------

CallJudgement Machine::finish(bool fault, TimePoint now) {
  dialogue_.finish(now);
  speaker_.finish();
  caller_.drop(ModelDrop::call_ended);
  if (!ready_once_ && !failure_) {
    // The call did not outlast the wait for a session: what was known by then is the reason.
    if (session_) (void)session_->on_deadline();
    failure_ = session_ ? session_->failure() : openai::Session::Failure{};
  }
  const auto judged = verdict(fault);
  log_.info("{}verdict={} reason={} ended_by={} seconds={:.1f}", prefix_, to_string(judged.verdict),
            to_string(judged.reason),
            fault     ? "fault"
            : ending_ ? ending_->by
                      : "",
            begun() ? runtime::seconds(now - *begun_at_) : 0.0);
  return judged;
}

CallJudgement Machine::verdict(bool fault) const {
  if (fault) return {CallVerdict::bridge_fault, Reason::none};
  if (!ready_once_ && failure_) {
    if (failure_->misconfigured) return {CallVerdict::openai_misconfigured, Reason::none};
    return {CallVerdict::openai_unreachable, to_reason(failure_->reason)};
  }
  const auto& last = dialogue_.last_judged();
  if (!last && caller_path_blocked_) return {CallVerdict::pipeline_blockage, Reason::caller_path_blocked};
  if (!dialogue_.ever_due()) {
    return {caller_.any_media() ? CallVerdict::no_turn : CallVerdict::no_caller_audio, Reason::none};
  }
  if (!last) return {CallVerdict::too_short, Reason::none};
  switch (last->verdict) {
    case ResponseVerdict::silent:
      return {CallVerdict::openai_not_generating, last->reason};
    case ResponseVerdict::stuck:
      return {CallVerdict::pipeline_blockage, last->reason};
    case ResponseVerdict::unconfirmed:
      return {CallVerdict::twilio_or_network, last->reason};
    case ResponseVerdict::heard:
      return {CallVerdict::normal, Reason::none};
    case ResponseVerdict::excused:
      break;
  }
  return {CallVerdict::too_short, Reason::none};
}

}  // namespace bridge::call
