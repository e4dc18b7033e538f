#include "bridge/call/machine.hpp"

#include <spdlog/logger.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace bridge::call {
using namespace std::chrono_literals;
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

Machine::Machine(Instruments& instruments, spdlog::logger& log, runtime::Random& random)
    : count_(instruments),
      log_(log),
      markers_(log),
      caller_(instruments),
      speaker_(settings_, instruments, markers_),
      dialogue_(settings_, instruments, speaker_, markers_, outbox_, log, random),
      leg_(settings_, instruments, log, random, {caller_, speaker_, dialogue_, outbox_}) {}

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

void Machine::broke_frames(std::string_view peer) {
  count_breach(peer, "websocket", "frames that break RFC 6455 ended the connection");
}

void Machine::begin(const twilio::Start& start, Settings settings, TimePoint now, runtime::WallTime wall) {
  settings_ = std::move(settings);
  outbox_.limit(settings_.model.requests);
  call_sid_ = start.call.value();
  prefix_ = "call=" + call_sid_ + " ";
  markers_.begin(prefix_, settings_.markers);
  dialogue_.identify(call_sid_);
  begun_at_ = now;
  if (settings_.record) recording_.emplace(now);
  caller_.begin({settings_.gap_after, std::chrono::floor<runtime::Samples8k>(settings_.caller_buffer)}, now);
  speaker_.begin(start.stream, now);
  leg_.begin(call_sid_, start.stream.value(), prefix_, now, wall);
  log_.info("{}stream={} started agent={}", prefix_, start.stream.value(), settings_.agent);
}

void Machine::twilio_event(const twilio::Message& message, TimePoint now) {
  if (const auto* media = std::get_if<twilio::Media>(&message)) {
    ++tally_.frames_from_caller;
    if (!media->inbound) return;
    caller_.media(media->mulaw, media->timestamp_ms, now);
    if (recording_) recording_->caller(media->mulaw, media->timestamp_ms, now);
    dialogue_.hear(media->mulaw, now);
  } else if (const auto* key = std::get_if<twilio::Dtmf>(&message)) {
    dialogue_.key(key->digit, uncertainty(), now);
  } else if (const auto* mark = std::get_if<twilio::MarkEcho>(&message)) {
    ++tally_.marks_from_twilio;
    (void)speaker_.echoed(mark->name, now);
  } else if (std::holds_alternative<twilio::Stop>(message)) {
    end({dialogue_.tools().transferring() ? "transfer" : "caller"});
  }
}

/// Whoever hangs up has Twilio say `stop` first.
void Machine::twilio_ended() {
  end({"network"});
}

std::size_t Machine::to_twilio(std::vector<Outgoing>& batch, std::size_t most, TimePoint now) {
  if (!begun() || stopped()) return 0;
  return speaker_.fill(batch, most, now);
}

void Machine::twilio_took(const Outgoing& message, TimePoint now) {
  if (message.kind == Outgoing::Kind::frame) ++tally_.frames_to_caller;
  if (message.kind == Outgoing::Kind::clear) ++tally_.clears_to_twilio;
  if (recording_ && message.kind == Outgoing::Kind::frame) recording_->bot(message.mulaw, now);
  if (recording_ && message.kind == Outgoing::Kind::clear) recording_->cleared(now);
  speaker_.taken(message, now);
}

// OpenAI's leg
// -------------------------------------------------------------------------------------------------

void Machine::model_message(LinkNo link, std::string_view payload, bool binary, TimePoint now) {
  if (!leg_.knows(link)) return;
  auto decoded = decoder_.decode(payload, binary, settings_.model.session.dialect);
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
  leg_.event(link, event, uncertainty(), now);
  end_without_model();
  keep_to_budget(now);
}

void Machine::model_dial_failed(LinkNo link, const DialFailure& failure, TimePoint now) {
  leg_.dial_failed(link, failure, now);
  end_without_model();
}

void Machine::model_closed(LinkNo link, int close_code, std::string_view reason, TimePoint now) {
  if (ending_) return;
  leg_.closed(link, close_code, reason, now);
  end_without_model();
}

void Machine::model_dead(LinkNo link, TimePoint now) {
  if (ending_) return;
  leg_.died(link, now);
  end_without_model();
}

void Machine::keep_to_budget(TimePoint now) {
  const auto most = settings_.budget.call_tokens;
  if (most == 0 || static_cast<std::size_t>(leg_.tokens()) < most || std::exchange(budget_spent_, true))
    return;
  log_.warn("{}the call has spent its {} tokens of budgets.call_tokens: it is ended", prefix_, most);
  count_.count_budget("call");
  leg_.deafen();
  dialogue_.end_politely(settings_.budget.goodbye, now);
}

void Machine::end_without_model() {
  if (dialogue_.model_gone()) leg_.deafen();
  if (leg_.gone() && !dialogue_.leaves_without_session()) end({"openai"});
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
  if (caller_.blocked(now) >= kAppendsStuck) caller_blocked_at_ = now;
  leg_.tick(now);
  end_without_model();
  if (dialogue_.wants_hang_up()) end({dialogue_.model_gone() ? "openai" : "bridge"});
  keep_to_time(now);
}

/// A call ends at its longest duration, or when the bridge leaves; a goodbye is said before.
void Machine::keep_to_time(TimePoint now) {
  TimePoint from = *begun_at_;
  TimePoint latest = from + settings_.max_call;
  const bool leaves = leaving_ && leaving_->latest < latest;
  if (leaves) {
    from = std::max(from, leaving_->told);
    latest = leaving_->latest;
  }
  const Duration farewell = std::min(settings_.farewell, (latest - from) / 2);
  if (farewell > Duration(0) && now >= latest - farewell) dialogue_.say_goodbye(now);
  if (dialogue_.said_goodbye()) end({leaves ? "drain" : "limit"});
  if (now >= latest) cut({leaves ? "drain" : "limit"}, now);
}

void Machine::end_by(TimePoint latest, TimePoint now) {
  leaving_ = Leaving{now, latest};
}

void Machine::end(Ending ending) {
  if (!ending_) ending_ = std::move(ending);
}

void Machine::cut(Ending ending, TimePoint now) {
  if (begun() && !ending_ && speaker_.audible(now)) {
    count_.count_speech_cut(ending.by);
    log_.warn("{}ended_by={} while the bot speaks: at least {:.1f} s are cut", prefix_, ending.by,
              runtime::seconds(std::max(speaker_.playing_until() - now, Duration(0))));
  }
  cut_ = cut_ || (begun() && !ending_);
  end(std::move(ending));
}

// Judgement
// ----------------------------------------------------------------------------------------------------

CallJudgement Machine::finish(bool fault, TimePoint now) {
  dialogue_.finish(now);
  speaker_.finish();
  leg_.finish();
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
  if (const auto& failure = leg_.failure(); failure && !leg_.ever_ready()) {
    if (failure->misconfigured) return {CallVerdict::openai_misconfigured, Reason::none};
    return {CallVerdict::openai_unreachable, to_reason(failure->reason)};
  }
  const auto& last = dialogue_.last_judged();
  // Only an answer to what was said later shows that the model hears the caller again.
  const bool heard = last && last->verdict == ResponseVerdict::heard;
  const bool answered_since = heard && dialogue_.last_judged_due_at() > caller_blocked_at_;
  if (caller_blocked_at_ && !answered_since && (heard || !last)) {
    return {CallVerdict::pipeline_blockage, Reason::caller_path_blocked};
  }
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
      return {caller_.any_media() ? CallVerdict::normal : CallVerdict::no_caller_audio, Reason::none};
    case ResponseVerdict::excused:
      break;
  }
  return {CallVerdict::too_short, Reason::none};
}

}  // namespace bridge::call
